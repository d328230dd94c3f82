// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/ledger/ledger.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>

#include "tests/support/temp_tree.hpp"

using namespace ctrlpass;
using ctrlpass::tests::TempDir;

namespace {

namespace fs = std::filesystem;

const Setting controller = BindingSetting{{0, 10, 0, 3}};
const State host = Binding{"xhci_hcd", std::nullopt};
const State ours = Binding{"vfio-pci", "vfio-pci"};

BeginRecord begin_at(const std::string& time) {
    BeginRecord begin;
    begin.transaction = "t";
    begin.time = time;
    begin.boot = "boot";
    return begin;
}

/// A state directory with what is needed to look inside.
struct Scratch {
    TempDir temp;
    std::string path = temp.path() + "/state";
    std::string file = path + "/ledger/front.jsonl";

    void append(const Record& record) const {
        auto ledger = LedgerDirectory::open(path);
        REQUIRE(ledger);
        REQUIRE(ledger->append("front", record));
    }
    void apply() const {
        append(begin_at("2026-01-02T03:04:05Z"));
        append(IntentRecord{controller, host, host, ours});
        append(DoneRecord{controller});
        append(CommitRecord{});
    }
    std::string text() const {
        std::ifstream stream(file, std::ios::binary);
        return {std::istreambuf_iterator<char>(stream), {}};
    }
    void add(const std::string& more) const {
        std::ofstream(file, std::ios::binary | std::ios::app) << more;
    }
    std::string error() const {
        const auto recorded = read_ledgers(path);
        if (recorded && !recorded->contains("front")) return "";
        if (recorded && !recorded->at("front").broken) return "";
        const Error error = recorded ? recorded->at("front").broken->error : recorded.error();
        return error.what + " | " + error.where + " | " + error.hint;
    }
};

mode_t mode_of(const std::string& path) {
    struct stat status {};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    return status.st_mode & 07777;
}

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != text.npos;
}

/// The exit status of a child that does this.
int in_child(const std::function<int()>& body) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(body());
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

bool as_root() {
    if (::geteuid() == 0) return true;
    MESSAGE("skipped: only root can become somebody else");
    return false;
}

constexpr uid_t nobody = 65534;

}  // namespace

TEST_CASE("what is appended is read back as its meaning") {
    const Scratch state;
    state.apply();
    const auto recorded = read_ledgers(state.path);
    REQUIRE(recorded);
    const RecordedProfile& front = recorded->at("front");
    CHECK(front.is_applied());
    CHECK(front.entries == std::vector<Entry>{{controller, host, ours, "boot"}});
    CHECK_FALSE(front.unfinished);
}

TEST_CASE("the state directory and all in it are the owner's alone") {
    const Scratch state;
    const mode_t mask = ::umask(0);
    state.apply();
    ::umask(mask);
    CHECK(mode_of(state.path) == 0700);
    CHECK(mode_of(state.path + "/ledger") == 0700);
    CHECK(mode_of(state.path + "/lock") == 0600);
    CHECK(mode_of(state.file) == 0600);
}

TEST_CASE("a state directory may lie deep and be named with a slash at its end") {
    const TempDir temp;
    const std::string path = temp.path() + "/a/b/state/";
    REQUIRE(LedgerDirectory::open(path));
    CHECK(fs::is_directory(temp.path() + "/a/b/state/ledger"));
    CHECK(read_ledgers(path));
}

TEST_CASE("no state directory is no ledgers and reading does not make it") {
    const TempDir temp;
    const auto recorded = read_ledgers(temp.path() + "/none/state");
    REQUIRE(recorded);
    CHECK(recorded->empty());
    CHECK_FALSE(fs::exists(temp.path() + "/none"));
}

TEST_CASE("a state directory without ledgers is no ledgers") {
    const TempDir temp;
    fs::create_directory(temp.path() + "/state");
    fs::permissions(temp.path() + "/state", fs::perms(0700));
    const auto recorded = read_ledgers(temp.path() + "/state");
    REQUIRE(recorded);
    CHECK(recorded->empty());
}

