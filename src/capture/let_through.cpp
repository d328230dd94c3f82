// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/capture/let_through.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <array>

#include "src/capture/filters.hpp"

namespace ctrlpass {

namespace {

/// All that is read of a machine. What is not here is left out of a capture.
constexpr std::array list{
    // sysfs: by the name of the attribute, see filter_attributes.cpp
    LetThrough{"sys/firmware/efi/efivars/*", filters::efi_variable},
    LetThrough{"sys/kernel/config/target/core/*/*/info", filters::target_info},
    LetThrough{"sys/**", filters::attribute},
    // proc
    LetThrough{"proc/cmdline", filters::command_line},
    LetThrough{"proc/cpuinfo", filters::processor},
    LetThrough{"proc/interrupts", filters::interrupts},
    LetThrough{"proc/swaps", filters::swaps},
    LetThrough{"proc/sys/kernel/osrelease", filters::word},
    LetThrough{"proc/sys/kernel/random/boot_id", filters::id},
    LetThrough{"proc/xen/capabilities", filters::word},
    LetThrough{"proc/*/mountinfo", filters::mountinfo},
    LetThrough{"proc/*/comm", filters::process_name},
    LetThrough{"proc/*/stat", filters::process_stat},
    LetThrough{"proc/*/cmdline", filters::network_arguments},
    LetThrough{"proc/spl/kstat/zfs/*/guid", filters::id},
    LetThrough{"proc/1/environ", filters::container_marker},
    LetThrough{"proc/net/route", filters::routes4},
    LetThrough{"proc/net/fib_trie", filters::addresses4},
    LetThrough{"proc/net/if_inet6", filters::table6},
    LetThrough{"proc/net/ipv6_route", filters::table6},
    LetThrough{"proc/net/tcp", filters::sockets},
    LetThrough{"proc/net/tcp6", filters::sockets},
    // tables of disks
    LetThrough{"etc/fstab", filters::fstab},
    LetThrough{"etc/crypttab", filters::crypttab},
    LetThrough{"etc/crypttab.initramfs", filters::crypttab},
    LetThrough{"etc/conf.d/dmcrypt", filters::dmcrypt},
    LetThrough{"etc/initramfs-tools/conf.d/resume", filters::resume},
    LetThrough{"etc/auto.*", filters::autofs},
    LetThrough{"etc/auto.master.d/*", filters::autofs},
    LetThrough{"etc/autofs/*", filters::autofs},
    LetThrough{"etc/multipath/wwids", filters::multipath_wwids},
    LetThrough{"etc/multipath.conf", filters::multipath},
    LetThrough{"etc/mdadm.conf", filters::mdadm},
    LetThrough{"etc/mdadm/mdadm.conf", filters::mdadm},
    LetThrough{"etc/drbd.conf", filters::drbd},
    LetThrough{"etc/drbd.d/*", filters::drbd},
    LetThrough{"var/lib/linstor.d/*", filters::drbd},
    LetThrough{"etc/zfs/zpool.cache", filters::zpool_cache},
    LetThrough{"etc/nbd-server/config", filters::nbd_server},
    LetThrough{"etc/nbd-server/conf.d/*", filters::nbd_server},
    LetThrough{"etc/veritytab", filters::veritytab},
    LetThrough{"etc/integritytab", filters::integritytab},
    LetThrough{"etc/rtslib-fb-target/saveconfig.json", filters::saved_targets},
    LetThrough{"etc/target/saveconfig.json", filters::saved_targets},
    LetThrough{"etc/tgt/targets.conf", filters::tgt},
    LetThrough{"etc/tgt/conf.d/*.conf", filters::tgt},
    LetThrough{"etc/security/pam_mount.conf.xml", filters::pam_mount},
    LetThrough{"run/udev/data/*", filters::udev_data},
    LetThrough{"etc/lvm/backup/*", filters::volume_group, Naming::volume},
    LetThrough{"etc/lvm/devices/system.devices", filters::lvm_devices},
    // how modules are loaded, and who else sets drivers
    LetThrough{"lib/modules/*/modules.*", filters::kernel_modules},
    LetThrough{"etc/driverctl.d/pci-*", filters::word},
    LetThrough{"etc/modprobe.d/*", filters::modprobe},
    LetThrough{"run/modprobe.d/*", filters::modprobe},
    LetThrough{"usr/lib/modprobe.d/*", filters::modprobe},
    LetThrough{"usr/local/lib/modprobe.d/*", filters::modprobe},
    LetThrough{"lib/modprobe.d/*", filters::modprobe},
    LetThrough{"etc/udev/rules.d/*", filters::udev_rules},
    LetThrough{"run/udev/rules.d/*", filters::udev_rules},
    LetThrough{"usr/lib/udev/rules.d/*", filters::udev_rules},
    LetThrough{"usr/local/lib/udev/rules.d/*", filters::udev_rules},
    LetThrough{"lib/udev/rules.d/*", filters::udev_rules},
    // the initramfs
    LetThrough{"etc/initramfs-tools/modules", filters::initramfs},
    LetThrough{"etc/modules", filters::initramfs},
    LetThrough{"etc/initramfs-tools/conf.d/*", filters::initramfs},
    LetThrough{"etc/initramfs-tools/scripts/**", filters::script},
    LetThrough{"etc/initramfs-tools/hooks/*", filters::script},
    LetThrough{"usr/share/initramfs-tools/scripts/**", filters::script},
    LetThrough{"etc/dracut.conf", filters::initramfs},
    LetThrough{"etc/dracut.conf.d/*", filters::initramfs},
    LetThrough{"usr/lib/dracut/dracut.conf.d/*", filters::initramfs},
    LetThrough{"usr/lib/dracut/modules.d/**", filters::script},
    LetThrough{"etc/mkinitcpio.conf", filters::initramfs},
    LetThrough{"etc/mkinitcpio.conf.d/*", filters::initramfs},
    LetThrough{"etc/initcpio/hooks/*", filters::script},
    LetThrough{"etc/initcpio/install/*", filters::script},
    LetThrough{"usr/lib/initcpio/hooks/*", filters::script},
    LetThrough{"usr/lib/initcpio/install/*", filters::script},
    LetThrough{"usr/share/initramfs-tools/hooks/*", filters::script},
    // boot loaders
    LetThrough{"etc/default/grub", filters::grub_defaults},
    LetThrough{"etc/default/grub.d/*", filters::grub_defaults},
    LetThrough{"etc/kernel/cmdline", filters::command_line},
    LetThrough{"etc/kernel/cmdline.d/*", filters::command_line},
    LetThrough{"etc/cmdline.d/*", filters::command_line},
    LetThrough{"boot/config-*", filters::kernel_config},
    LetThrough{"lib/modules/*/config", filters::kernel_config},
    LetThrough{"usr/lib/modules/*/config", filters::kernel_config},
    LetThrough{"etc/sysconfig/bootloader", filters::loader_type},
    LetThrough{"boot/loader/entries/*", filters::loader_entry},
    LetThrough{"boot/efi/loader/entries/*", filters::loader_entry},
    LetThrough{"efi/loader/entries/*", filters::loader_entry},
    LetThrough{"etc/os-release", filters::os_release},
    LetThrough{"usr/lib/os-release", filters::os_release},
    // sshd and systemd
    LetThrough{"etc/ssh/sshd_config", filters::ssh_ports},
    LetThrough{"etc/ssh/sshd_config.d/*", filters::ssh_ports},
    LetThrough{"etc/systemd/system/ssh.socket.d/*", filters::ssh_ports},
    LetThrough{"etc/systemd/system/sshd.socket.d/*", filters::ssh_ports},
    LetThrough{"etc/systemd/system/**", filters::unit, Naming::unit},
    LetThrough{"etc/systemd/system.control/**", filters::unit, Naming::unit},
    LetThrough{"etc/systemd/system.attached/**", filters::unit, Naming::unit},
    LetThrough{"etc/systemd/system-sleep/*", filters::script},
    LetThrough{"usr/lib/systemd/system-sleep/*", filters::script},
    LetThrough{"usr/local/lib/systemd/system/**", filters::unit, Naming::unit},
    LetThrough{"run/systemd/system/**", filters::unit, Naming::unit},
    LetThrough{"run/systemd/generator/**", filters::unit, Naming::unit},
    LetThrough{"usr/lib/systemd/system/**", filters::unit, Naming::unit},
    LetThrough{"lib/systemd/system/**", filters::unit, Naming::unit},
    // scripts of users
    LetThrough{"etc/libvirt/hooks/**", filters::script},
    LetThrough{"etc/rc.local", filters::script},
    LetThrough{"etc/init.d/*", filters::script},
    LetThrough{"etc/local.d/*", filters::script},
    LetThrough{"etc/cron.d/*", filters::script},
    LetThrough{"etc/crontab", filters::script},
    LetThrough{"etc/pm/sleep.d/*", filters::script},
    LetThrough{"etc/tmpfiles.d/*", filters::script},
    LetThrough{"run/tmpfiles.d/*", filters::script},
    LetThrough{"usr/local/lib/tmpfiles.d/*", filters::script},
    LetThrough{"etc/sysfs.d/*", filters::script},
    LetThrough{"etc/sysfs.conf", filters::script},
    LetThrough{"var/spool/cron/crontabs/*", filters::script, Naming::hidden},
    LetThrough{"var/lib/vz/snippets/*", filters::script, Naming::hidden},
    LetThrough{"etc/rc.d/rc.local", filters::script},
    LetThrough{"guests/*.xml", filters::guest, Naming::guest},
    LetThrough{"etc/libvirt/qemu/*.xml", filters::guest, Naming::guest},
    LetThrough{"etc/pve/qemu-server/*.conf", filters::proxmox_guest},
    LetThrough{"etc/pve/local/qemu-server/*.conf", filters::proxmox_guest},
    // that they are there
    LetThrough{"run/systemd/container", filters::word},
    LetThrough{"run/host/container-manager", filters::word},
    LetThrough{"usr/sbin/libvirtd", filters::nothing},
    LetThrough{"usr/bin/libvirtd", filters::nothing},
    LetThrough{"usr/sbin/virtqemud", filters::nothing},
    LetThrough{"usr/bin/virtqemud", filters::nothing},
    LetThrough{"etc/kernel/proxmox-boot-uuids", filters::nothing},
    LetThrough{"etc/NIXOS", filters::nothing},
    LetThrough{"run/ostree-booted", filters::nothing},
    LetThrough{"usr/sbin/update-grub", filters::nothing},
    LetThrough{"usr/sbin/grub-mkconfig", filters::nothing},
    LetThrough{"usr/sbin/grub2-mkconfig", filters::nothing},
    LetThrough{"usr/bin/update-grub", filters::nothing},
    LetThrough{"usr/bin/grub-mkconfig", filters::nothing},
    LetThrough{"usr/bin/grub2-mkconfig", filters::nothing},
    LetThrough{"sbin/update-grub", filters::nothing},
    LetThrough{"sbin/grub-mkconfig", filters::nothing},
    LetThrough{"sbin/grub2-mkconfig", filters::nothing},
    LetThrough{"boot/grub/grub.cfg", filters::grub_menu},
    LetThrough{"boot/grub2/grub.cfg", filters::grub_menu},
    LetThrough{"boot/extlinux/extlinux.conf", filters::nothing},
    LetThrough{"boot/extlinux.conf", filters::nothing},
    LetThrough{"etc/update-extlinux.conf", filters::nothing},
    LetThrough{"etc/default/u-boot", filters::nothing},
    LetThrough{"boot/syslinux/syslinux.cfg", filters::nothing},
    LetThrough{"boot/limine.conf", filters::nothing},
    LetThrough{"boot/limine/limine.conf", filters::nothing},
    LetThrough{"boot/limine.cfg", filters::nothing},
    LetThrough{"etc/default/limine", filters::nothing},
    LetThrough{"boot/refind_linux.conf", filters::nothing},
    LetThrough{"boot/loader/loader.conf", filters::nothing},
    LetThrough{"boot/firmware/cmdline.txt", filters::nothing},
    LetThrough{"boot/cmdline.txt", filters::nothing},
    LetThrough{"etc/kernelstub/configuration", filters::nothing},
    LetThrough{"etc/lilo.conf", filters::nothing},
    LetThrough{"etc/elilo.conf", filters::nothing},
    LetThrough{"run/.containerenv", filters::nothing},
    LetThrough{".dockerenv", filters::nothing},
    // programs that rules, units and tables start, wherever they are
    LetThrough{"usr/local/**", filters::script, Naming::hidden},
    LetThrough{"usr/lib/udev/**", filters::script, Naming::hidden},
    LetThrough{"lib/udev/**", filters::script, Naming::hidden},
    LetThrough{"usr/bin/*", filters::script, Naming::hidden},
    LetThrough{"usr/sbin/*", filters::script, Naming::hidden},
    LetThrough{"opt/**", filters::script, Naming::hidden},
    LetThrough{"root/**", filters::script, Naming::hidden},
    LetThrough{"home/**", filters::script, Naming::hidden},
    LetThrough{"srv/**", filters::script, Naming::hidden},
    LetThrough{"var/**", filters::script, Naming::hidden},
    LetThrough{"mnt/**", filters::script, Naming::hidden},
};

bool is_any(std::string_view part) { return part == "**"; }

bool fits_part(std::string_view pattern, std::string_view part) {
    return ::fnmatch(std::string(pattern).c_str(), std::string(part).c_str(), FNM_PERIOD) == 0;
}

std::vector<std::string_view> parts_of_path(std::string_view path) {
    auto parts = parts_between(path, '/');
    while (!parts.empty() && parts.back().empty()) parts.pop_back();
    return parts;
}

}  // namespace

/// "**" is at the end, where it is.
bool fits(std::string_view pattern, std::string_view path) {
    const auto wanted = parts_of_path(pattern);
    const auto parts = parts_of_path(path);
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        if (is_any(wanted[i])) return parts.size() > i;
        if (i >= parts.size() || !fits_part(wanted[i], parts[i])) return false;
    }
    return parts.size() == wanted.size();
}

