# SPDX-License-Identifier: GPL-2.0-or-later
"""ctrlpass as a program that is run, and what it answered."""
from __future__ import absolute_import, division, print_function

__metaclass__ = type

import json
import os
import time

DONE, FAILED, BAD_INPUT, REFUSED, STUCK, LOCKED = 0, 1, 2, 3, 5, 6
# Not in the PATH of every ssh session.
FOLDERS = ["/usr/local/sbin", "/usr/sbin", "/sbin"]

ARGUMENTS = {
    "executable": {"type": "path"},
    "lock_timeout": {"type": "int", "default": 60},
}


class Answer:
    """Exit code, document and the text of standard error."""

    def __init__(self, code, output, text):
        self.code = code
        self.text = text.strip()
        try:
            self.document = json.loads(output)
        except ValueError:
            self.document = {}

    def list(self, key):
        """That member of the document; an error may have come before it."""
        return self.document.get(key) or []

    def message(self):
        """What went wrong, in a line or two."""
        error = self.document.get("error")
        if error:
            where = ": " + error["where"] if error.get("where") else ""
            hint = "\n" + error["hint"] if error.get("hint") else ""
            return error["what"] + where + hint
        return self.text or "ctrlpass ended with exit code %d" % self.code


class Program:
    """The installed ctrlpass of this host."""

    def __init__(self, module):
        self._module = module
        self._patience = module.params["lock_timeout"]
        self.path = module.params["executable"] or module.get_bin_path("ctrlpass", True, FOLDERS)

    def version(self):
        """The last word of `ctrlpass --version`."""
        dummy, output, dummy = self._module.run_command([self.path, "--version"], check_rc=True)
        return output.split()[-1]

    def run(self, *words):
        """Its answer; while another ctrlpass is at work, asks again for lock_timeout seconds."""
        command = [self.path] + list(words) + ["--json"]
        deadline = time.time() + self._patience
        while True:
            answer = Answer(*self._module.run_command(command))
            if answer.code != LOCKED or time.time() >= deadline:
                return answer
            time.sleep(1)

    def status(self):
        """All that is recorded: {name: profile of the document}, and functions that hang."""
        answer = self.run("status")
        if answer.code != DONE:
            self._module.fail_json(msg=answer.message(), exit_code=answer.code)
        return {one["name"]: one for one in answer.list("profiles")}, answer.list("stuck")


def require_root(module):
    """Reading would miss facts and writing fails."""
    if os.geteuid() != 0:
        module.fail_json(msg="ctrlpass needs root: set become for this task")
