#!/usr/bin/python
# SPDX-License-Identifier: GPL-2.0-or-later
"""The host as `ctrlpass inspect` sees it."""
from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
---
module: ctrlpass_facts
short_description: Which USB controllers a host has, and what giving each away would cost
description:
  - Returns the document of C(ctrlpass inspect --json) as the fact C(ctrlpass), and what is applied.
options:
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
  diff_mode:
    support: none
  facts:
    support: full
notes:
  - Needs root on the host.
author: The ctrlpass authors
"""

EXAMPLES = r"""
- name: Look at the controllers
  ctrlpass.host.ctrlpass_facts:

- name: Show those that can be given away
  ansible.builtin.debug:
    msg: "{{ ctrlpass.controllers | selectattr('verdict', 'ne', 'no') | map(attribute='address') }}"
"""

RETURN = r"""
ansible_facts:
  description: The facts.
  returned: always
  type: dict
  contains:
    ctrlpass:
      description:
        - The members of C(ctrlpass inspect --json), see ctrlpass(8), with C(version) of the program
          and C(profiles), which is what C(ctrlpass status --json) says of each.
      returned: always
      type: dict
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.ctrlpass.host.plugins.module_utils.program import (
    ARGUMENTS, DONE, Program, require_root)


def main():
    module = AnsibleModule(argument_spec=dict(ARGUMENTS), supports_check_mode=True)
    require_root(module)
    program = Program(module)
    answer = program.run("inspect")
    if answer.code != DONE:
        module.fail_json(msg=answer.message(), exit_code=answer.code)
    facts = dict(answer.document, version=program.version())
    facts["profiles"] = list(program.status()[0].values())
    module.exit_json(ansible_facts={"ctrlpass": facts})


if __name__ == "__main__":
    main()
