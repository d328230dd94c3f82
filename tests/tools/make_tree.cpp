// SPDX-License-Identifier: GPL-2.0-or-later
// make_tree DIR COUNT: a large machine for benchmarks. make_tree DIR NAME: one of tests/machines.
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "tests/support/machine_tree.hpp"

int main(int count, char** arguments) {
    if (count != 3) {
        std::fputs("usage: make_tree DIR COUNT|NAME\n", stderr);
        return 2;
    }
    const std::string what = arguments[2];
    const bool number = what.find_first_not_of("0123456789") == what.npos;
    std::filesystem::create_directories(arguments[1]);
    ctrlpass::build_machine(arguments[1], number ? ctrlpass::large_machine(std::stoul(what))
                                                 : ctrlpass::machine_description(what));
    return 0;
}
