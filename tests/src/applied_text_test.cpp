// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/ledger/applied_text.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "src/commands/applied_profile.hpp"
#include "src/ledger/ledger.hpp"
#include "tests/support/ledger_files.hpp"
#include "tests/support/temp_tree.hpp"

using namespace ctrlpass;
using namespace ctrlpass::tests;

namespace {

namespace fs = std::filesystem;

Profile profile_with(const std::string& remark) {
    const std::string text =
        "format = 1\n# " + remark + "\n[[controller]]\naddress = \"0000:01:00.0\"\n";
    auto profile = parse_profile(text, "/nowhere/front.toml");
    REQUIRE(profile.has_value());
    return *profile;
}

fs::perms mode_of(const std::string& path) { return fs::status(path).permissions(); }

struct Shelf {
    TempDir state;
    std::string folder = state.path() + "/applied";
    std::string path_of(const Profile& profile) const {
        return folder + "/" + profile.digest.substr(7);
    }
    void keep(const Profile& profile) const {
        REQUIRE(keep_applied_text(state.path(), profile).has_value());
    }
    void record(const Profile& profile, const Record& last) const {
        auto ledger = LedgerDirectory::open(state.path());
        REQUIRE(ledger.has_value());
        BeginRecord begin;
        begin.profile_path = profile.path;
        begin.profile_digest = profile.digest;
        REQUIRE(ledger->append(profile.name, begin).has_value());
        REQUIRE(ledger->append(profile.name, last).has_value());
    }
};

}  // namespace

TEST_CASE("the text of an applied profile is kept for root alone, by its digest") {
    const Shelf shelf;
    const ::mode_t before = ::umask(0);
    const Profile profile = profile_with("one");
    shelf.keep(profile);
    shelf.keep(profile);
    ::umask(before);
    CHECK(mode_of(shelf.folder) == fs::perms(0700));
    CHECK(mode_of(shelf.path_of(profile)) == fs::perms(0600));
    CHECK(read_applied_text(shelf.state.path(), profile.digest).value() == profile.text);
    CHECK(std::distance(fs::directory_iterator(shelf.folder), {}) == 1);
}

TEST_CASE("a copy that is not what its name says is not read, and the next apply mends it") {
    const Shelf shelf;
    const Profile profile = profile_with("one");
    shelf.keep(profile);
    SUBCASE("another content") { std::ofstream(shelf.path_of(profile)) << "format = 1\n"; }
    SUBCASE("a link") {
        fs::rename(shelf.path_of(profile), shelf.state.path() + "/elsewhere");
        fs::create_symlink(shelf.state.path() + "/elsewhere", shelf.path_of(profile));
    }
    SUBCASE("others may write to it") { fs::permissions(shelf.path_of(profile), fs::perms(0666)); }
    CHECK_FALSE(read_applied_text(shelf.state.path(), profile.digest).has_value());
    shelf.keep(profile);
    CHECK(read_applied_text(shelf.state.path(), profile.digest).value() == profile.text);
    CHECK(mode_of(shelf.path_of(profile)) == fs::perms(0600));
}

TEST_CASE("a digest of a ledger never names a file outside") {
    const Shelf shelf;
    std::ofstream(shelf.state.path() + "/secret") << "x";
    for (const std::string digest :
         {"sha256:../secret", "../secret", "", "sha256:", "md5:d41d8cd98f00b204e9800998ecf8427e"})
        CHECK_FALSE(read_applied_text(shelf.state.path(), digest).has_value());
}

TEST_CASE("texts that no ledger refers to any more are removed") {
    const Shelf shelf;
    const Profile first = profile_with("first");
    const Profile second = profile_with("second");
    const Profile third = profile_with("third");
    for (const Profile& profile : {first, second, third}) shelf.keep(profile);
    shelf.record(first, CommitRecord{});
    shelf.record(second, WaitRecord{100});
    REQUIRE(forget_applied_texts(shelf.state.path()).has_value());
    CHECK(fs::exists(shelf.path_of(first)));
    CHECK(fs::exists(shelf.path_of(second)));
    CHECK_FALSE(fs::exists(shelf.path_of(third)));
    shelf.record(second, CommitRecord{});
    REQUIRE(forget_applied_texts(shelf.state.path()).has_value());
    CHECK_FALSE(fs::exists(shelf.path_of(first)));
    CHECK(fs::exists(shelf.path_of(second)));
}

TEST_CASE("a ledger that cannot be read keeps the texts") {
    const Shelf shelf;
    const Profile profile = profile_with("one");
    shelf.keep(profile);
    shelf.record(profile, CommitRecord{});
    std::ofstream(shelf.state.path() + "/ledger/front.jsonl") << "no ledger\n";
    (void)forget_applied_texts(shelf.state.path());
    CHECK(fs::exists(shelf.path_of(profile)));
}
