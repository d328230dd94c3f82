# SPDX-License-Identifier: GPL-2.0-or-later
"""Command lines that nobody should have written. What changes something always has a word in it
that ctrlpass does not know."""
import hostile
import judge

READING = ["inspect", "init", "check", "plan", "status", "log", "metrics", "doctor", "complete"]
WRITING = ["apply", "confirm", "rollback", "capture", "pin"]
OPTIONS = ["--json", "--dot", "--watch=", "--exit-code", "--root", "--state", "--color", "--controller", "--vm", "--from",
           "--as", "--all", "--boot", "--unfinished", "--dry-run", "--deadline", "--confirm-within",
           "--unconfirmed", "--after", "--i-may-lock-myself-out", "--output", "--follow", "--help", "--version", "-h",
           "-", "--", "---", "--=", "-x", "--json=", "--state="]
BAD = "--no-such-option"
COUNT = 300


def random_words(choose):
    return [choose.choice(OPTIONS + [word.replace("\0", "") for word in hostile.WORDS])
            for _ in range(choose.randrange(6))]


def attack(program, choose, work, _make_tree):
    nowhere = ["--state", work.folder + "/none"]
    for words in [[], [""], ["x" * 100000], ["-" * 1000], ["--"] * 500, ["plan"] * 500]:
        program.run(words, most=2)
    for _ in range(COUNT):
        command = choose.choice(WRITING + READING)
        words = random_words(choose)
        if command in WRITING:
            words = [word for word in words if word not in ("--help", "-h", "--version", "--")]
            ended = program.run([command, BAD, *words, *nowhere], most=2)
            if ended.returncode != 2:
                raise judge.Found(f"exit status {ended.returncode} of {[command, BAD, *words]}")
        else:
            words = [word for word in words if word not in ("--watch=", "--output")]
            # Without a document where the command line itself is bad.
            program.run([command, *(word for word in words if word != "--json")], most=4)
        yield
