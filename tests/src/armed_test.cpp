// SPDX-License-Identifier: GPL-2.0-or-later
// Status says when nothing will put back any more what waits to be confirmed.
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "src/commands/armed_way_back.hpp"
#include "src/commands/session.hpp"
#include "tests/support/ledger_files.hpp"
#include "tests/support/run_program.hpp"
#include "tests/support/temp_tree.hpp"

using namespace ctrlpass;
using namespace ctrlpass::tests;

namespace {

/// An apply of a file that waits, for some seconds from now, and has nothing that would undo it.
struct Waiting {
    explicit Waiting(std::int64_t seconds) {
        std::ofstream(file) << "mine\n";
        const std::string path = directory.path() + "/state/ledger/front.jsonl";
        const Root root = *Root::open("/");
        BeginRecord begin{.transaction = transaction,
                          .time = "2026-11-23T15:22:52Z",
                          .boot = root.attribute("proc/sys/kernel/random/boot_id").value_or("")};
        begin.who = "root";
        begin.pending = true;
        const Setting setting = FileSetting{file};
        const State mine = FileState{"mine\n", 0};
        std::ofstream(path, std::ios::binary)
            << to_line(begin) << "\n"
            << to_line(IntentRecord{setting, FileState{}, FileState{}, mine, true}) << "\n"
            << to_line(DoneRecord{setting}) << "\n"
            << to_line(WaitRecord{seconds_since_boot() + seconds}) << "\n";
        ::chmod(path.c_str(), 0600);
    }
    Run status(const std::string& option = "") const {
        return run_command(std::string(CTRLPASS_BINARY) + " status " + option + ledgers.option());
    }
    nlohmann::json front() const {
        return nlohmann::json::parse(status("--json").output)["profiles"][0];
    }

    TempDir directory;
    LedgerFiles ledgers{directory.path() + "/state"};
    std::string file = directory.path() + "/a file";
    std::string transaction = "armed" + std::to_string(::getpid());
};

/// A process with these words, as the armed one has them.
class Armed {
  public:
    explicit Armed(const std::string& transaction) : pid_(::fork()) {
        if (pid_ != 0) return;
        ::execlp("sh", "sh", "-c", "sleep 60; :", "rollback", "--unconfirmed", transaction.c_str(),
                 "--after", "60", nullptr);
        ::_exit(1);
    }
    ~Armed() { kill(); }
    Armed(const Armed&) = delete;
    Armed& operator=(const Armed&) = delete;
    void kill() {
        if (pid_ <= 0) return;
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
        pid_ = 0;
    }

  private:
    pid_t pid_;
};

bool comes_true(const auto& condition) {
    for (int i = 0; i < 100 && !condition(); ++i) ::usleep(50'000);
    return condition();
}

}  // namespace

TEST_CASE("status says that the process which would put an apply back is gone") {
    if (::geteuid() != 0) return;
    const Waiting waiting(600);
    Armed armed(waiting.transaction);
    CHECK(comes_true([&] { return is_armed(*Root::open("/"), waiting.transaction); }));
    CHECK_FALSE(is_armed(*Root::open("/"), waiting.transaction + "0"));
    CHECK(waiting.front()["armed"] == true);
    CHECK(waiting.status().output.find("is gone") == std::string::npos);
    armed.kill();
    CHECK(waiting.front()["armed"] == false);
    CHECK(waiting.front()["pending"] == true);
    const Run status = waiting.status();
    CHECK_MESSAGE(status.code == 0, status.output);
    CHECK(status.output.find("the process that would put it back is gone") != std::string::npos);
    CHECK(status.output.find("    ctrlpass rollback front\n") != std::string::npos);
    CHECK(status.output.find("put back in") == std::string::npos);
}

TEST_CASE("status says so too when the time is over already") {
    if (::geteuid() != 0) return;
    const Waiting waiting(0);
    CHECK(waiting.front()["armed"] == false);
    CHECK(waiting.front()["pending"] == false);
    CHECK(waiting.status().output.find("is gone") != std::string::npos);
}
