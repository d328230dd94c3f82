// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <vector>

#include "iommu/result.hpp"
#include "iommu/root.hpp"
#include "src/guests/guests.hpp"

namespace ctrlpass {

/// The definitions of libvirt's system daemon as its files have them (/etc/libvirt/qemu), and in a
/// captured machine those of its `guests` folder: for plans that have no domain to talk to, or
/// cannot talk to it; and those of Proxmox VE. Of one that is not understood it is said that it is
/// `Anything`. Whether a domain runs is not known.
/// Errors: the files may be read by root only.
Result<std::vector<Domain>> read_definition_files(const Root& root);

}  // namespace ctrlpass