TEST_CASE("a torn tail is left out by reading and cut off by the next record") {
    const Scratch state;
    state.apply();
    const std::string whole = state.text();
    for (std::size_t length = 1; length < to_line(CommitRecord{}).size() + 1; ++length) {
        state.add(to_line(CommitRecord{}).substr(0, length));
        const auto recorded = read_ledgers(state.path);
        REQUIRE(recorded);
        CHECK(recorded->at("front").is_applied());
        CHECK(state.text().size() == whole.size() + length);
        state.append(begin_at(""));
        CHECK(state.text() == whole + to_line(begin_at("")) + "\n");
        fs::resize_file(state.file, whole.size());
    }
}

TEST_CASE("zeros that a power cut left at the end are a torn tail") {
    const Scratch state;
    state.apply();
    const std::string whole = state.text();
    state.add(std::string(100, '\0'));
    CHECK(read_ledgers(state.path));
    state.append(begin_at(""));
    CHECK(state.text() == whole + to_line(begin_at("")) + "\n");
}

TEST_CASE("a tail that is not ours is no torn record and stays") {
    const Scratch state;
    state.apply();
    state.add("my own notes");
    CHECK(contains(state.error(), "front.jsonl:5"));
    auto ledger = LedgerDirectory::open(state.path);
    REQUIRE(ledger);
    CHECK_FALSE(ledger->append("front", CommitRecord{}));
    CHECK(state.text().ends_with("my own notes"));
}

TEST_CASE("a line that is not ours is an error with file and line") {
    for (const std::string line :
         {"hello", "{}", "[]", "{\"record\":\"dance\"}", "{\"record\":\"begin\"}",
          "{\"record\":\"done\",\"setting\":\"binding nowhere\"}", ""}) {
        CAPTURE(line);
        const Scratch state;
        state.apply();
        state.add(line + "\n");
        CHECK(contains(state.error(), state.file + ":5"));
    }
}

TEST_CASE("a newer format is refused and says what to do") {
    const Scratch state;
    state.apply();
    std::string line = to_line(begin_at(""));
    line.replace(line.find("\"format\":1"), 10, "\"format\":2");
    state.add(line + "\n");
    CHECK(contains(state.error(), "newer ctrlpass (format 2)"));
    CHECK(contains(state.error(), "front.jsonl:5"));
}

TEST_CASE("a second process finds the lock taken and is told by whom") {
    const Scratch state;
    const auto ledger = LedgerDirectory::open(state.path);
    REQUIRE(ledger);
    const std::string holder = std::to_string(::getpid());
    CHECK(in_child([&] {
              const auto second = LedgerDirectory::open(state.path);
              if (second) return 1;
              if (second.error().trouble != Trouble::locked) return 2;
              return contains(second.error().where, holder) ? 0 : 3;
          }) == 0);
}

TEST_CASE("the lock goes with its holder") {
    const Scratch state;
    CHECK(in_child([&] {
              const auto ledger = LedgerDirectory::open(state.path);
              if (!ledger) return 1;
              ::kill(::getpid(), SIGKILL);
              return 2;
          }) == 255);
    { CHECK(LedgerDirectory::open(state.path)); }
    CHECK(LedgerDirectory::open(state.path));
}

TEST_CASE("reading does not wait for the lock") {
    const Scratch state;
    state.apply();
    const auto ledger = LedgerDirectory::open(state.path);
    REQUIRE(ledger);
    CHECK(in_child([&] { return read_ledgers(state.path) ? 0 : 1; }) == 0);
}

