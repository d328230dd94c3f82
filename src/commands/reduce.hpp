// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <string>

namespace ctrlpass {

/// Of a file that says more than ctrlpass asks (the kernel's command line, GRUB's defaults,
/// sshd's configuration, the table of sockets) only what it looks at; serial numbers as "masked".
/// Nothing for any other file.
std::optional<std::string> reduced(const std::string& path, const std::string& text);

}  // namespace ctrlpass
