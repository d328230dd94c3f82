// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <vector>

#include "iommu/boot_files.hpp"

namespace ctrlpass {

/// What has to be done to one file of GRUB's defaults.
struct GrubChange {
    std::string place;
    std::size_t first_line = 0;  ///< 0: a new line at the end of the file
    std::size_t last_line = 0;
    std::string text;                 ///< the whole line; "" where it has to be edited by hand
    std::vector<std::string> remove;  ///< by hand, then
};

struct GrubEdit {
    std::vector<GrubChange> changes;
    std::vector<std::string> there;      ///< to be added, and the files have them already
    std::vector<std::string> there_at;   ///< the files that have them
    std::vector<std::string> not_found;  ///< to be taken out, and no line of the files has them
    std::string not_understood;          ///< "line 7 of /etc/default/grub": nothing is said then
};

/// The lines by which the kernel gets these words and loses those. Only assignments that count are
/// changed, and no word of theirs is lost but those.
GrubEdit edit_grub(const BootFiles& files, const std::vector<std::string>& add,
                   const std::vector<std::string>& remove);

/// Would GRUB_CMDLINE_LINUX_DEFAULT="$GRUB_CMDLINE_LINUX_DEFAULT …" count in this file of grub.d?
bool counts_in_grub_folder(const BootFiles& files, const std::string& place);

}  // namespace ctrlpass
