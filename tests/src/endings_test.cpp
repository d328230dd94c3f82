// SPDX-License-Identifier: GPL-2.0-or-later
// What may end a command before its work is done, and does not: signals, output that nobody takes,
// descriptors that are not there.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "iommu/descriptor.hpp"
#include "src/commands/caught_signals.hpp"
#include "src/commands/stream.hpp"
#include "src/commands/writing.hpp"
#include "tests/support/ledger_files.hpp"
#include "tests/support/machine_tree.hpp"
#include "tests/support/run_program.hpp"
#include "tests/support/temp_tree.hpp"

using namespace ctrlpass;
using namespace ctrlpass::tests;
using namespace std::chrono_literals;

namespace {

const std::string program = CTRLPASS_BINARY;

bool is_root() {
    if (::geteuid() == 0) return true;
    MESSAGE("skipped: only root may roll back");
    return false;
}

/// Profiles a, b and c, applied, each with a file of its own.
struct Applied {
    TempDir directory;
    LedgerFiles ledgers{directory.path() + "/state"};

    Applied() {
        for (const char* const name : {"a", "b", "c"}) {
            const std::string file = directory.path() + "/file-" + name;
            std::ofstream(file) << "mine\n";
            ledgers.apply(name, "a boot", FileSetting{file}, FileState{}, FileState{"mine\n"});
        }
    }
    /// How many of the files are still there.
    int left() const {
        int count = 0;
        for (const char* const name : {"a", "b", "c"})
            count += std::filesystem::exists(directory.path() + "/file-" + name) ? 1 : 0;
        return count;
    }
    /// A command line with this behind it, and what the status is then.
    Run run(const std::string& words, const std::string& behind) const {
        return run_command("(" + program + " " + words + ledgers.option() + " " + behind + ")");
    }
    /// The same at the end of whose output nobody reads.
    Run run_unread(const std::string& words) const {
        return run_command("{ { " + program + " " + words + ledgers.option() +
                           "; echo $? >&3; } | true; } 3>&1");
    }
};

bool tells(const Run& run, const std::string& text) {
    return run.output.find(text) != std::string::npos;
}

std::string in(const std::string& file) {
    std::ifstream stream(file);
    return {std::istreambuf_iterator<char>(stream), {}};
}

const std::string lost = "ctrlpass: cannot write to standard output: ";

}  // namespace

TEST_CASE("a rollback of all goes on when nobody reads what it says") {
    if (!is_root()) return;
    SUBCASE("a pipe that is closed, as by SIGPIPE") {
        const Applied applied;
        const Run run = applied.run_unread("rollback --all");
        CHECK_MESSAGE(run.output.ends_with("\n0\n"), run.output);
        CHECK(tells(run, lost + "Broken pipe"));
        CHECK(applied.left() == 0);
    }
    SUBCASE("a full disk") {
        const Applied applied;
        const Run run = applied.run("rollback --all", "> /dev/full");
        CHECK(run.code == 0);
        CHECK(tells(run, lost + "No space left on device"));
        CHECK(applied.left() == 0);
    }
    SUBCASE("a document on a full disk") {
        const Applied applied;
        CHECK(applied.run("rollback --all --json", "> /dev/full").code == 0);
        CHECK(applied.left() == 0);
    }
    SUBCASE("no descriptor at all") {
        const Applied applied;
        CHECK(applied.run("rollback --all", "0<&- >&- 2>&-").code == 0);
        CHECK(applied.left() == 0);
    }
}

TEST_CASE("with a limit on the size of files nothing is begun, and no signal ends it") {
    if (!is_root()) return;
    const Applied applied;
    const std::string out = applied.directory.path() + "/out";
    const Run run = run_command("(ulimit -f 0; exec " + program + " rollback --all --json" +
                                applied.ledgers.option() + ")");
    CHECK_MESSAGE(run.code == 1, run.output);
    CHECK(applied.left() == 3);
    CHECK(run_command("(ulimit -f 0; exec " + program + " status" + applied.ledgers.option() +
                      " > " + out + ")")
              .code == 1);
}

