# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs the program and says what is wrong with how it ended."""
import json
import os
import resource
import signal
import subprocess

LONGEST = 20  # seconds, on a machine that is busy with something else
EXCEPTION = b"ctrlpass: cannot go on"


class Found(Exception):
    """Something that must not be, with the command to see it again."""


def is_printable(text):
    """Nothing that would steer a terminal."""
    try:
        shown = text.decode()
    except UnicodeDecodeError:
        return False
    return all(letter in "\n\t" or letter.isprintable() or ord(letter) > 0x2000 for letter in shown)


class Program:
    """ctrlpass, and how often it ran."""

    def __init__(self, path):
        self.path = path
        self.runs = 0

    def run(self, words, most=6, scarce=False, closed=(), stdout=None, limits=None):
        """Runs it once. `most`: the highest exit status that is right. `scarce`: it may have had
        too little of something, memory or descriptors. `closed`: descriptors that it starts without. Returns the finished process."""

        def prepare():
            for limit, value in (limits or {}).items():
                resource.setrlimit(limit, (value, value))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            for descriptor in closed:
                os.close(descriptor)

        self.runs += 1
        command = [self.path, *words]
        try:
            ended = subprocess.run(
                command, stdin=subprocess.DEVNULL, stdout=stdout or subprocess.PIPE,
                stderr=subprocess.PIPE, timeout=LONGEST, preexec_fn=prepare, check=False)
        except subprocess.TimeoutExpired as late:
            raise Found(f"no end after {LONGEST} s: {command}") from late
        self.judge(ended, command, most, scarce, closed, stdout)
        return ended

    def starts_in(self, size):
        """Is this much address space enough to be loaded?"""
        return subprocess.run(
            [self.path, "--version"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, check=False,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (size, size))).returncode == 0

    def judge(self, ended, command, most, scarce, closed, stdout):
        def wrong(what):
            tail = ended.stderr.decode(errors="replace")[-1000:]
            raise Found(f"{what}: {command}\n{tail}")

        if scarce and ended.returncode == 127 and b"loading shared libraries" in ended.stderr:
            return
        if ended.returncode < 0:
            wrong("killed by " + signal.Signals(-ended.returncode).name)
        if ended.returncode > most:
            wrong(f"exit status {ended.returncode}")
        if EXCEPTION in ended.stderr and not scarce:
            wrong("an exception that nobody catches")
        if not is_printable(ended.stderr):
            wrong("standard error is no text for a terminal")
        if stdout or 1 in closed:
            return
        if "--json" in command and ended.stdout:
            try:
                json.loads(ended.stdout)
            except ValueError:
                wrong("no JSON document")
        elif "--json" in command and ended.returncode != 2 and not scarce:
            wrong("no document at all")
        elif not is_printable(ended.stdout):
            wrong("standard output is no text for a terminal")
