# SPDX-License-Identifier: GPL-2.0-or-later
"""Machines whose sysfs, proc and files are bent at some places."""
import os
import shutil
import subprocess

import hostile

PLACES_AT_ONCE = 6


class Tree:
    """A machine's tree that can be bent and straightened."""

    def __init__(self, make_tree, name, folder):
        self.folder = os.path.join(folder, name)
        self.aside = self.folder + ".aside"
        os.mkdir(self.aside)
        subprocess.run([make_tree, self.folder, name], check=True)
        self.places = []
        for here, folders, files in os.walk(self.folder):
            self.places += [os.path.join(here, entry) for entry in folders + files]
        self.places.sort()
        self.bent = []
        bus = os.path.join(self.folder, "sys/bus/pci/devices")
        self.functions = sorted(os.listdir(bus))
        self.controllers = [one for one in self.functions if self.is_usb(os.path.join(bus, one))]

    @staticmethod
    def is_usb(function):
        with open(os.path.join(function, "class"), encoding="ascii") as file:
            return file.read().startswith("0x0c03")

    def bend(self, choose, place):
        """Something else stands at the place now."""
        above = os.path.dirname(place)
        if not os.path.isdir(above) or os.path.realpath(above) != os.path.abspath(above):
            return
        old = None
        if os.path.lexists(place):
            old = os.path.join(self.aside, str(len(self.bent)))
            os.rename(place, old)
        self.bent.append((place, old))
        # What is a link stays one mostly: its text is read, not what it leads to.
        kind = choose.choice([0, 1, 1, 1, 3, 5]) if old and os.path.islink(old) else choose.randrange(8)
        if kind == 0:
            return
        if kind == 1:
            target = choose.choice(["/", "..", "../", "../../", ".", "x", "x/", "x1", "-1", "00", "9" * 30,
                                    "/etc/passwd", os.path.basename(place), "a/" * 200,
                                    choose.choice(self.places)])
            os.symlink(target, place)
        elif kind == 3:
            os.mkdir(place)
            for word in choose.sample(hostile.WORDS, 5):
                name = word.replace("/", "").replace("\0", "")[:200]
                if name not in ("", ".", "..") and not os.path.lexists(os.path.join(place, name)):
                    os.mkdir(os.path.join(place, name))
        elif kind == 4:
            os.mkfifo(place)
        else:
            content = b""
            if old and os.path.isfile(old) and not os.path.islink(old):
                with open(old, "rb") as file:
                    content = file.read()
            with open(place, "wb") as file:
                file.write(hostile.bent(choose, content))

    def straighten(self):
        for place, old in reversed(self.bent):
            if os.path.isdir(place) and not os.path.islink(place):
                shutil.rmtree(place)
            elif os.path.lexists(place):
                os.unlink(place)
            if old:
                os.rename(old, place)
        self.bent = []


def profile_for(choose, tree, folder):
    path = os.path.join(folder, "front.toml")
    with open(path, "w", encoding="ascii") as file:
        file.write("format = 1\n")
        for address in choose.sample(tree.controllers, min(2, len(tree.controllers))):
            file.write(f'[[controller]]\naddress = "{address}"\n')
    return path


def reading_commands(choose, tree, folder):
    profile = profile_for(choose, tree, folder)
    root = ["--root", tree.folder]
    return [["inspect", *root], ["inspect", "--json", *root], ["inspect", "--dot", *root],
            ["plan", profile, *root], ["plan", "--json", profile, *root],
            ["init", "--controller", choose.choice(tree.functions), *root],
            ["doctor", "--json", profile, *root], ["doctor", *root],
            ["metrics", "--json", *root],
            ["complete", "init", *root, "--controller", ""]]


def attack(program, choose, work, make_tree):
    """Yields after each bent machine; what is bent at a failure stays as it is."""
    names = sorted(name[:-5] for name in os.listdir(work.machines) if name.endswith(".json"))
    trees = {}
    while True:
        name = choose.choice(names)
        if name not in trees:
            trees[name] = Tree(make_tree, name, work.folder)
        tree = trees[name]
        near = [place for place in tree.places
                if any(address in place for address in tree.controllers)] or tree.places
        links = [place for place in near if os.path.islink(place)] or near
        for _ in range(choose.randrange(1, PLACES_AT_ONCE)):
            tree.bend(choose, choose.choice(choose.choice([near, links, tree.places])))
        for words in choose.sample(reading_commands(choose, tree, work.folder), 4):
            program.run(words, most=4)
        tree.straighten()
        yield
