# SPDX-License-Identifier: GPL-2.0-or-later
"""Too few descriptors, too little memory, files that may not grow, output that nobody takes."""
import json
import os
import resource

import judge
import ledgers
import machines

KIB = 1024
MIB = 1024 * KIB


class Desk:
    """A machine, a profile for it, and a state directory with something to roll back."""

    def __init__(self, choose, work, make_tree):
        self.tree = machines.Tree(make_tree, "busy-desk", work.folder)
        self.profile = machines.profile_for(choose, self.tree, work.folder)
        self.file = os.path.join(work.folder, "made")
        self.state = os.path.join(work.folder, "desk")
        self.ledger = os.path.join(self.state, "ledger", "front.jsonl")
        os.makedirs(os.path.dirname(self.ledger), 0o700)
        os.chmod(self.state, 0o700)
        self.apply()

    def apply(self):
        """As if ctrlpass had made the file."""
        with open(self.file, "w", encoding="ascii") as file:
            file.write("mine\n")
        setting = "file " + self.file
        lines = [ledgers.begin(), {"record": "intent", "setting": setting, "before": None, "origin": None,
                                   "after": "mine\n", "wanted": True},
                 {"record": "done", "setting": setting}, {"record": "commit"}]
        with open(os.open(self.ledger, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
            for line in lines:
                file.write(json.dumps(line, separators=(",", ":")) + "\n")

    def reading(self):
        root = ["--root", self.tree.folder]
        state = ["--state", self.state]
        return [["inspect", "--json", *root], ["plan", "--json", self.profile, *root], ["doctor", "--json", *root],
                ["init", "--controller", self.tree.controllers[0], *root], ["status", "--json", *state],
                ["log", *state], ["log", "--json", *state], ["metrics", "--json", *state, *root]]

    def roll_back(self, program, **how):
        """Its status tells what became of the file, and the next one finishes what is left."""
        self.apply()
        ended = program.run(["rollback", "--all", "--json", "--state", self.state], most=6, **how)
        there = os.path.exists(self.file)
        if ended.returncode == 0 and there:
            raise judge.Found(f"exit status 0, and nothing was rolled back: {how}")
        if ended.returncode in (1, 6) and not there:
            raise judge.Found(f"exit status {ended.returncode}, and the file is gone: {how}")
        if "stdout" in how or 1 in how.get("closed", ()):
            if ended.returncode != 0 and "limits" not in how:
                raise judge.Found(f"lost output made the exit status {ended.returncode}: {how}")
        program.run(["rollback", "--all", "--state", self.state], most=0)
        if os.path.exists(self.file):
            raise judge.Found(f"the next rollback did not finish it: {how}")


def without_a_document(program, words, **how):
    """A command that only reads and could not print failed."""
    ended = program.run(words, most=6, **how)
    if ended.returncode == 0:
        raise judge.Found(f"exit status 0 without an answer: {words} {how}")


def descriptors(program, desk, roots):
    for most in range(3, 24):
        limits = {resource.RLIMIT_NOFILE: most}
        for words in desk.reading():
            program.run(words, most=6, scarce=True, limits=limits)
        if roots:
            desk.roll_back(program, scarce=True, limits=limits)
        yield
    for closed in [(0,), (1,), (2,), (0, 1), (0, 2), (1, 2), (0, 1, 2)]:
        for words in desk.reading():
            if 1 in closed:
                without_a_document(program, words, closed=closed)
            else:
                program.run(words, most=6, closed=closed)
        if roots:
            desk.roll_back(program, closed=closed)
        yield


def output(program, desk, roots):
    reading, writing = os.pipe()
    os.close(reading)
    with open("/dev/full", "wb") as full, os.fdopen(writing, "wb") as closed:
        for stdout in (full, closed):
            for words in desk.reading():
                without_a_document(program, words, stdout=stdout)
            if roots:
                desk.roll_back(program, stdout=stdout)
            yield


def sizes(program, desk, roots):
    for size in [0, 1, 100, 600, 900, 4096]:
        limits = {resource.RLIMIT_FSIZE: size}
        for words in desk.reading():
            program.run(words, most=6, limits=limits)
        if roots:
            desk.roll_back(program, limits=limits)
        yield


def memory(program, desk, roots):
    """From what the loader needs (which itself ends by a signal where it has not enough) until
    everything succeeds. A build with sanitizers needs more than there can be."""
    size = 4 * MIB
    while not program.starts_in(size):
        size += 64 * KIB
        if size > 64 * MIB:
            print("memory: skipped, the program does not start in 64 MiB")
            return
    for more in [*range(0, 2048, 64), *range(2048, 16384, 512)]:
        limits = {resource.RLIMIT_AS: size + more * KIB}
        for words in desk.reading():
            program.run(words, most=6, scarce=True, limits=limits)
        if roots:
            desk.roll_back(program, scarce=True, limits=limits)
        yield


def attack(program, choose, work, make_tree):
    desk = Desk(choose, work, make_tree)
    roots = os.geteuid() == 0
    for limit in (output, descriptors, sizes, memory):
        for _ in limit(program, desk, roots):
            yield
