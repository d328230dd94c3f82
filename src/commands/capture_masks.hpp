// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

namespace ctrlpass {

/// Interface names may be made of a MAC address: enx001122334455.
std::string masked_path(const std::string& path);

/// Serials, MAC and IP addresses are nobody's business.
std::string masked(const std::string& text);

/// Of the files that say more than ctrlpass asks (the kernel's command line, sshd's configuration,
/// crypttab, the table of sockets) only what it looks at; serial numbers as "masked".
std::string reduced(const std::string& path, const std::string& text);

}  // namespace ctrlpass
