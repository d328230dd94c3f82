// SPDX-License-Identifier: GPL-2.0-or-later
// The folder that a capture is written into: whose it is, and what is left there.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "src/capture/capture.hpp"
#include "src/capture/captured_tree.hpp"
#include "src/capture/empty_folder.hpp"
#include "tests/support/machine_tree.hpp"
#include "tests/support/run_program.hpp"
#include "tests/support/temp_tree.hpp"

using namespace ctrlpass;
using namespace ctrlpass::tests;
namespace fs = std::filesystem;

namespace {

constexpr uid_t somebody = 12345;

unsigned mode_of(const fs::path& path) {
    struct stat status {};
    REQUIRE(::lstat(path.c_str(), &status) == 0);
    return status.st_mode & 07777U;
}

Trouble refusal_of(const std::string& directory) {
    const MachineTree tree = MachineTree::load("b550-itx");
    auto root = Root::open(tree.directory());
    const auto refused = capture(*root, {}, directory);
    REQUIRE_FALSE(refused.has_value());
    return refused.error().trouble;
}

/// For the time of a test.
struct WithUmask {
    explicit WithUmask(mode_t mask) : before(::umask(mask)) {}
    WithUmask(const WithUmask&) = delete;
    WithUmask& operator=(const WithUmask&) = delete;
    ~WithUmask() { ::umask(before); }
    mode_t before;
};

}  // namespace

TEST_CASE("a capture never writes into a folder that has something in it") {
    const TempDir directory;
    std::ofstream(directory.path() + "/mine") << "x";
    const MachineTree tree = MachineTree::load("b550-itx");
    auto root = Root::open(tree.directory());
    const auto refused = capture(*root, {}, directory.path());
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().trouble == Trouble::bad_input);
}

TEST_CASE("a capture that fails leaves nothing of itself, and asks nobody where it cannot write") {
    const TempDir directory;
    std::ofstream(directory.path() + "/mine") << "x";
    auto root = Root::open(MachineTree::load("b550-itx").directory());
    bool asked = false;
    const auto ask = [&] {
        asked = true;
        return std::vector<Domain>();
    };
    CHECK_FALSE(capture(*root, ask, directory.path()).has_value());
    CHECK_FALSE(asked);
    // A host without a PCI bus cannot be read.
    const TempDir empty;
    const TempDir parent;
    auto nothing = Root::open(empty.path());
    CHECK_FALSE(capture(*nothing, ask, parent.path() + "/new/copy").has_value());
    CHECK(asked);
    CHECK_FALSE(std::filesystem::exists(parent.path() + "/new/copy"));
    std::filesystem::create_directory(parent.path() + "/new");
    CHECK_FALSE(capture(*nothing, {}, parent.path() + "/new").has_value());
    CHECK(std::filesystem::is_empty(parent.path() + "/new"));
}

TEST_CASE("what a capture writes is readable by its owner alone, whatever the umask") {
    const MachineTree tree = MachineTree::load("b550-itx");
    for (const mode_t mask : {0000U, 0022U, 0777U}) {
        CAPTURE(mask);
        const TempDir parent;
        auto root = Root::open(tree.directory());
        {
            const WithUmask with(mask);
            REQUIRE(capture(*root, {}, parent.path() + "/above/copy").has_value());
        }
        CHECK(mode_of(parent.path() + "/above") == 0700);
        CHECK(mode_of(parent.path() + "/above/copy") == 0700);
        std::size_t files = 0;
        for (const auto& entry : fs::recursive_directory_iterator(parent.path() + "/above/copy")) {
            if (entry.is_symlink()) continue;
            const unsigned wanted = entry.is_directory() ? 0700 : 0600;
            CHECK_MESSAGE(mode_of(entry.path()) == wanted, entry.path());
            files += wanted == 0600 ? 1U : 0U;
        }
        CHECK(files > 50);
    }
}

TEST_CASE("a capture goes into an empty folder of the caller and closes it to others") {
    const TempDir parent;
    const std::string copy = parent.path() + "/copy";
    fs::create_directory(copy);
    fs::permissions(copy, fs::perms(0755));
    const MachineTree tree = MachineTree::load("b550-itx");
    auto root = Root::open(tree.directory());
    // With a slash at its end it is the same one.
    REQUIRE(capture(*root, {}, copy + "/").has_value());
    CHECK(mode_of(copy) == 0700);
    CHECK(fs::exists(copy + "/sys/bus/pci/devices"));
}

