# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads src on the controller, runs the module, and confirms over a new connection."""
from __future__ import absolute_import, division, print_function

__metaclass__ = type

import time

from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure, AnsibleError
from ansible.plugins.action import ActionBase
from ansible.plugins.connection import ConnectionBase

PAUSE = 2
SHARED = ("name", "lock_timeout", "executable")


class ActionModule(ActionBase):
    """The first half of commit-confirm is the module's, the second needs the way to the host."""

    def run(self, tmp=None, task_vars=None):
        super().run(tmp, task_vars)
        arguments = self._with_content(dict(self._task.args))
        result = self._execute_module("ctrlpass.host.ctrlpass_profile", arguments,
                                      task_vars=task_vars)
        if result.pop("pending", False) and not result.get("failed"):
            self._confirm(result, arguments, task_vars)
        return result

    def _with_content(self, arguments):
        source = arguments.get("src")
        if source is None or "content" in arguments:
            return arguments  # both: the module's error
        try:
            path = self._loader.get_real_file(self._find_needle("files", source))
            with open(path, encoding="utf-8", errors="surrogateescape", newline="") as file:
                arguments["content"] = file.read()
        except (AnsibleError, OSError) as error:
            raise AnsibleActionFail("cannot read the profile %s: %s" % (source, error))
        del arguments["src"]
        return arguments

    def _confirm(self, result, arguments, task_vars):
        """The answer counts only when it comes by a connection that did not exist before."""
        shared = {key: arguments[key] for key in SHARED if key in arguments}
        deadline = time.monotonic() + int(arguments.get("confirm_within", 60))
        while True:
            try:
                self._reconnect()
                answer = self._execute_module("ctrlpass.host.ctrlpass_confirm", shared,
                                              task_vars=task_vars)
                break
            except AnsibleConnectionFailure as error:
                if time.monotonic() + PAUSE >= deadline:
                    raise AnsibleConnectionFailure(
                        "%s was applied and the host cannot be reached any more, so nothing was "
                        "confirmed and it puts everything back by itself: %s"
                        % (arguments["name"], error))
                time.sleep(PAUSE)
        result["confirmed"] = not answer.get("failed", False)
        if not result["confirmed"]:
            result["failed"] = True
            result["changed"] = False  # it puts everything back
            result["msg"] = "applied, but not confirmed: %s" % answer.get("msg")

    def _reconnect(self):
        """Connections that have nothing to reset would only warn."""
        if type(self._connection).reset is not ConnectionBase.reset:
            self._connection.reset()
