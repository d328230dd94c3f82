// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <vector>

#include "iommu/host.hpp"
#include "iommu/script_files.hpp"

namespace ctrlpass {

/// A statement of modprobe.d that decides which module a function gets.
struct ModprobeStatement {
    std::string place;               ///< "/etc/modprobe.d/vfio.conf:3"
    std::vector<std::string> words;  ///< "alias", "pci:v…", "vfio-pci"
    std::string script;              ///< what `install` runs and could not be read; of others ""
};

/// `alias` lines that lead to a driver which lends functions, and `install` lines of vfio and of
/// the host's USB drivers which run what cannot be read.
std::vector<ModprobeStatement> read_modprobe_statements(ScriptFiles& files);

/// What the statement does to the function; nothing where it is about another one.
std::optional<ForeignRule> modprobe_rule(const ModprobeStatement& statement,
                                         const Function& function);

}  // namespace ctrlpass
