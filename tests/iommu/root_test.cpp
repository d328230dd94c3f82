// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/root.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>

#include "tests/support/temp_tree.hpp"

using namespace ctrlpass;
using ctrlpass::tests::TempTree;

TEST_CASE("absolute links are resolved inside the root") {
    const TempTree tree;
    tree.file("inside/secret", "mine\n");
    std::filesystem::create_symlink("/inside/secret", tree.directory() + "/link");
    std::filesystem::create_symlink("/etc/passwd", tree.directory() + "/outside");
    std::filesystem::create_symlink("../../../../../../etc/passwd", tree.directory() + "/up");
    const Root root = tree.root();
    CHECK(root.attribute("link") == "mine");
    CHECK_FALSE(root.attribute("outside"));
    CHECK_FALSE(root.attribute("up"));
    CHECK_FALSE(root.attribute("../../etc/passwd"));
    CHECK_FALSE(root.is_live());
}

TEST_CASE("what is missing, a folder, dangling or too long reads as an error, not a crash") {
    const TempTree tree;
    tree.file("long", std::string(100000, 'x'));
    tree.file("empty", "");
    std::filesystem::create_symlink("nowhere", tree.directory() + "/dangling");
    const Root root = tree.root();
    CHECK(root.read("none").error().trouble == Trouble::missing);
    CHECK(root.read("long").error().where.find("longer than") != std::string::npos);
    CHECK_FALSE(root.attribute("sys"));
    CHECK_FALSE(root.attribute("dangling"));
    CHECK_FALSE(root.exists("dangling"));
    CHECK(root.link("dangling") == "nowhere");
    CHECK(root.attribute("empty") == "");
    CHECK(root.list("none").error().trouble == Trouble::missing);
    CHECK(root.names("none").empty());
}

TEST_CASE("a root that is not there is an error") {
    CHECK_FALSE(Root::open("/nonexistent/x").has_value());
    CHECK(Root::open("/")->is_live());
}
