#!/usr/bin/python
# SPDX-License-Identifier: GPL-2.0-or-later
"""Keeps what a profile's apply did and waits with."""
from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
---
module: ctrlpass_confirm
short_description: Keep what waits to be confirmed
description:
  - Keeps what C(ctrlpass apply --confirm-within) did. M(ctrlpass.host.ctrlpass_profile) runs this
    by itself, over a new connection.
options:
  name:
    description: Name of the profile.
    type: str
    required: true
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
notes:
  - Needs root on the host.
author: The ctrlpass authors
"""

EXAMPLES = r"""
- name: Keep what was applied by hand
  ctrlpass.host.ctrlpass_confirm:
    name: front
"""

RETURN = r"""
exit_code:
  description: The exit status of ctrlpass.
  returned: always
  type: int
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.ctrlpass.host.plugins.module_utils.profile_file import ProfileFile
from ansible_collections.ctrlpass.host.plugins.module_utils.program import (
    ARGUMENTS, DONE, Program, require_root)


def main():
    module = AnsibleModule(
        argument_spec=dict(ARGUMENTS, name={"type": "str", "required": True}),
        supports_check_mode=True,
    )
    require_root(module)
    name, program = module.params["name"], Program(module)
    recorded = program.status()[0].get(name)
    if not recorded or not recorded["pending"]:
        # The file is put back by the process that waits for this.
        module.fail_json(msg="%s does not wait to be confirmed (any more)" % name, exit_code=1)
    if module.check_mode:
        module.exit_json(changed=True, exit_code=DONE)
    answer = program.run("confirm", name)
    if answer.code != DONE:
        module.fail_json(msg=answer.message(), exit_code=answer.code)
    ProfileFile(name).keep()
    module.exit_json(changed=True, exit_code=DONE)


if __name__ == "__main__":
    main()
