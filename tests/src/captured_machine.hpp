// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <doctest/doctest.h>

#include <string>

#include "src/capture/capture.hpp"
#include "tests/support/temp_tree.hpp"

namespace ctrlpass::tests {

/// A machine and its capture, to be read as any other: `const auto& [directory, root, copy] = …`.
struct CapturedMachine {
    explicit CapturedMachine(const std::string& machine) : root(Root::open(machine)) {
        REQUIRE(capture(*root, {}, directory.path() + "/copy").has_value());
        copy = Root::open(directory.path() + "/copy");
        REQUIRE(copy.has_value());
    }
    TempDir directory;
    Result<Root> root;
    Result<Root> copy = std::unexpected(Error{});
};

}  // namespace ctrlpass::tests
