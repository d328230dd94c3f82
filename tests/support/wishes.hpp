// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <vector>

#include "src/plan/planner.hpp"

namespace ctrlpass::tests {

/// What a scenario's profile wants besides what is in it.
struct Wishes {
    std::string domain;  ///< elements of the domain "studio"
    Placement placement;
    std::vector<WantedFile> files;
};

/// From a scenario's wishes.json; nothing where it has none:
/// {"domain":"<vcpu>2</vcpu>","pins":{"vcpu 0":"2","emulator":"0-1","iothread 1":"0"},
///  "files":[{"path":"/etc/…","content":"…"}]}
Wishes read_wishes(const std::string& path);

/// A placement of these threads, each with its CPU list.
Placement placed(const std::vector<std::pair<std::string, std::string>>& pins);

}  // namespace ctrlpass::tests