TEST_CASE("a capture into a folder that others may write to is refused and writes nothing") {
    const TempDir parent;
    const std::string copy = parent.path() + "/copy";
    fs::create_directory(copy);
    for (const unsigned mode : {0770U, 0702U, 01777U}) {
        CAPTURE(mode);
        REQUIRE(::chmod(copy.c_str(), mode) == 0);
        CHECK(refusal_of(copy) == Trouble::bad_input);
        CHECK(fs::is_empty(copy));
        CHECK(mode_of(copy) == mode);
    }
}

TEST_CASE("a capture into a folder of somebody else is refused and writes nothing") {
    if (::geteuid() != 0) return;
    const TempDir parent;
    const std::string copy = parent.path() + "/copy";
    fs::create_directory(copy);
    REQUIRE(::chown(copy.c_str(), somebody, somebody) == 0);
    CHECK(refusal_of(copy) == Trouble::bad_input);
    CHECK(fs::is_empty(copy));
    CHECK(run_command(std::string(CTRLPASS_BINARY) + " capture " + copy).code == 2);
    // Folders above may be anybody's: nothing is looked up by its name again.
    REQUIRE(::chown(parent.path().c_str(), somebody, somebody) == 0);
    const MachineTree tree = MachineTree::load("b550-itx");
    auto root = Root::open(tree.directory());
    CHECK(capture(*root, {}, parent.path() + "/new").has_value());
}

TEST_CASE("a capture follows no link in place of its folder, and takes no file for one") {
    const TempDir parent;
    const std::string real = parent.path() + "/real";
    fs::create_directory(real);
    for (const std::string& target : {real, parent.path() + "/none"}) {
        CAPTURE(target);
        const std::string link = parent.path() + "/link";
        fs::create_symlink(target, link);
        CHECK(refusal_of(link) == Trouble::bad_input);
        CHECK(fs::is_empty(real));
        CHECK_FALSE(fs::exists(parent.path() + "/none"));
        fs::remove(link);
    }
    std::ofstream(parent.path() + "/file") << "x";
    CHECK(refusal_of(parent.path() + "/file") == Trouble::bad_input);
    CHECK(refusal_of(parent.path() + "/file/below") == Trouble::bad_input);
}

TEST_CASE("a folder that is swapped while a capture is made gets nothing of it") {
    const TempDir parent;
    const TempDir outside;
    const std::string copy = parent.path() + "/copy";
    const MachineTree tree = MachineTree::load("b550-itx");
    auto root = Root::open(tree.directory());
    // Who asks for the guests does so once the folder is there.
    const auto swap = [&] {
        fs::rename(copy, parent.path() + "/moved");
        fs::create_symlink(outside.path(), copy);
        return std::vector<Domain>();
    };
    REQUIRE(capture(*root, swap, copy).has_value());
    CHECK(fs::is_empty(outside.path()));
    CHECK(fs::exists(parent.path() + "/moved/sys/bus/pci/devices"));
}

TEST_CASE("what is planted in the folder while a capture is made ends it and stays") {
    const TempDir parent;
    const TempDir outside;
    const std::string copy = parent.path() + "/copy";
    const MachineTree tree = MachineTree::load("b550-itx");
    auto root = Root::open(tree.directory());
    const auto plant = [&] {
        fs::create_symlink(outside.path(), copy + "/sys");
        return std::vector<Domain>();
    };
    CHECK_FALSE(capture(*root, plant, copy).has_value());
    CHECK(fs::is_empty(outside.path()));
}

TEST_CASE("links in a captured tree lead nowhere but into it") {
    CapturedTree tree;
    tree.link("a", "/b");
    tree.link("b", "../../../c/d");
    tree.file("a/x", "1");
    CHECK(tree.has("c/d/x"));
    tree.link("loop", "loop");
    tree.file("loop/x", "2");
    tree.file("../../outside", "3");
    CHECK(tree.has("outside"));
    tree.file("x/..", "4");
    tree.link("y/..", "z");
    std::string deep;
    for (int i = 0; i < 500; ++i) deep += "d/";
    tree.file(deep + "file", "5");
    const TempDir directory;
    const auto folder = EmptyFolder::open(directory.path() + "/copy");
    REQUIRE(folder.has_value());
    REQUIRE(tree.write_into(folder->folder()).has_value());
    CHECK(fs::exists(directory.path() + "/copy/c/d/x"));
    CHECK_FALSE(fs::exists(directory.path() + "/outside"));
}
