// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "iommu/root.hpp"
#include "src/guests/guests.hpp"

namespace ctrlpass {

/// What a capture could not take along.
struct LeftOut {
    std::vector<std::string> files;   ///< that were read, and that the list of what may go has not
    std::vector<std::string> guests;  ///< whose definitions cannot be read
};

/// Copies what ctrlpass reads of a host into a directory that is new, or empty, the caller's own
/// and closed to others, as a tree for `--root`: the same inspect, doctor and host part of a plan
/// come out of it, for it is made of the very reads. Files get mode 0600, directories 0700. Only
/// what is judged is let through (let_through.cpp, captured_guest.cpp); UUIDs, labels, serial
/// numbers and addresses are pseudonyms, the same in every file. Definitions of the domains go to
/// guests/UUID.xml; who knows them is asked once the directory is there (nobody: no guests). After
/// a failure nothing of the copy is left.
Result<LeftOut> capture(Root& from, const std::function<std::vector<Domain>()>& ask_domains,
                        const std::string& directory);

}  // namespace ctrlpass