TEST_CASE("a full disk is an error and leaves whole lines only") {
    const Scratch state;
    state.apply();
    const std::string whole = state.text();
    const std::string xml(4000, 'x');
    CHECK(in_child([&] {
              std::signal(SIGXFSZ, SIG_IGN);
              const rlimit limit{whole.size() + 100, whole.size() + 100};
              auto ledger = LedgerDirectory::open(state.path);
              if (!ledger || ::setrlimit(RLIMIT_FSIZE, &limit) != 0) return 1;
              if (ledger->append("front", DefinitionRecord{{}, xml})) return 2;
              // What still fits is still taken.
              return ledger->append("front", RestoredRecord{}) ? 0 : 3;
          }) == 0);
    CHECK(state.text() == whole + to_line(RestoredRecord{}) + "\n");
}

TEST_CASE("a ledger or state that others may write to is not trusted") {
    const Scratch state;
    state.apply();
    for (const std::string& path : {state.file, state.path + "/ledger", state.path}) {
        CAPTURE(path);
        const auto mode = fs::perms(mode_of(path));
        fs::permissions(path, fs::perms::group_write, fs::perm_options::add);
        CHECK(contains(state.error(), "cannot trust"));
        auto ledger = LedgerDirectory::open(state.path);
        if (ledger) {
            const auto appended = ledger->append("front", CommitRecord{});
            REQUIRE_FALSE(appended);
            CHECK(appended.error().trouble == Trouble::failed);
        } else {
            CHECK(ledger.error().trouble == Trouble::failed);
        }
        fs::permissions(path, mode);
    }
}

TEST_CASE("a ledger, or a folder above it, of somebody else is not trusted") {
    if (!as_root()) return;
    for (const std::string part : {"", "/ledger", "/ledger/front.jsonl"}) {
        CAPTURE(part);
        const Scratch state;
        state.apply();
        REQUIRE(::chown((state.path + part).c_str(), nobody, nobody) == 0);
        CHECK(contains(state.error(), "cannot trust"));
        auto ledger = LedgerDirectory::open(state.path);
        if (ledger) CHECK_FALSE(ledger->append("front", CommitRecord{}));
    }
}

TEST_CASE("a link as a ledger is not followed") {
    const Scratch state;
    state.apply();
    const std::string elsewhere = state.temp.path() + "/elsewhere";
    fs::rename(state.file, elsewhere);
    fs::create_symlink(elsewhere, state.file);
    CHECK(state.error() != "");
    auto ledger = LedgerDirectory::open(state.path);
    REQUIRE(ledger);
    const auto before = fs::file_size(elsewhere);
    CHECK_FALSE(ledger->append("front", CommitRecord{}));
    CHECK(fs::file_size(elsewhere) == before);
}

TEST_CASE("a link in the place of the folder of ledgers or of the lock is not followed") {
    for (const std::string name : {"ledger", "lock"}) {
        CAPTURE(name);
        const Scratch state;
        state.apply();
        const std::string elsewhere = state.temp.path() + "/elsewhere";
        fs::rename(state.path + "/" + name, elsewhere);
        fs::create_symlink(elsewhere, state.path + "/" + name);
        CHECK_FALSE(LedgerDirectory::open(state.path));
        if (name == "ledger") CHECK(state.error() != "");
    }
}

TEST_CASE("a file in the place of a folder is refused") {
    const Scratch state;
    state.apply();
    fs::remove_all(state.path + "/ledger");
    std::ofstream(state.path + "/ledger") << "x";
    CHECK(state.error() != "");
    CHECK_FALSE(LedgerDirectory::open(state.path));
}

TEST_CASE("a state directory in a folder where others may write is not used") {
    const Scratch state;
    state.apply();
    fs::permissions(state.temp.path(), fs::perms(0777));
    const auto opened = LedgerDirectory::open(state.path);
    REQUIRE_FALSE(opened);
    CHECK(contains(opened.error().what, "cannot trust " + state.temp.path()));
    fs::permissions(state.temp.path(), fs::perms(0777) | fs::perms::sticky_bit);
    CHECK(LedgerDirectory::open(state.path));
}

