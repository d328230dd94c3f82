// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "iommu/root.hpp"

namespace ctrlpass {

/// Where a kernel module comes from.
enum class ModuleSource {
    loaded,    ///< it is at work now, as a module or built in
    built_in,  ///< part of the kernel's image
    file,      ///< a file of the running kernel's: loaded when it is needed
    missing,
};

/// Does the running kernel have the module? '-' and '_' in its name are the same. Below
/// lib/modules/`release`, modules.builtin and modules.dep tell (kmod(8), depmod(8)).
ModuleSource find_module(const Root& root, const std::string& release, const std::string& module);

/// The same for one that may serve from the image: loaded or not does not count.
bool is_built_in(const Root& root, const std::string& release, const std::string& module);

/// The modules that a line of modprobe.d loads before another: `softdep MODULE pre: …`
/// (modprobe.d(5)). '-' is '_' in all of them.
struct Softdep {
    std::string module;
    std::vector<std::string> before;
};
std::optional<Softdep> parse_softdep(const std::string& line);

/// The lines of modules.dep or modules.builtin that name one of the modules that ctrlpass asks
/// for: what a capture keeps of these long files.
std::string lines_about_our_modules(const std::string& text);

}  // namespace ctrlpass
