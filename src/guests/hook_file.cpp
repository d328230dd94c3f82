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
command -v ctrlpass > /dev/null || exit 0
case $2 in
    prepare)
        # A guest for which libvirt takes nothing from the host starts, whatever ctrlpass says.
        definition=$(cat)
        case $definition in *"managed='yes'"*) ;; *) exit 0 ;; esac
        printf '%s\n' "$definition" | ctrlpass hook prepare)" +
           state + R"(
        ;;
    started)
        ctrlpass hook started)" +
           state + R"(
        exit 0
        ;;
esac
)";
}

bool has_other_hook(const Root& root) {
    const auto is_run = [&](const std::string& path) {
        constexpr unsigned executable = 0111;
        return root.exists(path) && (root.mode(path).value_or(executable) & executable) != 0;
    };
    if (is_run("etc/libvirt/hooks/qemu")) return true;
    const auto ours = std::filesystem::path(hook_path).filename();
    return std::ranges::any_of(root.names(hook_folder), [&](const std::string& name) {
        return name != ours && is_run(std::string(hook_folder) + "/" + name);
    });
}

}  // namespace ctrlpass