TEST_CASE("every folder above the state counts, and those that a link on the way lies in") {
    const TempDir temp;
    const std::string deep = temp.path() + "/open/a/b/state";
    fs::create_directories(temp.path() + "/open/a/b");
    REQUIRE(LedgerDirectory::open(deep));
    fs::create_symlink(temp.path() + "/open/a", temp.path() + "/link");
    REQUIRE(LedgerDirectory::open(temp.path() + "/link/b/state"));
    fs::permissions(temp.path() + "/open", fs::perms(0777));
    for (const std::string& path : {deep, temp.path() + "/link/b/state"}) {
        const auto opened = LedgerDirectory::open(path);
        REQUIRE_FALSE(opened);
        CHECK(contains(opened.error().what, "cannot trust " + temp.path() + "/open"));
    }
    fs::create_directories(temp.path() + "/closed/b");
    fs::create_symlink(temp.path() + "/closed", temp.path() + "/open/link");
    CHECK_FALSE(LedgerDirectory::open(temp.path() + "/open/link/b/state"));
    CHECK(LedgerDirectory::open(temp.path() + "/closed/b/state"));
}

TEST_CASE("a link as the state directory is not followed") {
    const Scratch state;
    state.apply();
    const std::string link = state.temp.path() + "/link";
    fs::create_symlink(state.path, link);
    for (const std::string& path : {link, link + "/"}) {
        const auto opened = LedgerDirectory::open(path);
        REQUIRE_FALSE(opened);
        CHECK(contains(opened.error().where, "symbolic link"));
        CHECK_FALSE(read_ledgers(path));
    }
}

TEST_CASE("a pipe as a ledger is refused at once") {
    const Scratch state;
    { REQUIRE(LedgerDirectory::open(state.path)); }
    REQUIRE(::mkfifo(state.file.c_str(), 0600) == 0);
    CHECK(in_child([&] {
              ::alarm(5);
              if (state.error().empty()) return 1;
              auto ledger = LedgerDirectory::open(state.path);
              return ledger && !ledger->append("front", CommitRecord{}) ? 0 : 2;
          }) == 0);
}

TEST_CASE("names that lead elsewhere are no ledgers") {
    const Scratch state;
    auto ledger = LedgerDirectory::open(state.path);
    REQUIRE(ledger);
    for (const std::string name : {"../front", "", ".", "a/b", "..", "x\n"})
        CHECK_FALSE(ledger->append(name, CommitRecord{}));
    std::ofstream(state.path + "/ledger/.hidden.jsonl") << "no record\n";
    std::ofstream(state.path + "/ledger/front.jsonl.orig") << "no record\n";
    CHECK(state.error() == "");
}

TEST_CASE("whoever may not read the ledgers is told so") {
    if (!as_root()) return;
    const Scratch state;
    state.apply();
    // What a service manager makes is often open to look into; the ledgers below it are not.
    fs::permissions(state.temp.path(), fs::perms(0755));
    for (const auto mode : {fs::perms(0700), fs::perms(0755)}) {
        fs::permissions(state.path, mode);
        CHECK(in_child([&] {
                  if (::setgid(nobody) != 0 || ::setuid(nobody) != 0) return 1;
                  const auto recorded = read_ledgers(state.path);
                  if (recorded) return 2;
                  return recorded.error().trouble == Trouble::denied ? 0 : 3;
              }) == 0);
    }
}

TEST_CASE("a clock that was set back changes nothing") {
    const Scratch state;
    state.apply();
    state.append(begin_at("1970-01-01T00:00:00Z"));
    state.append(HoldRecord{controller, ours, host});
    state.append(CommitRecord{});
    const auto recorded = read_ledgers(state.path);
    REQUIRE(recorded);
    CHECK(recorded->at("front").committed->time == "1970-01-01T00:00:00Z");
    CHECK(recorded->at("front").entries == std::vector<Entry>{{controller, host, ours, "boot"}});
}
