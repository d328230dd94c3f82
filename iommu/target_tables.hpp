// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ctrlpass {

/// A value that stands in a file of another form than lines and words, with its line.
struct FiledValue {
    int line = 0;
    std::string text;
    std::string of;  ///< to what it belongs: the name of a backing store, a mount point
    bool operator==(const FiledValue&) const = default;
};

/// The devices and files of the backing stores in what targetcli saved (saveconfig.json of
/// rtslib-fb): every string with the key "dev". A file that ends too early says what it has.
std::vector<FiledValue> saved_stores(std::string_view json);

/// The devices that `<volume path="…">` and `fskeypath="…"` of pam_mount.conf.xml(5) name;
/// comments count for nothing.
std::vector<FiledValue> pam_volumes(std::string_view xml);

}  // namespace ctrlpass
