// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "iommu/root.hpp"

namespace ctrlpass {

/// Has somebody to type a passphrase at boot before the root file system is there? Told by the
/// kernel's command line, by the mapped devices below "/" and by crypttab, where a key file or a
/// TPM answers instead.
bool asks_for_passphrase(const Root& root, const std::string& command_line);

}  // namespace ctrlpass
