// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/profile/profile_file.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/support/temp_tree.hpp"

using namespace ctrlpass;
using ctrlpass::tests::TempDir;

namespace {

namespace fs = std::filesystem;

std::string write_profile(const TempDir& directory, const std::string& name = "front.toml",
                          const std::string& text = "format = 1\n") {
    const std::string path = directory.path() + "/" + name;
    std::ofstream(path) << text;
    return fs::canonical(path);
}

std::string error_of(const std::string& path, Trust trust = Trust::anyone) {
    const auto file = read_profile_file(path, trust);
    if (file) return "";
    CHECK(file.error().trouble == Trouble::bad_input);
    return file.error().what + " | " + file.error().where;
}

bool as_root() {
    if (::geteuid() == 0) return true;
    MESSAGE("skipped: only root can give files away");
    return false;
}

}  // namespace

TEST_CASE("a profile is found by its path and read whole") {
    const TempDir directory;
    const std::string path = write_profile(directory);
    const auto file = read_profile_file(path, Trust::anyone);
    REQUIRE(file.has_value());
    CHECK(file->text == "format = 1\n");
    CHECK(file->path == path);
}

TEST_CASE("a profile that is missing, no file or too long is refused") {
    const TempDir directory;
    CHECK(error_of(directory.path() + "/front.toml").find("No such file") != std::string::npos);
    fs::create_directory(directory.path() + "/folder.toml");
    CHECK(error_of(directory.path() + "/folder.toml").find("no regular file") != std::string::npos);
    REQUIRE(::mkfifo((directory.path() + "/pipe.toml").c_str(), 0600) == 0);
    CHECK(error_of(directory.path() + "/pipe.toml").find("no regular file") != std::string::npos);
    const auto big = write_profile(directory, "big.toml", std::string(10U << 20U, '#'));
    CHECK(error_of(big).find("longer than 1 MiB") != std::string::npos);
}

TEST_CASE("a profile's file has a name that can be a NAME") {
    const TempDir directory;
    CHECK(error_of(write_profile(directory, "front.txt")).find("must be NAME.toml") !=
          std::string::npos);
    CHECK(error_of(write_profile(directory, "-x.toml")).find("must be NAME.toml") !=
          std::string::npos);
    CHECK(error_of("..").find("name") != std::string::npos);
    CHECK(error_of("a b").find("name of a profile") != std::string::npos);
}

TEST_CASE("names of profiles never lead out of a folder") {
    CHECK(is_profile_name("front-usb_2.0"));
    for (const char* const wrong : {"", ".", "..", ".hidden", "a/b", "a b", "a\n", "ä", "-x"})
        CHECK_FALSE(is_profile_name(wrong));
    CHECK_FALSE(is_profile_name(std::string(65, 'a')));
    CHECK(profile_name_of("/x/y/front.toml").value() == "front");
    CHECK(profile_name_of("front").value() == "front");
    CHECK_FALSE(profile_name_of("/etc/passwd ").has_value());
}

TEST_CASE("as root a profile that others can change is refused") {
    if (!as_root()) return;
    const TempDir directory;
    const std::string path = write_profile(directory);
    CHECK(error_of(path, Trust::interactive).empty());
    fs::permissions(path, fs::perms::others_write, fs::perm_options::add);
    CHECK(error_of(path, Trust::interactive).find("everybody may write") != std::string::npos);
    CHECK(error_of(path, Trust::anyone).empty());
    fs::permissions(path, fs::perms::others_write, fs::perm_options::remove);
    fs::permissions(directory.path(), fs::perms::group_write, fs::perm_options::add);
    CHECK(error_of(path, Trust::interactive).find("its group may write") != std::string::npos);
}

TEST_CASE("a profile in a sticky folder such as /tmp is fine") {
    if (!as_root()) return;
    const TempDir directory;
    const std::string path = write_profile(directory);
    fs::permissions(directory.path(), fs::perms::all | fs::perms::sticky_bit);
    CHECK(error_of(path, Trust::root_only).empty());
}

TEST_CASE("a profile of the user behind sudo is accepted at a terminal and refused at boot") {
    if (!as_root()) return;
    const TempDir directory;
    const std::string path = write_profile(directory);
    REQUIRE(::chown(path.c_str(), 12345, 12345) == 0);
    CHECK(error_of(path, Trust::interactive).find("belongs to user 12345") != std::string::npos);
    ::setenv("SUDO_UID", "12345", 1);
    const auto file = read_profile_file(path, Trust::interactive);
    REQUIRE(file.has_value());
    CHECK(file->owned_by_sudo_user);
    CHECK(error_of(path, Trust::root_only).find("belongs to user 12345") != std::string::npos);
    ::setenv("SUDO_UID", "12345x", 1);
    CHECK_FALSE(error_of(path, Trust::interactive).empty());
    ::unsetenv("SUDO_UID");
}

TEST_CASE(
    "a link that somebody else may change leads to no profile, wherever it stands on the way") {
    if (!as_root()) return;
    const TempDir home;
    const TempDir named;
    const std::string real = write_profile(home);
    const std::string folder = fs::canonical(named.path());
    const auto trusted = [&](const std::string& path) {
        return error_of(path, Trust::root_only).empty();
    };
    fs::create_symlink(real, folder + "/mine.toml");
    CHECK(trusted(folder + "/mine.toml"));
    SUBCASE("the folder of the link belongs to a user") {
        REQUIRE(::chown(folder.c_str(), 12345, 12345) == 0);
        CHECK_FALSE(trusted(folder + "/mine.toml"));
    }
    SUBCASE("everybody may write to it") {
        fs::permissions(folder, fs::perms::all);
        CHECK_FALSE(trusted(folder + "/mine.toml"));
    }
    SUBCASE("it is sticky, and the link is a user's") {
        fs::permissions(folder, fs::perms::all | fs::perms::sticky_bit);
        CHECK(trusted(folder + "/mine.toml"));
        REQUIRE(::lchown((folder + "/mine.toml").c_str(), 12345, 12345) == 0);
        CHECK_FALSE(trusted(folder + "/mine.toml"));
    }
    SUBCASE("a link in the middle leads through a user's folder") {
        fs::create_directories(folder + "/users/here");
        fs::create_symlink(home.path(), folder + "/users/here/away");
        fs::create_symlink("users/here/away", folder + "/way");
        CHECK(trusted(folder + "/way/front.toml"));
        REQUIRE(::chown((folder + "/users").c_str(), 12345, 12345) == 0);
        CHECK_FALSE(trusted(folder + "/way/front.toml"));
        fs::create_symlink("way/front.toml", folder + "/front.toml");
        CHECK_FALSE(trusted(folder + "/front.toml"));
    }
    SUBCASE("a folder that is left again by two dots") {
        fs::create_directory(folder + "/other");
        CHECK(trusted(folder + "/other/../mine.toml"));
        REQUIRE(::chown((folder + "/other").c_str(), 12345, 12345) == 0);
        CHECK_FALSE(trusted(folder + "/other/../mine.toml"));
    }
}
