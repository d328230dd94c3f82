// SPDX-License-Identifier: GPL-2.0-or-later
#include "vfio/kernel.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <fstream>
#include <functional>
#include <sstream>

#include "iommu/child.hpp"
#include "iommu/library.hpp"
#include "iommu/stuck.hpp"
#include "tests/support/temp_tree.hpp"

using namespace ctrlpass;
using namespace ctrlpass::tests;
using namespace std::chrono_literals;

namespace {

/// A path as LiveKernel takes it, without the slash.
std::string below_root(const std::string& path) { return path.substr(1); }

std::string content(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
}

bool comes_true(const std::function<bool()>& what) {
    for (int i = 0; i < 500; ++i) {
        if (what()) return true;
        ::usleep(10000);
    }
    return false;
}

/// Not there any more, or only as a zombie.
bool has_ended(pid_t process) { return start_of_process(*Root::open("/"), process).empty(); }

/// A FIFO with a reader that reads nothing and a buffer that is full.
struct FullFifo {
    TempDir directory;
    std::string path = directory.path() + "/fifo";
    int reader = -1;
    FullFifo() {
        REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
        reader = ::open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
        REQUIRE(reader >= 0);
        const std::string page(4096, 'x');
        while (::write(reader, page.data(), page.size()) > 0) continue;
    }
    ~FullFifo() { ::close(reader); }  // and the blocked child gets EPIPE
};

int stuck_process(const Error& error) {
    const auto at = error.where.find("in process ");
    return at == error.where.npos ? 0 : std::stoi(error.where.substr(at + 11));
}

}  // namespace

TEST_CASE("a write puts the whole text there in one piece") {
    const TempDir directory;
    const std::string file = directory.path() + "/attribute";
    std::ofstream(file).flush();
    LiveKernel kernel;
    REQUIRE(kernel.write(below_root(file), "\n"));
    CHECK(content(file) == "\n");
    REQUIRE(kernel.write(below_root(file), "0000:0a:00.3"));
    CHECK(content(file) == "0000:0a:00.3");
}

TEST_CASE("a write that the kernel refuses brings its errno and names the file") {
    const TempDir directory;
    LiveKernel kernel;
    const auto missing = kernel.write(below_root(directory.path()) + "/none", "x");
    REQUIRE_FALSE(missing);
    CHECK(missing.error().what == "cannot write " + directory.path() + "/none");
    CHECK(missing.error().error_number == ENOENT);
    CHECK(missing.error().trouble == Trouble::missing);
    const auto full = kernel.write("dev/full", "x");
    REQUIRE_FALSE(full);
    CHECK(full.error().error_number == ENOSPC);
    const auto directory_itself = kernel.write(below_root(directory.path()), "x");
    REQUIRE_FALSE(directory_itself);
    CHECK(directory_itself.error().error_number == EISDIR);
}

TEST_CASE("a write makes no file that is not there") {
    const TempDir directory;
    LiveKernel kernel;
    CHECK_FALSE(kernel.write(below_root(directory.path()) + "/new", "x"));
    CHECK(::access((directory.path() + "/new").c_str(), F_OK) != 0);
}

TEST_CASE("an empty write is refused, because sysfs would take no notice of it") {
    LiveKernel kernel;
    const auto written = kernel.write("dev/null", "");
    REQUIRE_FALSE(written);
    CHECK(written.error().where == "nothing to write: a mistake in ctrlpass");
}

TEST_CASE("a write that blocks is reported as stuck at the deadline, with its process") {
    const FullFifo fifo;
    LiveKernel kernel(100ms);
    const auto begin = std::chrono::steady_clock::now();
    const auto written = kernel.write(below_root(fifo.path), "x");
    CHECK(std::chrono::steady_clock::now() - begin < 5s);
    REQUIRE_FALSE(written);
    CHECK(written.error().trouble == Trouble::stuck);
    CHECK(written.error().what == "cannot write " + fifo.path);
    CHECK(written.error().where.starts_with("it did not come back within 100 ms"));
    const int process = stuck_process(written.error());
    REQUIRE(process > 0);
    CHECK(::kill(process, 0) == 0);  // left alone
}

TEST_CASE("a child that is stuck keeps no lock of ours") {
    const FullFifo fifo;
    const std::string lock = fifo.directory.path() + "/lock";
    const int ours = ::open(lock.c_str(), O_RDWR | O_CREAT, 0600);  // not even close-on-exec
    REQUIRE(::flock(ours, LOCK_EX) == 0);
    LiveKernel kernel(50ms);
    REQUIRE_FALSE(kernel.write(below_root(fifo.path), "x"));
    ::close(ours);
    const int again = ::open(lock.c_str(), O_RDWR | O_CLOEXEC);
    CHECK(::flock(again, LOCK_EX | LOCK_NB) == 0);
    ::close(again);
}