bool fits_above(std::string_view pattern, std::string_view path) {
    const auto wanted = parts_of_path(pattern);
    const auto parts = parts_of_path(path);
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (i >= wanted.size()) return false;
        if (is_any(wanted[i])) return true;
        if (!fits_part(wanted[i], parts[i])) return false;
    }
    return true;
}

const LetThrough* let_through(const std::string& path) {
    const auto found =
        std::ranges::find_if(list, [&](const LetThrough& entry) { return fits(entry.path, path); });
    return found == list.end() ? nullptr : &*found;
}

std::string listed_name(Mask& mask, const std::string& path) {
    const LetThrough* const entry = let_through(path);
    if (entry == nullptr) {
        const bool above = std::ranges::any_of(
            list, [&](const LetThrough& each) { return fits_above(each.path, path); });
        return above ? path : "";
    }
    if (entry->naming == Naming::hidden) return "";
    if (entry->naming == Naming::kept || path.ends_with('/')) return path;
    const auto name = path.rfind('/') + 1;
    if (entry->naming == Naming::volume)
        return path.substr(0, name) + mask.names.name(path.substr(name));
    if (entry->naming == Naming::guest) {
        constexpr std::string_view end = ".xml";
        const std::string own = path.substr(name, path.size() - name - end.size());
        return path.substr(0, name) + mask.names.name(own) + std::string(end);
    }
    std::string named;
    for (const std::string_view part : parts_of_path(path))
        named += (named.empty() ? "" : "/") + mask.places.unit(std::string(part));
    return named;
}

}  // namespace ctrlpass
