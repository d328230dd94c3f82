#!/usr/bin/python
# SPDX-License-Identifier: GPL-2.0-or-later
"""Deploys a profile of ctrlpass and applies it, or rolls it back."""
from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
---
module: ctrlpass_profile
short_description: Give USB controllers to virtual machines as a profile says, or take them back
description:
  - Writes the profile to C(/etc/ctrlpass/profiles.d/NAME.toml) and applies it with C(ctrlpass).
  - What is applied has to be confirmed over a new connection. A host that cannot be reached again
    puts itself back, the profile's file included. After a reboot in between nothing is applied at
    boot, and the next run of this module puts the file right.
  - A profile that is refused or fails leaves nothing behind.
options:
  name:
    description: Name of the profile.
    type: str
    required: true
  state:
    description:
      - V(present) deploys and applies the profile.
      - V(absent) rolls it back and removes its file.
    type: str
    choices: [present, absent]
    default: present
  content:
    description: The profile as text.
    type: str
  src:
    description: The profile as a file on the controller, looked up as by M(ansible.builtin.copy).
    type: path
  profile:
    description:
      - The profile as data, see C(ctrlpass.toml(5)). Format 1 where none is given.
      - Write addresses in quotes; YAML takes some of them for numbers.
    type: dict
  confirm_within:
    description:
      - The host puts everything back unless it is reached again within so many seconds.
      - With V(0) nothing has to be confirmed.
    type: int
    default: 60
  deadline:
    description: How many seconds one write to the kernel may take before it counts as stuck.
    type: int
    default: 30
  lock_timeout:
    description: How many seconds to wait for another ctrlpass that is at work.
    type: int
    default: 60
  executable:
    description: The program, where it is neither in the PATH nor in an sbin folder.
    type: path
attributes:
  check_mode:
    support: full
    description: The changes and findings are those of C(ctrlpass plan).
  diff_mode:
    support: full
notes:
  - Needs root on the host.
author: The ctrlpass authors
"""

EXAMPLES = r"""
- name: Give the front ports to the Windows guest
  ctrlpass.host.ctrlpass_profile:
    name: front
    profile:
      vm:
        name: win11
      controller:
        - path: PC00/08.1/00.3
          address: "0000:0a:00.3"
          id: "1022:149c"
          allow: [bluetooth]

- name: The same from a file beside the playbook
  ctrlpass.host.ctrlpass_profile:
    name: front
    src: front.toml

- name: Take everything back
  ctrlpass.host.ctrlpass_profile:
    name: front
    state: absent
"""

RETURN = r"""
changes:
  description: Each setting with its state before and after, as in C(ctrlpass plan --json).
  returned: always
  type: list
  elements: dict
  sample:
    - profile: front
      setting: binding 0000:0a:00.3
      kind: binding
      subject: 0000:0a:00.3
      before: {driver: xhci_hcd, override: null}
      after: {driver: vfio-pci, override: vfio-pci}
      why: "[[controller]] 1"
findings:
  description: What stands in the way or is worth knowing, also when the profile is refused.
  returned: always
  type: list
  elements: dict
refused:
  description: Did a finding stop it? Then nothing was touched.
  returned: always
  type: bool
done:
  description: The settings that were changed.
  returned: always
  type: list
  elements: str
restored:
  description: The settings that were put back.
  returned: always
  type: list
  elements: str
stuck:
  description: The settings that could not be put back, each with the reason.
  returned: always
  type: list
  elements: dict
confirmed:
  description: Was what had to be confirmed kept?
  returned: when something had to be confirmed
  type: bool
reboot_needed:
  description: Does something stay as it is until the host is started anew?
  returned: always
  type: bool
exit_code:
  description: The exit status of ctrlpass.
  returned: always
  type: int