TEST_CASE("a child that is killed before its write is an error") {
    const auto answer = run_in_child(
        "cannot write",
        [] {
            ::raise(SIGKILL);
            return Answer{};
        },
        5s);
    REQUIRE_FALSE(answer);
    CHECK(answer.error().where ==
          "the process that did it was killed by signal 9: it is not known whether it was done");
    CHECK(answer.error().error_number == 0);
}

TEST_CASE("a child that is killed after its write is an error as well") {
    const TempDir directory;
    const std::string file = directory.path() + "/attribute";
    const auto answer = run_in_child(
        "cannot write",
        [&] {
            std::ofstream(file) << "done" << std::flush;
            ::raise(SIGKILL);
            return Answer{};
        },
        5s);
    CHECK_FALSE(answer);
    CHECK(content(file) == "done");
}

TEST_CASE("a child does not outlive the one who asked") {
    const TempDir directory;
    const std::string file = directory.path() + "/child";
    const pid_t parent = ::fork();
    if (parent == 0) {
        (void)run_in_child(
            "cannot",
            [&] {
                std::ofstream(file) << ::getpid() << std::endl;
                ::pause();
                return Answer{};
            },
            60s);
        ::_exit(0);
    }
    pid_t child = 0;
    CHECK(comes_true([&] { return (std::ifstream(file) >> child) && child > 0; }));
    REQUIRE(::kill(parent, SIGKILL) == 0);
    REQUIRE(::waitpid(parent, nullptr, 0) == parent);
    CHECK(comes_true([&] { return has_ended(child); }));
}

TEST_CASE("a write that a killed ctrlpass left under way is waited for, within the deadline") {
    std::array<int, 2> ready{};
    REQUIRE(::pipe(ready.data()) == 0);
    const pid_t writer = ::fork();
    if (writer == 0) {
        ::prctl(PR_SET_NAME, "ctrlpass-write");
        (void)!::write(ready[1], "x", 1);
        ::sleep(2);
        ::_exit(0);
    }
    char byte = 0;
    REQUIRE(::read(ready[0], &byte, 1) == 1);
    const auto waited = LiveKernel(100ms).wait_for_writers();
    REQUIRE_FALSE(waited);
    CHECK(waited.error().trouble == Trouble::stuck);
    CHECK(waited.error().where.ends_with("in process " + std::to_string(writer)));
    CHECK(LiveKernel(20s).wait_for_writers());
    CHECK(has_ended(writer));
    ::waitpid(writer, nullptr, 0);
    ::close(ready[0]);
    ::close(ready[1]);
}

TEST_CASE("a child that ends without an answer is an error") {
    CHECK_FALSE(run_in_child(
        "cannot", []() -> Answer { ::_exit(0); }, 5s));
}

TEST_CASE("a child hands over its errno and its text, and lets the terminal's signals pass by") {
    const auto answer = run_in_child(
        "cannot",
        [] {
            ::raise(SIGINT);
            ::raise(SIGTERM);
            return Answer{EBUSY, std::string(20000, 'x')};
        },
        5s);
    REQUIRE(answer);
    CHECK(answer->error_number == EBUSY);
    CHECK(answer->text == std::string(20000, 'x'));
}

TEST_CASE("a module that the kernel does not have is missing, with a way forward") {
    LiveKernel kernel;
    const auto loaded = kernel.load_module("ctrlpass-no-such-module");
    REQUIRE_FALSE(loaded);
    CHECK(loaded.error().what == "cannot load the module ctrlpass-no-such-module");
    CHECK(loaded.error().where.starts_with("there is no such module for the running kernel"));
    CHECK(loaded.error().trouble == Trouble::missing);
    CHECK_FALSE(loaded.error().hint.empty());
}

TEST_CASE("a group without a node is missing") {
    LiveKernel kernel;
    const auto tried = kernel.try_group(99999);
    REQUIRE_FALSE(tried);
    CHECK(tried.error().what == "cannot open /dev/vfio/99999");
    CHECK(tried.error().trouble == Trouble::missing);
}

TEST_CASE("a library that is not there, and a function that is not in it, are errors") {
    CHECK_FALSE(SharedLibrary::open("libctrlpass-none.so.0"));
    const auto library = SharedLibrary::open("libc.so.6");
    REQUIRE(library);
    const auto function = library->symbol<decltype(::getpid)>("getpid");
    REQUIRE(function);
    CHECK((*function)() == ::getpid());
    CHECK_FALSE(library->symbol<decltype(::getpid)>("ctrlpass_none"));
}
