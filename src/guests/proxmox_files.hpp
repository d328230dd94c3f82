// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "iommu/result.hpp"
#include "iommu/root.hpp"
#include "src/guests/guests.hpp"

namespace ctrlpass {

/// What stands in the place of a libvirt's URI for guests of Proxmox VE.
inline constexpr std::string_view proxmox_uri = "Proxmox VE";

/// The guests of this node by their files (/etc/pve/qemu-server, qm.conf(5)), named by their
/// numbers. Errors: the files may be read by root only.
Result<std::vector<Domain>> read_proxmox_guests(const Root& root);

/// One of them: functions (`hostpci0`), USB devices (`usb0`), nodes of the host in whatever key,
/// and the arguments for QEMU (`args`). Snapshots and pending changes count for nothing.
Domain proxmox_guest(const std::string& number, const std::string& text);

/// How its definition is edited: "virsh edit win11", "qm config 101".
std::string edit_command(const DomainRef& domain);

}  // namespace ctrlpass