"""

import os

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.ctrlpass.host.plugins.module_utils import outcome
from ansible_collections.ctrlpass.host.plugins.module_utils.profile_file import ProfileFile, is_name
from ansible_collections.ctrlpass.host.plugins.module_utils.profile_toml import NotToml, to_toml
from ansible_collections.ctrlpass.host.plugins.module_utils.program import (
    ARGUMENTS, DONE, REFUSED, STUCK, Program, require_root)
from ansible_collections.ctrlpass.host.plugins.module_utils.watch import watch


class Task:
    """One run of the module for one profile."""

    def __init__(self, module):
        self.module = module
        self.name = module.params["name"]
        self.file = ProfileFile(self.name)
        self.program = Program(module)
        self.result = {
            "name": self.name, "changed": False, "changes": [], "findings": [], "refused": False,
            "done": [], "restored": [], "stuck": [], "reboot_needed": False, "exit_code": DONE,
            "diff": [],
        }

    def run(self):
        """Ends the module."""
        profiles, self.hanging = self.program.status()
        recorded = profiles.get(self.name)
        if self.module.params["state"] == "absent":
            self.absent(recorded)
        else:
            self.present(recorded)
        self.module.exit_json(**self.result)

    def present(self, recorded):
        if recorded and recorded["pending"]:
            self.fail("%s waits to be confirmed for %s more seconds, or is put back then"
                      % (self.name, recorded.get("seconds_left", "?")))
        if not self.module.check_mode:
            self.file.settle(recorded)
        before, wanted = self.file.read(), self.wanted_text()
        self.plan(wanted)
        self.result["diff"] = [outcome.diff_of_file(self.file.path, before, wanted),
                               outcome.diff_of_settings(self.result["changes"])]
        self.result["changed"] = before != wanted or bool(self.result["changes"])
        if not self.module.check_mode:
            self.apply(before, wanted)

    def wanted_text(self):
        """The profile's text, whichever way it came."""
        if self.module.params["content"] is not None:
            return self.module.params["content"]
        profile = dict(self.module.params["profile"])
        profile.setdefault("format", 1)
        try:
            return to_toml(profile)
        except NotToml as error:
            return self.fail("cannot write this profile: %s" % error)

    def plan(self, text):
        """Judges the text as if it were in its place."""
        draft = os.path.join(self.module.tmpdir, self.name + ".toml")
        with open(draft, "w", encoding="utf-8", errors="surrogateescape", newline="") as file:
            file.write(text)
        answer = self.program.run("plan", draft, "--as", self.file.path)
        os.unlink(draft)
        self.take(answer)
        if answer.code != DONE:
            self.stop(answer)

    def apply(self, before, wanted):
        if before != wanted:
            self.file.place(wanted)
        words = ["apply", self.file.path, "--deadline", str(self.module.params["deadline"])]
        seconds = self.module.params["confirm_within"]
        if seconds > 0:
            words += ["--confirm-within", str(seconds)]
        answer = self.program.run(*words)
        self.take(answer)
        if answer.code != DONE:
            self.file.put_back()
            self.stop(answer)
        self.result["changed"] = before != wanted or answer.document["changed"]
        self.result["pending"] = answer.document["pending"]
        if not self.result["pending"]:
            self.file.keep()
        elif before != wanted:
            watch(self.file, self.name, self.program.path, seconds)

    def absent(self, recorded):
        before = self.file.read()
        applied = recorded is not None and (recorded["applied"] or recorded["unfinished"])
        self.result["changed"] = applied or before is not None
        if applied:
            words = ["rollback", self.name, "--deadline", str(self.module.params["deadline"])]
            answer = self.program.run(*words + ["--dry-run"] * self.module.check_mode)
            self.take(answer)
            if answer.code != DONE:
                self.stop(answer)
        if not self.module.check_mode:
            self.file.remove()
        self.result["diff"] = [outcome.diff_of_file(self.file.path, before, None),
                               outcome.diff_of_settings(self.result["changes"])]

    def take(self, answer):
        """What the document says goes into the result."""
        self.result["exit_code"] = answer.code
        for key in ("changes", "done", "restored", "stuck"):
            self.result[key] = answer.list(key) or self.result[key]
        self.result["findings"] = outcome.united(self.result["findings"], answer.list("findings"))
        self.result["refused"] = answer.code == REFUSED

    def stop(self, answer):
        """Fails as ctrlpass did. Of the changes that were planned none is there."""
        self.result["changed"] = bool(answer.document.get("changed"))
        if answer.code == STUCK:
            self.hanging = self.program.status()[1]
        if answer.code == REFUSED:
            self.fail(outcome.refusal(self.name, self.result["findings"]))
        self.fail(answer.message().replace(self.module.tmpdir, os.path.dirname(self.file.path)))

    def fail(self, message):
        self.judge_reboot()
        self.module.fail_json(msg=message, **self.result)

    def judge_reboot(self):
        self.result["reboot_needed"] = outcome.needs_reboot(self.result["findings"], self.hanging)


def main():
    module = AnsibleModule(
        argument_spec=dict(
            ARGUMENTS,
            name={"type": "str", "required": True},
            state={"type": "str", "choices": ["present", "absent"], "default": "present"},
            content={"type": "str"},
            src={"type": "path"},
            profile={"type": "dict"},
            confirm_within={"type": "int", "default": 60},
            deadline={"type": "int", "default": 30},
        ),
        mutually_exclusive=[("content", "src", "profile")],
        required_if=[("state", "present", ("content", "src", "profile"), True)],
        supports_check_mode=True,
    )
    require_root(module)
    if not is_name(module.params["name"]):
        module.fail_json(msg="cannot use %r as the name of a profile: names are letters, digits, "
                             "'.', '_' and '-', at most 64" % module.params["name"])
    if module.params["src"] is not None:
        module.fail_json(msg="src is read on the controller, by the action plugin of this module")
    Task(module).run()


if __name__ == "__main__":
    main()
