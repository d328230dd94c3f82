// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <vector>

#include "iommu/root.hpp"
#include "src/guests/guests.hpp"

namespace ctrlpass {

/// Copies what ctrlpass reads of a host into a directory that is new or empty, as a tree for
/// `--root`: the same inspect and the host part of the same plan come out of it, for it is made of
/// the very reads. Definitions of `domains` go to guests/UUID.xml. Serial numbers, MAC and IP
/// addresses are masked; the kernel's command line, fstab, crypttab, sshd's configuration and
/// udev's database keep only what ctrlpass looks at.
Result<> capture(Root& from, const std::vector<Domain>& domains, const std::string& directory);

}  // namespace ctrlpass
