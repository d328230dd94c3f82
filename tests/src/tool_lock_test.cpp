// SPDX-License-Identifier: GPL-2.0-or-later
// Who has the lock of the tool is named, and nobody waits for it without an end.
#include "src/ledger/tool_lock.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "src/ledger/ledger.hpp"
#include "tests/support/run_program.hpp"
#include "tests/support/temp_tree.hpp"

using namespace ctrlpass;
using namespace ctrlpass::tests;

namespace {

namespace fs = std::filesystem;

/// A child that has the lock of this state directory until the end of this.
class Locker {
  public:
    /// `quiet`: it writes nothing down, as an older ctrlpass.
    explicit Locker(const std::string& state, bool quiet = false) {
        std::array<int, 2> ready{};
        REQUIRE(::pipe(ready.data()) == 0);
        child_ = ::fork();
        if (child_ == 0) {
            std::optional<Result<LedgerDirectory>> ledger;
            if (!quiet) ledger.emplace(LedgerDirectory::open(state));
            const bool locked = ledger ? ledger->has_value() : plain(state);
            (void)!::write(ready[1], locked ? "1" : "0", 1);
            for (;;) ::pause();
        }
        char answer = '0';
        REQUIRE(::read(ready[0], &answer, 1) == 1);
        REQUIRE(answer == '1');
        ::close(ready[0]);
        ::close(ready[1]);
    }
    Locker(const Locker&) = delete;
    Locker& operator=(const Locker&) = delete;
    ~Locker() {
        ::kill(child_, SIGKILL);
        ::waitpid(child_, nullptr, 0);
    }
    pid_t pid() const { return child_; }
    void stop() const {
        ::kill(child_, SIGSTOP);
        int status = 0;
        ::waitpid(child_, &status, WUNTRACED);
    }

  private:
    static bool plain(const std::string& state) {
        const int lock = ::open((state + "/lock").c_str(), O_RDWR | O_CREAT, 0600);
        struct flock whole {};
        whole.l_type = F_WRLCK;
        return ::fcntl(lock, F_SETLK, &whole) == 0;
    }
    pid_t child_ = 0;
};

struct Room {
    TempDir temp;
    std::string state = temp.path() + "/state";
    Room() { REQUIRE(LedgerDirectory::open(state).has_value()); }
    Error refusal() const {
        const auto opened = LedgerDirectory::open(state);
        REQUIRE_FALSE(opened.has_value());
        CHECK(opened.error().trouble == Trouble::locked);
        return opened.error();
    }
    void note(const std::string& text) const {
        std::ofstream(state + "/lock", std::ios::binary) << text;
    }
};

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != text.npos;
}

Run run(const std::string& words) {
    return run_command("timeout 60 " + std::string(CTRLPASS_BINARY) + " " + words);
}

bool as_root() {
    if (::geteuid() == 0) return true;
    MESSAGE("skipped: only root changes a machine");
    return false;
}

}  // namespace

TEST_CASE("who has the lock is named, with its state and since when") {
    const Room room;
    const Locker locker(room.state);
    const auto holder = lock_holder(room.state);
    REQUIRE(holder.has_value());
    CHECK(holder->pid == locker.pid());
    CHECK(holder->program == "tests_src");
    CHECK(holder->since.size() == std::string("2026-01-01T00:00:00Z").size());
    const Error error = room.refusal();
    CHECK(contains(error.where, "process " + std::to_string(locker.pid()) + " (tests_src, state "));
    CHECK(contains(error.where, "/lock since 2"));
    locker.stop();
    CHECK(lock_holder(room.state)->state == 'T');
    CHECK(contains(room.refusal().where, "state T: stopped"));
    CHECK(contains(room.refusal().hint, "kill -CONT " + std::to_string(locker.pid())));
}

TEST_CASE("nobody has the lock when its holder is gone, whatever is written in it") {
    const Room room;
    { const Locker locker(room.state); }
    CHECK_FALSE(lock_holder(room.state).has_value());
    CHECK(LedgerDirectory::open(room.state).has_value());
    CHECK_FALSE(lock_holder(room.temp.path() + "/none").has_value());
}

