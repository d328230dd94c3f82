// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ctrlpass {

/// Where units that last lie, the strongest first (systemd.unit(5)); those in /run are made anew.
inline constexpr std::array<std::string_view, 6> unit_folders{
    "etc/systemd/system.control/",   "etc/systemd/system/",     "etc/systemd/system.attached/",
    "usr/local/lib/systemd/system/", "usr/lib/systemd/system/", "lib/systemd/system/"};

/// KEY=VALUE of a unit file: lines that end in a backslash go on with the next.
struct UnitSetting {
    std::string section;  ///< "[Mount]"
    std::string key;
    std::string value;
};
std::vector<UnitSetting> unit_settings(const std::string& text);

/// "/dev/disk/by-label/KEYS" of "dev-disk-by\x2dlabel-KEYS" (systemd-escape --unescape --path).
std::string path_of_unit(std::string_view escaped);

/// The words of a command line in a unit, with what quotes hold together.
std::vector<std::string> unit_words(std::string_view value);

}  // namespace ctrlpass
