# SPDX-License-Identifier: GPL-2.0-or-later
"""Tables, rules, units, boot loaders' files and guests' definitions by anybody."""
import os

import hostile
import machines

# What is in them at first, to be bent.
FILES = {
    "etc/fstab": "UUID=1234-ABCD /boot vfat defaults,nofail 0 2\n/dev/sda1 none swap sw 0 0\n",
    "etc/crypttab": "home UUID=1234-ABCD /dev/disk/by-id/usb-X:/key luks,header=/dev/sdb1,keyscript=x\n",
    "etc/auto.master": "/mnt /etc/auto.usb --timeout=60\n",
    "etc/auto.usb": "disk -fstype=ext4 :/dev/sdb1\n",
    "etc/multipath.conf": "multipaths { multipath { wwid 3600 alias x } }\n",
    "etc/lvm/devices/system.devices": "IDTYPE=sys_wwid IDNAME=usb DEVNAME=/dev/sdb1 PVID=x PART=1\n",
    "etc/exports": "/srv *(ro)\n",
    "etc/ssh/sshd_config": "Port 22\nListenAddress 0.0.0.0\n",
    "etc/default/grub": "GRUB_CMDLINE_LINUX=\"quiet intel_iommu=on\"\nGRUB_CMDLINE_LINUX+=' a'\n",
    "etc/default/grub.d/10.cfg": "GRUB_CMDLINE_LINUX_DEFAULT=\"$GRUB_CMDLINE_LINUX_DEFAULT x\"\n",
    "boot/grub/grub.cfg": "linux /vmlinuz root=UUID=x ro quiet\n",
    "boot/loader/entries/a.conf": "title a\nlinux /vmlinuz\noptions root=/dev/sda1 ro\n",
    "etc/kernel/cmdline": "root=ZFS=rpool/ROOT boot=zfs\n",
    "boot/extlinux/extlinux.conf": "LABEL l\nAPPEND root=/dev/sda1\n",
    "etc/modprobe.d/vfio.conf": "options vfio-pci ids=1912:0014,ffff:*\nsoftdep xhci_pci pre: vfio-pci\n"
                                "install vfio-pci /sbin/modprobe --ignore-install vfio-pci\n",
    "etc/modules-load.d/vfio.conf": "vfio-pci\n",
    "etc/initramfs-tools/modules": "vfio_pci ids=1912:0014\n",
    "etc/initramfs-tools/scripts/init-top/vfio": "#!/bin/sh\necho vfio-pci > /sys/x/driver_override\n",
    "etc/dracut.conf.d/10.conf": "force_drivers+=\" vfio-pci \"\n",
    "etc/mkinitcpio.conf": "MODULES=(vfio_pci)\n",
    "etc/udev/rules.d/10-vfio.rules": 'ACTION=="add", ATTR{vendor}=="0x1912", ATTR{driver_override}="vfio-pci", '
                                      'RUN+="/bin/sh -c \'echo 1 > bind\'"\n',
    "etc/systemd/system/mnt-usb.mount": "[Mount]\nWhat=/dev/disk/by-uuid/1234\nWhere=/mnt/usb\n",
    "etc/systemd/system/dev-sdb1.swap": "[Swap]\nWhat=/dev/sdb1\n",
    "etc/systemd/system/bind.service": "[Service]\nExecStart=/bin/sh -c 'echo x > /sys/bus/pci/drivers/vfio-pci/new_id'\n",
    "etc/rc.local": "#!/bin/sh\necho 0000:03:00.0 > /sys/bus/pci/drivers/xhci_hcd/unbind\n",
    "etc/libvirt/hooks/qemu": "#!/bin/sh\necho $1\n",
    "etc/libvirt/qemu/win11.xml": "<domain type='kvm'><name>win11</name><devices><hostdev mode='subsystem' "
                                  "type='pci' managed='yes'><source><address domain='0x0000' bus='0x03' slot='0x00' "
                                  "function='0x0'/></source></hostdev></devices></domain>\n",
    "etc/driverctl.d/0000:03:00.0": "vfio-pci\n",
    "proc/cmdline": "BOOT_IMAGE=/vmlinuz root=/dev/sda1 resume=UUID=x vfio-pci.ids=1912:0014 intel_iommu=on\n",
    "proc/swaps": "Filename Type Size Used Priority\n/dev/sdb1 partition 1 0 -2\n",
    "proc/self/mountinfo": "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n",
    "proc/interrupts": "  24: 0 IR-PCI-MSI xhci_hcd\n",
    "proc/net/tcp": "  0: 00000000:0016 00000000:0000 0A 0 0 0 0 0\n",
    "proc/cpuinfo": "processor : 0\nflags : vmx ept\n",
    "proc/mdstat": "md0 : active raid1 sdb1[0]\n",
    "run/udev/data/b8:16": "E:ID_FS_TYPE=ext4\nE:ID_FS_UUID=1234\n",
}


def attack(program, choose, work, make_tree):
    tree = machines.Tree(make_tree, "busy-desk", work.folder)
    for path, text in FILES.items():
        place = os.path.join(tree.folder, path)
        os.makedirs(os.path.dirname(place), exist_ok=True)
        with open(place, "w", encoding="ascii") as file:
            file.write(text)
    profile = os.path.join(work.folder, "texts.toml")
    while True:
        for path in choose.sample(sorted(FILES), choose.randrange(1, 6)):
            content = hostile.bent(choose, FILES[path].encode() * choose.choice([1, 1, 50]))
            with open(os.path.join(tree.folder, path), "wb") as file:
                file.write(content)
        for words in choose.sample(machines.reading_commands(choose, tree, work.folder), 3):
            program.run(words, most=4)
        with open(profile, "wb") as file:
            file.write(hostile.bent(choose, PROFILE))
        program.run(["check", "--json", profile], most=2)
        program.run(["plan", "--json", profile, "--root", tree.folder], most=4)
        for path in FILES:
            with open(os.path.join(tree.folder, path), "w", encoding="ascii") as file:
                file.write(FILES[path])
        yield


PROFILE = b"""format = 1
description = "Front"
allow = ["bluetooth"]
[vm]
name = "win11"
[[controller]]
path = "PC00/08.1/00.3"
address = "0000:0a:00.3"
id = "1022:149c"
when = "boot"
  [[controller.member]]
  address = "0000:0a:00.4"
  guest = false
[pin]
vcpus = "isolated"
emulator = "0-1"
"""
