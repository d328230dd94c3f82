// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/render/suggest.hpp"

#include <doctest/doctest.h>

#include <array>

using namespace ctrlpass;

TEST_CASE("the nearest known word is named only when it is near") {
    constexpr std::array<std::string_view, 3> known{"address", "path", "subsystem"};
    CHECK(nearest("adress", known) == "address");
    CHECK(nearest("subsytsem", known) == "subsystem");
    CHECK_FALSE(nearest("controller", known));
    CHECK_FALSE(nearest(std::string(100000, 'a'), known));
    CHECK(suggestion("zzz", known) == "Known here: address, path, subsystem.");
}
