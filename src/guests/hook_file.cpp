// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/guests/hook_file.hpp"

#include "src/commands/options.hpp"
#include "src/render/text.hpp"

namespace ctrlpass {

std::string hook_text(const std::string& state_directory) {
    const std::string state =
        state_directory == Options{}.state ? "" : " --state " + shell_word(state_directory);
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

}  // namespace ctrlpass
