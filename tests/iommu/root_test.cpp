// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/root.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <map>
#include <thread>

#include "iommu/slow.hpp"
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

TEST_CASE("of a listing the directories are told without files and links") {
    const TempTree tree;
    tree.file("home/b/x", "");
    tree.file("home/a/x", "");
    tree.file("home/file", "");
    std::filesystem::create_directory_symlink("a", tree.directory() + "/home/link");
    CHECK(tree.root().directories("home") == std::vector<std::string>{"a", "b"});
    CHECK(tree.root().directories("home/file").empty());
    CHECK(tree.root().directories("nowhere").empty());
}

TEST_CASE("a link upwards is followed whatever is renamed elsewhere meanwhile") {
    const TempTree tree;
    tree.file("devices/one/name", "xhci\n");
    std::filesystem::create_directories(tree.directory() + "/bus");
    std::filesystem::create_symlink("../devices/one", tree.directory() + "/bus/one");
    const TempTree elsewhere;
    elsewhere.file("a", "");
    const std::jthread renaming([&](const std::stop_token& stop) {
        const std::string a = elsewhere.directory() + "/a";
        const std::string b = elsewhere.directory() + "/b";
        while (!stop.stop_requested()) {
            ::rename(a.c_str(), b.c_str());
            ::rename(b.c_str(), a.c_str());
        }
    });
    const Root root = tree.root();
    int seen = 0;
    for (int i = 0; i < 20'000; ++i) seen += root.exists("bus/one/name") ? 1 : 0;
    CHECK(seen == 20'000);
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

TEST_CASE("what may block is read of the live machine as it is, and told to the recorder") {
    struct Heard final : Recorder {
        std::map<std::string, std::string> files;
        void on_file(const std::string& path, const std::string& text) override {
            files[path] = text;
        }
        void on_link(const std::string&, const std::string&) override {}
        void on_list(const std::string&, const std::vector<std::string>&) override {}
        void on_exists(const std::string&) override {}
    } heard;
    auto root = Root::open("/");
    REQUIRE(root.has_value());
    const std::vector<std::string> paths{"proc/sys/kernel/ostype", "proc/no/such/file"};
    root->record_with(&heard);
    const auto answers = read_slow(*root, paths);
    CHECK(answers == std::vector<SlowText>{{"Linux", false}, {std::nullopt, false}});
    CHECK(heard.files == std::map<std::string, std::string>{{paths[0], "Linux\n"}});
}

TEST_CASE("functions that do not answer keep nobody from hearing those that do") {
    const std::vector<std::string> paths{"a",     "stuck", "b",     "stuck",
                                         "stuck", "stuck", "stuck", "c"};
    const SlowReader reader = [](const std::string& path) -> std::optional<std::string> {
        if (path == "stuck") ::pause();
        return path;
    };
    const auto begun = std::chrono::steady_clock::now();
    const auto answers = read_in_child(reader, paths, std::chrono::seconds(2));
    CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(30));
    REQUIRE(answers.size() == paths.size());
    for (std::size_t i = 0; i < paths.size(); ++i) {
        CHECK(answers[i].stuck == (paths[i] == "stuck"));
        if (paths[i] != "stuck") CHECK(answers[i].text == paths[i]);
    }
}

TEST_CASE("a reader that dies is no kernel that hangs") {
    const SlowReader reader = [](const std::string& path) -> std::optional<std::string> {
        if (path == "deadly") ::_exit(1);
        return path;
    };
    const std::vector<std::string> paths{"deadly", "a"};
    CHECK(read_in_child(reader, paths, std::chrono::seconds(20)) ==
          std::vector<SlowText>{{std::nullopt, false}, {"a", false}});
}
