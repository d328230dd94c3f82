# SPDX-License-Identifier: GPL-2.0-or-later
"""Ledgers that a crash, a bad disk or somebody else has written to."""
import json
import os

import hostile

DOMAIN = {"uri": "test:///nowhere.xml", "uuid": "5a1d0b2e-0000-4000-8000-000000000001", "name": "win11"}
NO_DOMAIN = {"uri": "", "uuid": "", "name": ""}


def begin(verb="apply", transaction="t", **more):
    return {"record": "begin", "format": 1, "verb": verb, "transaction": transaction,
            "time": "2026-01-01T00:00:00Z", "boot": "b", "profile": {"path": "/p/front.toml", "digest": "d" * 64},
            "domain": NO_DOMAIN, "who": "root", "accepted": [], "pending": False, "at_boot": False, **more}


def records():
    """A life of a profile: applied, waiting, rolled back in part."""
    binding = {"record": "intent", "setting": "binding ffff:ff:1f.7",
               "before": {"driver": "xhci_hcd", "override": None},
               "origin": {"driver": "xhci_hcd", "override": None},
               "after": {"driver": "vfio-pci", "override": "vfio-pci"}, "wanted": True}
    file = {"record": "intent", "setting": "file /nowhere/x", "before": None, "origin": None,
            "after": "text\n", "wanted": True}
    return [begin(), binding, {"record": "done", "setting": "binding ffff:ff:1f.7"}, file,
            {"record": "done", "setting": "file /nowhere/x"}, {"record": "commit"},
            begin(transaction="u", pending=True, domain=DOMAIN),
            {"record": "definition", "domain": DOMAIN, "xml": "<domain/>"},
            {"record": "hold", "setting": "binding ffff:ff:1f.7",
             "state": {"driver": "vfio-pci", "override": "vfio-pci"},
             "origin": {"driver": "xhci_hcd", "override": None}},
            {"record": "intent", "setting": "hostdev win11 ffff:ff:1f.7", "before": None, "origin": None,
             "after": "<hostdev/>", "wanted": True},
            {"record": "intent", "setting": "pin win11 vcpu 0", "before": None, "origin": None, "after": "0-3",
             "wanted": True},
            {"record": "wait", "until": 5}, {"record": "restored"}, {"record": "boot-complete"},
            begin("rollback", "v"), {"record": "done", "setting": "file /nowhere/x"}]


def other(choose, value):
    """A value of another kind, or a strange one of the same."""
    strange = [None, True, -1, 0, 1e300, 2 ** 70, "", "x", [], {}, [[[]]], {"a": {"b": {}}}, "\u0000", "\ud800"]
    return choose.choice(strange + [value] + [word.encode("ascii", "replace").decode() for word in hostile.WORDS])


def spoil(choose, record):
    """One member is another, missing or more."""
    record = json.loads(json.dumps(record))
    at = record
    while at:
        key = choose.choice(sorted(at))
        if isinstance(at[key], dict) and at[key] and choose.randrange(2):
            at = at[key]
            continue
        kind = choose.randrange(4)
        if kind == 0:
            del at[key]
        elif kind == 1:
            at[choose.choice(["x", "", "record", "format"])] = other(choose, None)
        else:
            at[key] = other(choose, at[key])
        break
    return record


def text(choose):
    lines = records()[:choose.randrange(1, 17)]
    for _ in range(choose.randrange(3)):
        i = choose.randrange(len(lines))
        lines[i] = spoil(choose, lines[i])
    if choose.randrange(4) == 0:
        choose.shuffle(lines)
    data = b"".join(json.dumps(line, separators=(",", ":")).encode() + b"\n" for line in lines)
    if choose.randrange(3) == 0:
        data = hostile.bent(choose, data)
    if choose.randrange(20) == 0:
        data = b"[" * 100000 + b"\n" + data
    return data


def attack(program, choose, work, _make_tree):
    state = os.path.join(work.folder, "state")
    folder = os.path.join(state, "ledger")
    os.makedirs(folder, 0o700)
    os.chmod(state, 0o700)
    while True:
        for name in os.listdir(folder):
            os.unlink(os.path.join(folder, name))
        for name in choose.sample(["front", "rear", "x.y", "-bad", "a" * 64], choose.randrange(1, 4)):
            with open(os.open(os.path.join(folder, name + ".jsonl"), os.O_CREAT | os.O_WRONLY, 0o600), "wb") as file:
                file.write(text(choose))
        commands = [["status"], ["status", "--json"], ["log"], ["log", "--json"], ["metrics", "--json"],
                    ["status", "front", "--json"], ["doctor", "--json"], ["confirm", "--json", "nobody"],
                    ["complete", "rollback", ""]]
        if os.geteuid() == 0:
            commands += [["rollback", "--all", "--dry-run"], ["rollback", "--all", "--dry-run", "--json"]]
        for words in choose.sample(commands, 3):
            program.run([*words, "--state", state] if words[0] != "complete" else
                        ["complete", "rollback", "--state", state, ""], most=5)
        yield
