// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/guests/hook_file.hpp"

#include <algorithm>
#include <filesystem>

#include "src/guests/hook_versions.hpp"
#include "src/ledger/ledger.hpp"
#include "src/render/text.hpp"

namespace ctrlpass {

std::string hook_text(const std::string& state_directory) {
    if (state_directory == usual_state) return hook_with("");
    std::error_code error;
    // libvirt runs it in a folder of its own.
    const auto state = std::filesystem::absolute(state_directory, error);
    return hook_with(" --state " + sh_word(state.string()));
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
