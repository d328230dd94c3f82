// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "iommu/root.hpp"

namespace ctrlpass {

/// Where libvirt's system daemon looks for hooks of guests; it runs each file there.
inline constexpr auto hook_folder = "etc/libvirt/hooks/qemu.d";
/// Ours, the same for all profiles.
inline constexpr auto hook_path = "/etc/libvirt/hooks/qemu.d/ctrlpass";

/// The script. It gives on what ctrlpass has to do with, with the state directory where that is not
/// the default, and lets everything else pass: a hook that fails keeps guests from starting, and
/// one that fails when the daemon restarts kills them.
std::string hook_text(const std::string& state_directory);

/// Is there a hook of guests that is not ours? A daemon that found none when it started looks for
/// none later.
bool has_other_hook(const Root& root);

}  // namespace ctrlpass
