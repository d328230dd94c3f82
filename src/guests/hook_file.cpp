// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/guests/hook_file.hpp"

#include <algorithm>
#include <filesystem>

#include "src/ledger/ledger.hpp"
#include "src/render/text.hpp"

namespace ctrlpass {

std::string hook_text(const std::string& state_directory) {
    const std::string state =
        state_directory == usual_state ? "" : " --state " + shell_word(state_directory);
    return R"(#!/bin/sh
# Written by ctrlpass apply, taken away by ctrlpass rollback: see ctrlpass(8).
case $2 in
    prepare | started) ;;
    *) exit 0 ;;
esac
command -v ctrlpass > /dev/null || exit 0
exec ctrlpass hook "$2")" +
           state + "\n";
}

bool has_other_hook(const Root& root) {
    if (root.exists("etc/libvirt/hooks/qemu")) return true;
    const auto ours = std::filesystem::path(hook_path).filename();
    return std::ranges::any_of(root.names(hook_folder),
                               [&](const std::string& name) { return name != ours; });
}

}  // namespace ctrlpass
