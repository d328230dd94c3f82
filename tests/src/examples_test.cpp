// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>

#include <filesystem>

#include "src/profile/profile.hpp"
#include "src/profile/profile_file.hpp"

using namespace ctrlpass;

TEST_CASE("every example profile is well formed") {
    int examples = 0;
    for (const auto& entry :
         std::filesystem::directory_iterator(std::string(TESTS_DIR) + "/../profiles")) {
        if (entry.path().extension() != ".toml") continue;
        const auto file = read_profile_file(entry.path().string(), Trust::anyone);
        REQUIRE_MESSAGE(file.has_value(), file.error().where);
        const auto profile = parse_profile(file->text, file->path);
        CHECK_MESSAGE(profile.has_value(), profile.error().where);
        ++examples;
    }
    CHECK(examples >= 3);
}