TEST_CASE("a command that only reads and could not print failed") {
    if (!is_root()) return;
    const Applied applied;
    for (const char* const words : {"status", "status --json", "status --exit-code", "log",
                                    "log --json", "metrics", "rollback --all --dry-run"}) {
        CAPTURE(words);
        for (const char* const behind : {"> /dev/full", ">&-", "0<&- >&-"}) {
            const Run run = applied.run(words, behind);
            CHECK(run.code == 1);
            CHECK(tells(run, lost));
        }
        const Run unread = applied.run_unread(words);
        CHECK(unread.output.ends_with("\n1\n"));
        CHECK(applied.run(words, "0<&- >&- 2>&-").code == 1);
        CHECK(applied.run(words, "> /dev/null 2>&-").code <= 4);
    }
    CHECK(run_command(program + " --help > /dev/full").code == 1);
    CHECK(applied.left() == 3);
}

TEST_CASE("what could not be found, refused or used is told by the status all the same") {
    const TempDir directory;
    CHECK(
        run_command(program + " plan --json " + directory.path() + "/none.toml > /dev/full").code ==
        2);
    CHECK(run_command(program + " aply > /dev/full").code == 2);
}

TEST_CASE("started without descriptors, it writes its report into no file of its own") {
    if (!is_root()) return;
    for (const char* const behind : {"0<&- >&- 2>&-", ">&- 2>&-", "2>&-", "0<&- >&-"}) {
        CAPTURE(behind);
        const Applied applied;
        CHECK(applied.run("rollback --all", behind).code == 0);
        CHECK(applied.left() == 0);
        for (const char* const file : {"lock", "ledger/a.jsonl", "ledger/b.jsonl"}) {
            const std::string text = in(applied.directory.path() + "/state/" + file);
            CHECK_FALSE(text.contains("put back"));
            CHECK_FALSE(text.contains("cannot write to"));
        }
    }
}

TEST_CASE("without standard input, a hook has no definition to believe") {
    const Run run = run_command(program + " hook prepare 0<&-");
    CHECK(run.code == 1);
    CHECK(tells(run, "cannot read the definition"));
}

TEST_CASE("every document is whole, with the error of a command in it") {
    if (!is_root()) return;
    const Applied applied;
    for (const char* const words :
         {"status --json", "log --json", "metrics --json", "doctor --json",
          "rollback --all --dry-run --json", "rollback nobody --json", "confirm --json a",
          "plan --json /none.toml", "apply --json /none.toml", "rollback --all --json"}) {
        const std::string shown = words;
        CAPTURE(shown);
        for (const char* const behind : {"", "0<&-", "2>&-", "0<&- 2>&-"}) {
            const Run run = applied.run(words, std::string("2> /dev/null ") + behind);
            const auto json = nlohmann::json::parse(run.output, nullptr, false);
            REQUIRE_MESSAGE(json.is_object(), run.output);
            CHECK(json["format"] == 1);
            CHECK(json["command"] == shown.substr(0, shown.find(' ')));
        }
    }
}

