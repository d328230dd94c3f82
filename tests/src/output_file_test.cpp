// SPDX-License-Identifier: GPL-2.0-or-later
// Where metrics --output writes to, and what it leaves as it is.
#include "src/commands/output_file.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "iommu/descriptor.hpp"
#include "tests/support/machine_tree.hpp"
#include "tests/support/run_program.hpp"
#include "tests/support/temp_tree.hpp"

using namespace ctrlpass;
using namespace ctrlpass::tests;
namespace fs = std::filesystem;

namespace {

std::string content_of(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// Refused, and still what it was.
void check_refused(const std::string& path) {
    struct stat before {};
    struct stat after {};
    REQUIRE(::lstat(path.c_str(), &before) == 0);
    const auto written = write_output_file(path, "text\n");
    REQUIRE_FALSE(written.has_value());
    CHECK(written.error().trouble == Trouble::failed);
    REQUIRE(::lstat(path.c_str(), &after) == 0);
    CHECK(before.st_mode == after.st_mode);
    CHECK(before.st_ino == after.st_ino);
    CHECK_FALSE(fs::exists(fs::path(path).parent_path() /
                           ("." + fs::path(path).filename().string() + ".new")));
}

}  // namespace

TEST_CASE("a regular file gets a new one in its place, and what has open the old one keeps it") {
    const TempDir directory;
    const std::string file = directory.path() + "/metrics.prom";
    REQUIRE(write_output_file(file, "one\n").has_value());
    std::ifstream reader(file);
    REQUIRE(write_output_file(file, "two\n").has_value());
    CHECK(content_of(file) == "two\n");
    CHECK(std::string(std::istreambuf_iterator<char>(reader), {}) == "one\n");
    CHECK(fs::status(file).permissions() == fs::perms(0644));
}

TEST_CASE("a link stays a link, and the file that it leads to is replaced") {
    const TempDir directory;
    fs::create_directory(directory.path() + "/below");
    fs::create_symlink("below/real", directory.path() + "/second");
    fs::create_symlink(directory.path() + "/second", directory.path() + "/first");
    for (const char* const text : {"new\n", "again\n"}) {
        REQUIRE(write_output_file(directory.path() + "/first", text).has_value());
        CHECK(content_of(directory.path() + "/below/real") == text);
        CHECK_FALSE(fs::is_symlink(directory.path() + "/below/real"));
        CHECK(fs::is_symlink(directory.path() + "/first"));
        CHECK(fs::is_symlink(directory.path() + "/second"));
    }
    fs::create_symlink("loop", directory.path() + "/loop");
    check_refused(directory.path() + "/loop");
    fs::create_symlink("below", directory.path() + "/to-a-folder");
    check_refused(directory.path() + "/to-a-folder");
}

TEST_CASE("a link in a folder that others may write to is not followed") {
    const TempDir directory;
    const std::string real = directory.path() + "/real";
    std::ofstream(real) << "mine\n";
    const std::string open = directory.path() + "/open";
    fs::create_directory(open);
    fs::create_symlink(real, open + "/link");
    for (const unsigned mode : {0777U, 01777U, 0775U}) {
        REQUIRE(::chmod(open.c_str(), mode) == 0);
        check_refused(open + "/link");
    }
    REQUIRE(::chmod(open.c_str(), 0755) == 0);
    if (::geteuid() == 0) {
        REQUIRE(::chown(open.c_str(), 12345, 12345) == 0);
        check_refused(open + "/link");
        // The first of two is in a folder of ours.
        fs::create_symlink(open + "/link", directory.path() + "/first");
        check_refused(directory.path() + "/first");
    }
    CHECK(content_of(real) == "mine\n");
    // A file of its own there is as before: a collector's folder belongs to the collector.
    REQUIRE(write_output_file(open + "/file", "x\n").has_value());
    CHECK(content_of(open + "/file") == "x\n");
}

TEST_CASE("a pipe with a reader is written to, one without is refused, and nobody waits") {
    const TempDir directory;
    const std::string pipe = directory.path() + "/pipe";
    REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
    check_refused(pipe);
    const Descriptor reader(::open(pipe.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    REQUIRE(reader.is_open());
    REQUIRE(write_output_file(pipe, "some\n").has_value());
    CHECK(read_all(reader, "pipe", 100).value_or("") == "some\n");
    CHECK(fs::is_fifo(pipe));
    // By a link, too.
    fs::create_symlink("pipe", directory.path() + "/link");
    REQUIRE(write_output_file(directory.path() + "/link", "more\n").has_value());
    CHECK(read_all(reader, "pipe", 100).value_or("") == "more\n");
    // A reader that does not read.
    const auto begin = std::chrono::steady_clock::now();
    CHECK_FALSE(write_output_file(pipe, std::string(1 << 20, 'x')).has_value());
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(5));
}

TEST_CASE("a pipe that a descriptor stands for is written to, as a shell's >(…) is") {
    std::array<int, 2> ends{};
    REQUIRE(::pipe(ends.data()) == 0);
    const Descriptor reading(ends[0]);
    Descriptor writing(ends[1]);
    const std::string name = "/dev/fd/" + std::to_string(writing.number());
    REQUIRE(write_output_file(name, "text\n").has_value());
    writing.close();
    CHECK(read_all(reading, "pipe", 100).value_or("") == "text\n");
}

TEST_CASE("devices other than /dev/null, sockets and folders are refused and stay") {
    const TempDir directory;
    check_refused(directory.path());
    const std::string socket = directory.path() + "/socket";
    const Descriptor listening(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    REQUIRE(socket.size() < sizeof address.sun_path);
    std::memcpy(address.sun_path, socket.c_str(), socket.size());
    REQUIRE(::bind(listening.number(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    check_refused(socket);
    for (const std::string device : {"/dev/zero", "/dev/full", "/dev/tty"})
        if (fs::exists(device)) check_refused(device);
    REQUIRE(write_output_file("/dev/null", "text\n").has_value());
    CHECK(fs::is_character_file("/dev/null"));
    if (::geteuid() != 0) return;
    const std::string disk = directory.path() + "/disk";
    const std::string null = directory.path() + "/null";
    if (::mknod(disk.c_str(), S_IFBLK | 0600U, makedev(8U, 240U)) != 0) return;
    REQUIRE(::mknod(null.c_str(), S_IFCHR | 0666U, makedev(1U, 3U)) == 0);
    check_refused(disk);
    REQUIRE(write_output_file(null, "text\n").has_value());
    CHECK(fs::is_character_file(null));
}

TEST_CASE("metrics writes to standard output by its name, whatever that is") {
    const MachineTree tree = MachineTree::load("b550-itx");
    const TempDir directory;
    const std::string metrics =
        std::string(CTRLPASS_BINARY) + " metrics --root " + tree.directory();
    const Run plain = run_command(metrics);
    REQUIRE(plain.code == 0);
    const Run named = run_command(metrics + " --output /dev/stdout");
    CHECK(named.code == 0);
    CHECK(named.output == plain.output);
    CHECK(run_command(metrics + " --output /dev/stdout | cat").output == plain.output);
    const std::string file = directory.path() + "/file";
    CHECK(run_command("echo first > " + file + "; " + metrics + " --output /dev/stdout >> " + file)
              .code == 0);
    CHECK(content_of(file) == "first\n" + plain.output);
    CHECK(run_command(metrics + " --output /dev/null").code == 0);
    CHECK(run_command(metrics + " --output /dev/zero 2> /dev/null").code == 1);
}
