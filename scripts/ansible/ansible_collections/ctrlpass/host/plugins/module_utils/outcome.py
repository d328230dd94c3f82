# SPDX-License-Identifier: GPL-2.0-or-later
"""ctrlpass's documents as results of a task."""
from __future__ import absolute_import, division, print_function

__metaclass__ = type

import json

# What stays so until the machine starts again, with another kernel command line or firmware setup.
UNTIL_REBOOT = ("iommu-off", "no-interrupt-remapping", "stuck-function")


def stops(finding):
    """Does it stop the plan?"""
    return finding["severity"] in ("refuse", "consent") and not finding["accepted"]


def refusal(name, findings):
    """One line for the task's msg."""
    reasons = ["%s %s: %s" % (one["code"], one["subject"], one["message"].split("\n")[0])
               for one in findings if stops(one)]
    return "%s is refused: %s" % (name, "; ".join(reasons))


def needs_reboot(findings, hanging=()):
    """hanging: the functions that `ctrlpass status` says a write is stuck at."""
    return bool(hanging) or any(one["code"] in UNTIL_REBOOT for one in findings)


def united(first, second):
    """The findings of two documents, each once."""
    return first + [one for one in second if one not in first]


def diff_of_file(path, before, after):
    """In the form of Ansible's --diff."""
    return {
        "before_header": path if before is not None else "%s (absent)" % path,
        "after_header": path if after is not None else "%s (absent)" % path,
        "before": before or "",
        "after": after or "",
    }


def diff_of_settings(changes):
    """Each setting of the plan is a line."""
    return {
        "before_header": "settings",
        "after_header": "settings",
        "before": "".join(_line(change, "before") for change in changes),
        "after": "".join(_line(change, "after") for change in changes),
    }


def _line(change, side):
    state = change[side]
    text = state if isinstance(state, str) else json.dumps(state, sort_keys=True)
    return "%s: %s\n" % (change["setting"], text)
