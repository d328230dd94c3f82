// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "src/capture/mask.hpp"

namespace ctrlpass::filters {

// Each is a Filter (let_through.hpp).

/// That the file is there.
std::string nothing(Mask&, const std::string& path, const std::string& text);

// filter_attributes.cpp: files of one value
std::string attribute(Mask&, const std::string& path, const std::string& text);
std::string word(Mask&, const std::string& path, const std::string& text);
std::string number(Mask&, const std::string& path, const std::string& text);
std::string id(Mask&, const std::string& path, const std::string& text);
std::string process_name(Mask&, const std::string& path, const std::string& text);
std::string process_stat(Mask&, const std::string& path, const std::string& text);

// filter_platform.cpp: the processor, the kernel, the firmware and what the host itself runs in
std::string processor(Mask&, const std::string& path, const std::string& text);
std::string interrupts(Mask&, const std::string& path, const std::string& text);
std::string kernel_modules(Mask&, const std::string& path, const std::string& text);
std::string os_release(Mask&, const std::string& path, const std::string& text);
std::string efi_variable(Mask&, const std::string& path, const std::string& text);
std::string kernel_config(Mask&, const std::string& path, const std::string& text);
std::string loader_type(Mask&, const std::string& path, const std::string& text);
std::string container_marker(Mask&, const std::string& path, const std::string& text);

// filter_disks.cpp: tables of disks
std::string fstab(Mask&, const std::string& path, const std::string& text);
std::string crypttab(Mask&, const std::string& path, const std::string& text);
std::string mountinfo(Mask&, const std::string& path, const std::string& text);
std::string swaps(Mask&, const std::string& path, const std::string& text);
std::string udev_data(Mask&, const std::string& path, const std::string& text);
std::string volume_group(Mask&, const std::string& path, const std::string& text);
std::string lvm_devices(Mask&, const std::string& path, const std::string& text);

// filter_storage.cpp: what else names disks
std::string autofs(Mask&, const std::string& path, const std::string& text);
std::string dmcrypt(Mask&, const std::string& path, const std::string& text);
std::string resume(Mask&, const std::string& path, const std::string& text);
std::string multipath_wwids(Mask&, const std::string& path, const std::string& text);
std::string multipath(Mask&, const std::string& path, const std::string& text);
std::string mdadm(Mask&, const std::string& path, const std::string& text);
std::string drbd(Mask&, const std::string& path, const std::string& text);
std::string nbd_server(Mask&, const std::string& path, const std::string& text);
std::string target_info(Mask&, const std::string& path, const std::string& text);
std::string network_arguments(Mask&, const std::string& path, const std::string& text);

// filter_targets.cpp: targets, logins, guests of Proxmox VE
std::string veritytab(Mask&, const std::string& path, const std::string& text);
std::string integritytab(Mask&, const std::string& path, const std::string& text);
std::string saved_targets(Mask&, const std::string& path, const std::string& text);
std::string tgt(Mask&, const std::string& path, const std::string& text);
std::string pam_mount(Mask&, const std::string& path, const std::string& text);
std::string proxmox_guest(Mask&, const std::string& path, const std::string& text);

// filter_zpool.cpp
std::string zpool_cache(Mask&, const std::string& path, const std::string& text);

// filter_network.cpp: tables of the network, and where sshd listens
std::string routes4(Mask&, const std::string& path, const std::string& text);
std::string addresses4(Mask&, const std::string& path, const std::string& text);
std::string table6(Mask&, const std::string& path, const std::string& text);
std::string sockets(Mask&, const std::string& path, const std::string& text);
std::string ssh_ports(Mask&, const std::string& path, const std::string& text);

// filter_boot.cpp: words of the kernel's command line, and where they come from
std::string command_line(Mask&, const std::string& path, const std::string& text);
std::string grub_defaults(Mask&, const std::string& path, const std::string& text);
std::string loader_entry(Mask&, const std::string& path, const std::string& text);
std::string grub_menu(Mask&, const std::string& path, const std::string& text);

// filter_lines.cpp: files in which every line stays a line, and says what was recognised in it
std::string udev_rules(Mask&, const std::string& path, const std::string& text);
std::string script(Mask&, const std::string& path, const std::string& text);
std::string modprobe(Mask&, const std::string& path, const std::string& text);
std::string initramfs(Mask&, const std::string& path, const std::string& text);
std::string unit(Mask&, const std::string& path, const std::string& text);

/// captured_guest.cpp: a domain's definition
std::string guest(Mask&, const std::string& path, const std::string& text);

}  // namespace ctrlpass::filters