TEST_CASE("what somebody else wrote into the lock is not believed") {
    const Room room;
    const Locker locker(room.state, true);
    const std::string pid = std::to_string(locker.pid());
    for (const std::string& text : std::vector<std::string>{
             std::string(), std::string("{"), std::string("[]"), std::string(100'000, 'x'),
             "{\"pid\":1,\"start\":\"1\",\"program\":\"init\",\"since\":\"long ago\"}",
             "{\"pid\":" + pid + ",\"start\":\"1\",\"since\":\"long ago\"}",
             "{\"pid\":" + pid + ",\"start\":7,\"since\":\"long ago\"}", std::string("\0\0", 2)}) {
        CAPTURE(text);
        room.note(text);
        const auto holder = lock_holder(room.state);
        REQUIRE(holder.has_value());
        CHECK(holder->pid == locker.pid());
        CHECK(holder->since.empty());
        CHECK(contains(room.refusal().where, "it is not known since when"));
    }
}

TEST_CASE("a holder's name cannot write to the terminal") {
    CHECK(shown({4711, "a\x1b]0;b", 'S', ""}) == "process 4711 (a\\x1b]0;b, state S: sleeping)");
    CHECK(shown({0, "", '?', ""}) == "a process that cannot be seen from here");
}

TEST_CASE("commands that wait for the lock end with 6 after their deadline") {
    if (!as_root()) return;
    const Room room;
    const Locker locker(room.state);
    locker.stop();
    for (const std::string command : {"rollback --unfinished", "confirm --boot"}) {
        CAPTURE(command);
        const auto begin = std::chrono::steady_clock::now();
        const Run result = run(command + " --deadline 1 --json --state " + room.state);
        CHECK(result.code == 6);
        CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(30));
        CHECK_MESSAGE(contains(result.output, "state T: stopped"), result.output);
        CHECK(contains(result.output, "\"what\": \"another ctrlpass is at work\""));
        CHECK(contains(result.output, "has not let go of it within 1 s"));
    }
}

TEST_CASE("the way back of what was not confirmed waits on, and status says for whom") {
    if (!as_root()) return;
    const Room room;
    const std::string file = room.state + "/ledger/front.jsonl";
    std::ifstream boot_id("/proc/sys/kernel/random/boot_id");
    BeginRecord begin{.transaction = "t", .time = "2026-01-01T00:00:00Z", .who = "root"};
    std::getline(boot_id, begin.boot);
    begin.pending = true;
    std::ofstream(file, std::ios::binary) << to_line(begin) << "\n"
                                          << to_line(WaitRecord{1}) << "\n";
    ::chmod(file.c_str(), 0600);
    {
        const Locker locker(room.state);
        locker.stop();
        const std::string waits = "process " + std::to_string(locker.pid()) + " (";
        const Run text = run("status --state " + room.state);
        CHECK(text.code == 0);
        CHECK_MESSAGE(contains(text.output, "not confirmed in time"), text.output);
        CHECK_MESSAGE(contains(text.output, waits), text.output);
        const Run json = run("status --json --state " + room.state);
        CHECK_MESSAGE(contains(json.output, "\"waits_for\": \"" + waits), json.output);
        const Run waiting =
            run_command("timeout 3 " + std::string(CTRLPASS_BINARY) +
                        " rollback --unconfirmed t --deadline 1 --state " + room.state);
        CHECK(waiting.code == 124);
    }
    CHECK(run("rollback --unconfirmed t --state " + room.state).code == 0);
    CHECK_FALSE(read_ledgers(room.state)->at("front").unfinished.has_value());
}

TEST_CASE("a way back whose ledger broke meanwhile fails loudly") {
    if (!as_root()) return;
    for (const bool is_known : {true, false}) {
        const Room room;
        const std::string file = room.state + "/ledger/front.jsonl";
        BeginRecord begin{.transaction = "t", .boot = "b"};
        begin.pending = true;
        std::ofstream(file, std::ios::binary) << to_line(begin) << "\n"
                                              << to_line(WaitRecord{1'000'000'000}) << "\n";
        ::chmod(file.c_str(), 0600);
        const std::string spoil = is_known ? "echo notes >> " + file : "echo notes > " + file;
        const Run result = run_command("exec 2>&1; timeout 20 " + std::string(CTRLPASS_BINARY) +
                                       " rollback --unconfirmed t --after 4 --state " + room.state +
                                       " & job=$!; sleep 2; " + spoil + "; wait $job");
        CHECK(result.code == 1);
        CHECK_MESSAGE(contains(result.output, "cannot read ledger"), result.output);
    }
}