TEST_CASE("output that was lost is in the system's log when work was done") {
    if (!is_root() || run_command("unshare -m true").code != 0) return;
    const Applied applied;
    const std::string folder = applied.directory.path() + "/dev";
    const Descriptor log(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    struct sockaddr_un name {};
    name.sun_family = AF_UNIX;
    const std::string path = applied.directory.path() + "/log";
    REQUIRE(path.size() < sizeof name.sun_path);
    path.copy(name.sun_path, path.size());
    REQUIRE(::bind(log.number(), reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0);
    const Run run =
        run_command("unshare -m sh -c 'mkdir " + folder + " && mount -t tmpfs none " + folder +
                    " && cd " + folder + " && touch null full && mount --bind /dev/null null && " +
                    "mount --bind /dev/full full && ln -s " + path + " log && mount --rbind " +
                    folder + " /dev && exec " + program + " rollback --all" +
                    applied.ledgers.option() + " > /dev/full'");
    CHECK_MESSAGE(run.code == 0, run.output);
    std::string all;
    std::array<char, 4096> message{};
    for (ssize_t count = 0;
         (count = ::recv(log.number(), message.data(), message.size(), MSG_DONTWAIT)) > 0;)
        all.append(message.data(), static_cast<std::size_t>(count)) += '\n';
    CHECK_MESSAGE(all.contains("ctrlpass rollback: cannot write to standard output: No space left "
                               "on device; it ended with status 0"),
                  all);
}

TEST_CASE("a reader who takes nothing is waited for only so long") {
    std::array<int, 2> ends{};
    REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
    const Descriptor reading(ends[0]);
    const Descriptor writing(ends[1]);
    Stream stream(writing.number(), 50ms);
    stream.write("first\n");
    CHECK(stream.error_number() == 0);
    stream.write(std::string(1U << 20U, 'x'));
    CHECK(stream.error_number() == ETIMEDOUT);
    std::array<char, 6> first{};
    REQUIRE(::read(reading.number(), first.data(), first.size()) == 6);
    CHECK(std::string(first.data(), first.size()) == "first\n");
}

TEST_CASE("behind what was lost nothing is written any more") {
    std::array<int, 2> ends{};
    REQUIRE(::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) == 0);
    const Descriptor reading(ends[0]);
    const Descriptor writing(ends[1]);
    Stream stream(writing.number(), 20ms);
    stream.write(std::string(1U << 20U, 'x'));
    REQUIRE(stream.error_number() != 0);
    std::array<char, 65536> buffer{};
    while (::read(reading.number(), buffer.data(), buffer.size()) > 0) continue;
    stream.write("the end\n");
    CHECK(::read(reading.number(), buffer.data(), buffer.size()) < 0);
}

namespace {

struct Count {
    int run = 0;
    int begun = 0;
};

/// Three transactions; a signal comes while the first one is at work.
int three(const std::string& command, int signal, Count& count) {
    std::vector<Transaction> transactions;
    for (int i = 0; i < 3; ++i)
        transactions.push_back({command,
                                [&count, command, signal, i]() -> Result<Outcome> {
                                    ++count.run;
                                    if (command == "apply") TRY(may_begin({"front"}));
                                    ++count.begun;
                                    if (i == 0) std::raise(signal);
                                    return Outcome{};
                                },
                                true});
    Options options;
    options.json = true;
    const TempDir directory;
    const Descriptor kept(::dup(STDOUT_FILENO));
    const Descriptor out(::open((directory.path() + "/out").c_str(), O_RDWR | O_CREAT, 0600));
    ::dup2(out.number(), STDOUT_FILENO);
    const int code = run_transactions(transactions, Console(options),
                                      [](const Outcome&) { return std::string(); });
    ::dup2(kept.number(), STDOUT_FILENO);
    const auto json =
        nlohmann::json::parse(in(directory.path() + "/out"), nullptr, /*allow_exceptions=*/false);
    CHECK(json.is_object());
    CHECK(json.contains("error") == (code != 0));
    return code;
}

}  // namespace

TEST_CASE("a signal between two rollbacks keeps nothing from being rolled back") {
    for (const int signal : {SIGHUP, SIGINT, SIGTERM}) {
        Count count;
        CHECK(three("rollback", signal, count) == 0);
        CHECK(count.begun == 3);
    }
}

TEST_CASE("a signal between two applies lets none begin any more, and each is told") {
    for (const int signal : {SIGHUP, SIGINT, SIGTERM}) {
        Count count;
        CHECK(three("apply", signal, count) == 1);
        CHECK(count.run == 3);
        CHECK(count.begun == 1);
    }
}
