# SPDX-License-Identifier: GPL-2.0-or-later
"""Texts that nobody meant to be read."""
import random

WORDS = [
    "", "\n", " ", "0", "-1", "00", "+7", "0x", "0x7fffffffffffffffffff", "4294967296",
    "18446744073709551616", "99999999999999999999999", "1e9", "nan", "(null)", "/", "//", "..", "../",
    "../..", ".", "/dev/", "/dev/sda", "/dev/mapper/", "\0", "a\0b", "\x1b[2J", "\u202e", "\ufeff",
    "'", '"', "\\", "\\x", "\\040", "#", "%", "%s%n", "$", "$(", "${x", "`", "=", "==", ",", ";", ":",
    "0000:00:00.0", "0000:zz:00.0", "ffffffff:ff:1f.7", "0-", "-0", "0-1-2", "0,,1", "0-8191",
    "8192", "0-4294967295", "vfio-pci", "xhci_hcd", "vfio-pci.ids=", "vfio-pci.ids=ffff", "disk", "UUID=",
    "UUID=\"", "LABEL=\\x", "none", "swap", "[", "[Mount]", "What=", "Where=", "<a>", "</a>", "<a ",
    "&x;", "<![CDATA[", "{", "}", "[[", "\r\n", "root=", "root=/dev/sda", "resume=", "a" * 300,
]


def raw(choose, most=200):
    return bytes(choose.randrange(256) for _ in range(choose.randrange(most)))


def long_text(choose):
    """Of one kind of letter, of open brackets, of lines without end."""
    part = choose.choice(["x", "\"", "\\", "<a>", "[", "{", "(", "$(", "0,", "/", "\n", "a b\n", " ",
                          "&a;", "=", "E:ID_FS_UUID=x\n", "0-1,", "\\\n", "'"])
    return (part * (choose.choice([500, 5000, 60000]) // len(part))).encode()


def text(choose):
    """Anything, short mostly."""
    kind = choose.randrange(10)
    if kind == 0:
        return raw(choose)
    if kind == 1:
        return long_text(choose)
    joint = choose.choice(["", " ", "\n", "\t", ",", ":", "/"])
    return joint.join(choose.choice(WORDS) for _ in range(choose.randrange(6))).encode()


def bent(choose, old):
    """An honest text with a few mistakes in it."""
    if not old or choose.randrange(4) == 0:
        return text(choose)
    data = bytearray(old)
    for _ in range(choose.randrange(1, 5)):
        at = choose.randrange(len(data) + 1)
        kind = choose.randrange(6)
        if kind == 0:
            del data[at:at + choose.randrange(1, 20)]
        elif kind == 1:
            data[at:at] = text(choose)[:2000]
        elif kind == 2 and at < len(data):
            data[at] = choose.randrange(256)
        elif kind == 3:
            lines = bytes(data).split(b"\n")
            choose.shuffle(lines)
            data = bytearray(b"\n".join(lines))
        elif kind == 4:
            data = data[:at]
        else:
            data[at:at] = data[at:at + 50] * choose.randrange(1, 30)
    return bytes(data)


def choices(seed, kind, worker):
    """The same ones for the same seed."""
    return random.Random(f"{seed}/{kind}/{worker}")
