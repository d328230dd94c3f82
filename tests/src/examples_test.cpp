// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "src/findings/finding.hpp"
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

TEST_CASE("the schema knows every finding code that a profile may allow, and no other") {
    std::ifstream file(std::string(TESTS_DIR) + "/../profiles/profile.schema.json");
    const auto schema = nlohmann::json::parse(file);
    const auto& codes = schema["definitions"]["allow"]["items"]["enum"];
    std::set<std::string> known;
    for (const FindingCode& row : finding_codes())
        if (row.severity != Severity::refuse) known.emplace(row.code);
    CHECK(codes.get<std::set<std::string>>() == known);
    CHECK(codes.size() == known.size());
}
