// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "iommu/root.hpp"

namespace ctrlpass {

/// '-' and '_' are the same in names of modules and parameters: with '_' for both.
std::string underscored(std::string_view name);

/// The files of modprobe.d that count, in the order in which they are read: by name, and of two
/// with the same name the one of the earlier folder (modprobe.d(5)).
std::vector<std::string> modprobe_files(const Root& root);

/// The lines of such a file with their numbers; one that ends with a backslash goes on in the next.
/// Comments and empty lines are left out.
std::vector<std::pair<int, std::string>> modprobe_lines(std::string_view text);

/// The words of a kernel command line or of a module's options as the kernel separates them (lib/
/// cmdline.c next_arg): white space within double quotes does not separate, and the quotes around
/// a word or a value go.
std::vector<std::string> kernel_words(std::string_view line);
/// Those before "--": what follows is for init (kernel/params.c parse_args).
std::vector<std::string> words_for_kernel(const std::string& command_line);

/// What the kernel command line (`MODULE.KEY=…`) and modprobe.d (`options MODULE KEY=…`) say about
/// an option of a module, each with the place where it stands, the command line first. Of several
/// in one place the last counts, as in the kernel. '-' and '_' in the module's name are the same.
std::vector<std::pair<std::string, std::string>> read_module_options(
    const Root& root, const std::string& command_line, const std::string& module,
    const std::string& key);

}  // namespace ctrlpass
