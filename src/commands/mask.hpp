// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <map>
#include <string>

#include "src/commands/mask_addresses.hpp"

namespace ctrlpass {

/// What a capture leaves out of what was read. One value for a whole capture: the same address or
/// serial number is masked alike everywhere, and differently in the next capture.
class Mask {
  public:
    /// Names made of a MAC address (enx001122334455) or a serial number (/dev/disk/by-id).
    std::string path(const std::string& path);

    /// The content of this file. Of tables only what ctrlpass looks at is kept; IP addresses of
    /// proc/net keep which network they are in.
    std::string content(const std::string& path, const std::string& text);

  private:
    std::string fstab(const std::string& text);
    std::string crypttab(const std::string& text);
    std::string link_names(const std::string& text);

    AddressMask addresses_;
    std::map<std::string, std::string> ids_;    ///< names below by-id to those that are written
    std::map<std::string, std::string> links_;  ///< likewise of network links
};

/// A definition without MAC and IP addresses, serial elements and names of servers.
std::string masked(const std::string& text);

}  // namespace ctrlpass
