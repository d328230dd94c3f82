// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ctrlpass {

/// A pool of /etc/zfs/zpool.cache: what the next boot imports.
struct CachedPool {
    struct Device {
        std::string path;  ///< "/dev/disk/by-id/usb-…-part1"
        std::string guid;  ///< decimal, as udev's ID_FS_UUID_SUB; "" without
        std::string part;  ///< "cache", "spare", "log" or "": data
        bool operator==(const Device&) const = default;
    };
    std::string name;
    std::string guid;  ///< decimal, as udev's ID_FS_UUID; "" without
    std::vector<Device> devices;
    bool operator==(const CachedPool&) const = default;
};

/// The pools in such a file: a packed nvlist in XDR (module/nvpair/nvpair.c of OpenZFS). Nothing
/// when it is not one, or goes beyond the bounds of what is read.
std::optional<std::vector<CachedPool>> parse_zpool_cache(std::string_view text);

}  // namespace ctrlpass
