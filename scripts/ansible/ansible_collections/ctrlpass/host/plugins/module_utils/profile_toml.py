# SPDX-License-Identifier: GPL-2.0-or-later
"""A profile as Ansible's data, written as the TOML that ctrlpass reads."""
from __future__ import absolute_import, division, print_function

__metaclass__ = type

import re

# The order of profiles/*.toml; what is not known here follows by name, for ctrlpass to judge.
ORDER = (
    "format", "description", "name", "uri", "path", "address", "id", "subsystem", "serial", "when",
    "allow", "guest", "vcpus", "emulator", "iothreads", "interrupts", "vm", "controller", "member",
    "pin",
)
BARE_KEY = re.compile(r"^[A-Za-z0-9_-]+$")
SHORT_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


class NotToml(ValueError):
    """This value has no place in a profile."""


def to_toml(profile):
    """The text of this profile (a dict); the same data always gives the same text."""
    lines = []
    _write_table(profile, [], lines)
    return "\n".join(lines).strip("\n") + "\n"


def _write_table(table, path, lines):
    """Plain values first: after a header they would belong to the table below."""
    keys = [key for key in sorted(table, key=_rank) if table[key] is not None]
    nested = [key for key in keys if _is_table(table[key]) or _is_tables(table[key])]
    for key in keys:
        if key not in nested:
            lines.append("%s = %s" % (_key(key), _value(table[key], path + [key])))
    for key in nested:
        inner = path + [key]
        header = ".".join(_key(word) for word in inner)
        if _is_table(table[key]):
            lines.extend(["", "[%s]" % header])
            _write_table(table[key], inner, lines)
            continue
        for element in table[key]:
            lines.extend(["", "[[%s]]" % header])
            _write_table(element, inner, lines)


def _rank(key):
    return (ORDER.index(key) if key in ORDER else len(ORDER), str(key))


def _is_table(value):
    return isinstance(value, dict)


def _is_tables(value):
    return isinstance(value, (list, tuple)) and bool(value) and all(map(_is_table, value))


def _key(key):
    return key if BARE_KEY.match(str(key)) else _string(str(key))


def _value(value, path):
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, (list, tuple)):
        return "[%s]" % ", ".join(_value(element, path) for element in value)
    if isinstance(value, float):
        raise NotToml(
            "%s is the number %r, which no profile has: YAML takes 0000:01:00.0 without quotes "
            'for one, so write "0000:01:00.0"' % (".".join(path), value))
    raise NotToml("%s is a %s, which no profile has" % (".".join(path), type(value).__name__))


def _string(text):
    return '"%s"' % "".join(_character(character) for character in text)


def _character(character):
    """What could write to a terminal, and lone surrogates, which TOML has not, stay numbers."""
    if character in SHORT_ESCAPES:
        return SHORT_ESCAPES[character]
    number = ord(character)
    if 0xD800 <= number <= 0xDFFF:
        raise NotToml("a string has half a character (U+%04X)" % number)
    if number < 0x20 or number == 0x7F:
        return "\\u%04x" % number
    return character
