// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "iommu/root.hpp"
#include "src/guests/guests.hpp"

namespace ctrlpass {

/// Copies what ctrlpass reads of a host into a directory that is new or empty, as a tree for
/// `--root`: the same inspect and the host part of the same plan come out of it, for it is made of
/// the very reads. Definitions of the domains go to guests/UUID.xml; who knows them is asked once
/// the directory is there (nobody: no guests). After a failure nothing of the copy is left. Serial
/// numbers, MAC and IP addresses are masked; of the kernel's command line, fstab, crypttab, sshd's
/// configuration and udev's database only what ctrlpass looks at is kept.
Result<> capture(Root& from, const std::function<std::vector<Domain>()>& ask_domains,
                 const std::string& directory);

}  // namespace ctrlpass
