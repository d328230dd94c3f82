# SPDX-License-Identifier: GPL-2.0-or-later
"""The profile's file. Until an apply is kept, what was there before stays beside it."""
from __future__ import absolute_import, division, print_function

__metaclass__ = type

import hashlib
import json
import os
import re
import tempfile

FOLDER = "/etc/ctrlpass/profiles.d"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")


def is_name(text):
    """What ctrlpass takes as a name; it never leads out of the folder."""
    return NAME.match(text) is not None


class ProfileFile:
    """NAME.toml, and .NAME.before, which is no profile to ctrlpass."""

    def __init__(self, name, folder=FOLDER):
        self.path = os.path.join(folder, name + ".toml")
        self._before = os.path.join(folder, "." + name + ".before")

    def read(self):
        """Its text, or None."""
        return _read(self.path)

    def place(self, text):
        """Writes it and remembers what was there, on disk, before anything is applied."""
        for folder in (os.path.dirname(os.path.dirname(self.path)), os.path.dirname(self.path)):
            if not os.path.isdir(folder):
                os.makedirs(folder, 0o755)
                os.chmod(folder, 0o755)
        remembered = {"before": self.read(), "placed": _digest(text)}
        _write(self._before, json.dumps(remembered), 0o600)
        _write(self.path, text, 0o644)

    def keep(self):
        """What is there is right."""
        _remove(self._before)

    def put_back(self):
        """As it was before place(), unless somebody else has written it since."""
        remembered = _read(self._before)
        if remembered is None:
            return
        remembered = json.loads(remembered)
        now = self.read()
        if now is not None and _digest(now) == remembered["placed"]:
            if remembered["before"] is None:
                _remove(self.path)
            else:
                _write(self.path, remembered["before"], 0o644)
        self.keep()

    def settle(self, recorded):
        """After a run that ended in between: keeps what the ledger says was kept.

        recorded: what `ctrlpass status` says of the profile, or None; it waits for nothing."""
        now = self.read()
        kept = recorded is not None and recorded["applied"] and now is not None
        if kept and recorded.get("digest") == _digest(now):
            self.keep()
        else:
            self.put_back()

    def remove(self):
        """Is it gone now that was there?"""
        self.keep()
        return _remove(self.path)


def _digest(text):
    return "sha256:" + hashlib.sha256(_bytes(text)).hexdigest()


def _bytes(text):
    return text.encode("utf-8", "surrogateescape")


def _read(path):
    try:
        with open(path, "rb") as file:
            return file.read().decode("utf-8", "surrogateescape")
    except FileNotFoundError:
        return None


def _write(path, text, mode):
    """In one step: whoever reads sees the old text or the new."""
    folder = os.path.dirname(path)
    number, temporary = tempfile.mkstemp(prefix=".ctrlpass-", suffix=".new", dir=folder)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(_bytes(text))
            os.fchmod(file.fileno(), mode)
            file.flush()
            os.fsync(file.fileno())
        os.rename(temporary, path)
    except BaseException:
        _remove(temporary)
        raise
    _sync(folder)


def _sync(folder):
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _remove(path):
    try:
        os.unlink(path)
        return True
    except FileNotFoundError:
        return False
