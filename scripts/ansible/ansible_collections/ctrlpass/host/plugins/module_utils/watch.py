# SPDX-License-Identifier: GPL-2.0-or-later
"""A process that outlives the connection: ctrlpass puts its settings back by itself when nobody
confirms, and this puts the profile's file back."""
from __future__ import absolute_import, division, print_function

__metaclass__ = type

import json
import os
import subprocess
import time

MARGIN = 2
PATIENCE = 600


def watch(file, name, program, seconds):
    """Returns at once. Should the process be killed (a reboot), the next run of the
    module settles it."""
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        return
    # Nothing of the caller may run twice, whatever happens here.
    try:
        os.setsid()
        if os.fork() == 0:
            _leave_the_caller()
            time.sleep(seconds + MARGIN)
            _settle(file, name, program)
    finally:
        os._exit(0)


def _leave_the_caller():
    """sshd waits for everyone who has its pipes."""
    os.chdir("/")
    null = os.open(os.devnull, os.O_RDWR)
    for number in range(3):
        os.dup2(null, number)
    os.closerange(3, 1024)


def _settle(file, name, program):
    deadline = time.time() + PATIENCE
    while time.time() < deadline:
        recorded = _recorded(name, program)
        if recorded is None or not (recorded["pending"] or recorded["unfinished"]):
            file.settle(recorded)
            return
        time.sleep(2)


def _recorded(name, program):
    output = subprocess.run([program, "status", "--json"], stdout=subprocess.PIPE, check=True).stdout
    for profile in json.loads(output.decode("utf-8"))["profiles"]:
        if profile["name"] == name:
            return profile
    return None
