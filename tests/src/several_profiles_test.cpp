// SPDX-License-Identifier: GPL-2.0-or-later
// Several profiles in one command: each by itself, one document, and the worst exit code.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "iommu/descriptor.hpp"
#include "src/commands/writing.hpp"
#include "tests/support/ledger_files.hpp"
#include "tests/support/run_program.hpp"
#include "tests/support/small_scene.hpp"

using namespace ctrlpass;
using namespace ctrlpass::tests;
using Json = nlohmann::ordered_json;

namespace {

/// Both streams go nowhere as long as it lives.
class Quiet {
  public:
    Quiet() {
        std::fflush(stdout);
        const Descriptor nowhere(::open("/dev/null", O_WRONLY | O_CLOEXEC));
        for (const int stream : {STDOUT_FILENO, STDERR_FILENO}) ::dup2(nowhere.number(), stream);
    }
    Quiet(const Quiet&) = delete;
    Quiet& operator=(const Quiet&) = delete;
    ~Quiet() {
        std::fflush(stdout);
        ::dup2(out_.number(), STDOUT_FILENO);
        ::dup2(error_.number(), STDERR_FILENO);
    }

  private:
    Descriptor out_{::dup(STDOUT_FILENO)};
    Descriptor error_{::dup(STDERR_FILENO)};
};

Result<Outcome> ended_with(int code) {
    Outcome outcome;
    outcome.refused = code == exit_code::refused;
    if (code == exit_code::failed) outcome.report.failure = Error{"cannot do it", {}, {}};
    if (code == exit_code::stuck) outcome.report.stuck.push_back({"front", "binding x", "why"});
    if (code == exit_code::bad_input) return fail("bad profile", {}, {}, Trouble::bad_input);
    return outcome;
}

/// The exit code of transactions that end so, one after the other.
int code_of(const std::vector<int>& codes, bool of_all = true) {
    std::vector<Transaction> transactions;
    for (const int code : codes)
        transactions.push_back({"apply", [code] { return ended_with(code); }, of_all});
    const Quiet quiet;
    return run_transactions(transactions, Console(Options{}),
                            [](const Outcome&) { return std::string(); });
}

/// The document among what a run printed: messages for people stand before it.
Json document_of(const Run& run) {
    const auto begin = run.output.find("{\n");
    return begin == run.output.npos ? Json()
                                    : Json::parse(run.output.substr(begin), nullptr, false);
}

bool can_be_root() {
    if (::geteuid() == 0 && run_command("unshare -m true").code == 0) return true;
    MESSAGE("skipped: only root can have an /etc of its own");
    return false;
}

}  // namespace

TEST_CASE("the exit code of several profiles is the worst of 5, 1, 3 and 0, in any order") {
    CHECK(code_of({0, 0}) == 0);
    CHECK(code_of({3, 0}) == 3);
    CHECK(code_of({0, 3}) == 3);
    CHECK(code_of({1, 3, 0}) == 1);
    CHECK(code_of({3, 1}) == 1);
    CHECK(code_of({1, 5, 3}) == 5);
    CHECK(code_of({5, 0}) == 5);
}

TEST_CASE("a bad profile among all is a failure however many there are, by name it is bad input") {
    CHECK(code_of({2}, false) == 2);
    CHECK(code_of({2}) == 1);
    CHECK(code_of({2, 2}) == 1);
    CHECK(code_of({2, 0}) == 1);
    CHECK(code_of({3, 2}) == 1);
    CHECK(code_of({2, 5}) == 5);
}

TEST_CASE("apply --all tells of every profile, does each by itself, and has one document") {
    if (!can_be_root()) return;
    const TempDir directory;
    std::ofstream(directory.path() + "/none.toml")
        << "format = 1\n[[controller]]\naddress = \"ffff:ff:1f.7\"\n";
    std::ofstream(directory.path() + "/void.toml")
        << "format = 1\n[[controller]]\naddress = \"ffff:ff:1f.6\"\n";
    // An /etc with nothing but these, for this one process.
    const auto apply_all = [&](const std::string& words) {
        return run_command(
            "unshare -m sh -c 'mount -t tmpfs -o mode=755 none /etc && "
            "mkdir -p /etc/ctrlpass/profiles.d && cp " +
            directory.path() + "/*.toml /etc/ctrlpass/profiles.d && " + CTRLPASS_BINARY +
            " apply --all --state " + directory.path() + "/state " + words + "'");
    };
    const Run refused = apply_all("--json");
    if (has(refused.output, "sys/bus/pci")) {
        MESSAGE("skipped: this machine has no PCI bus");
        return;
    }
    CHECK_MESSAGE(refused.code == 3, refused.output);
    const Json json = document_of(refused);
    REQUIRE_MESSAGE(json.is_object(), refused.output);
    CHECK(json["profiles"] == Json{"none", "void"});
    CHECK(json["findings"][0]["profile"] == "none");
    CHECK(json["findings"][1]["profile"] == "void");
    CHECK(json["changed"] == false);

    std::ofstream(directory.path() + "/bad.toml") << "format = 2\n";
    const Run bad = apply_all("");
    CHECK_MESSAGE(bad.code == 1, bad.output);
    CHECK(has(bad.output, "format 2 is not known"));
    CHECK(has(bad.output, "ffff:ff:1f.7"));
    CHECK(has(bad.output, "ffff:ff:1f.6"));
}

TEST_CASE("plan wants names: --all is for what changes something") {
    const Run plan = run_command(std::string(CTRLPASS_BINARY) + " plan --all");
    CHECK(plan.code == 2);
    CHECK(has(plan.output, "unknown option '--all'"));
}

TEST_CASE("rollback --all goes on after a profile that is stuck, and exits 5") {
    if (::geteuid() != 0) return;
    const TempDir directory;
    const LedgerFiles ledgers(directory.path() + "/state");
    const DomainRef gone{"test:///nowhere.xml", "5a1d0b2e-0000-4000-8000-000000000001", "win11"};
    ledgers.apply("front", "this boot", HostdevSetting{gone, *parse_address("ffff:ff:1f.7")},
                  std::optional<std::string>(), std::optional<std::string>("<hostdev/>"));
    ledgers.apply("rear", "another boot", BindingSetting{*parse_address("ffff:ff:1f.6")},
                  Binding{"xhci_hcd", {}}, Binding{"vfio-pci", "vfio-pci"});
    const Run rollback = run_command(std::string(CTRLPASS_BINARY) + " rollback --all --json" +
                                     ledgers.option() + " 2>/dev/null | cat");
    const Json json = document_of(rollback);
    REQUIRE_MESSAGE(json.is_object(), rollback.output);
    std::vector<std::string> members;
    for (const auto& [key, value] : json.items()) members.push_back(key);
    members.resize(9);
    CHECK(members == std::vector<std::string>{"format", "command", "profiles", "changes",
                                              "findings", "done", "restored", "stuck", "changed"});
    CHECK(json["command"] == "rollback");
    REQUIRE(json["stuck"].size() == 1);
    CHECK(json["stuck"][0]["setting"] == "hostdev win11 ffff:ff:1f.7");
    CHECK(json["stuck"][0]["reason"].is_string());
    const Run again =
        run_command(std::string(CTRLPASS_BINARY) + " rollback --all" + ledgers.option());
    CHECK_MESSAGE(again.code == 5, again.output);
    CHECK(has(run_command(std::string(CTRLPASS_BINARY) + " status rear" + ledgers.option()).output,
              "not applied"));
}

namespace {

/// ctrlpass with an /etc of its own: what `prepare` makes of /etc/ctrlpass/profiles.d.
Run with_profiles(const TempDir& directory, const std::string& prepare, const std::string& words) {
    return run_command(
        "unshare -m sh -c 'mount -t tmpfs -o mode=755 none /etc && "
        "mkdir -p /etc/ctrlpass/profiles.d && cd /etc/ctrlpass/profiles.d && " +
        prepare + " && exec " + CTRLPASS_BINARY + " " + words + " --state " + directory.path() +
        "/state'");
}

}  // namespace

TEST_CASE("with --all and at boot a bad or unsafe profile counts as 1, one alone as well") {
    if (!can_be_root()) return;
    const TempDir directory;
    const std::string bad = "echo format = 9 > ";
    for (const char* const words : {"apply --all", "apply --all --boot"}) {
        CAPTURE(words);
        CHECK(with_profiles(directory, bad + "a.toml", words).code == 1);
        CHECK(with_profiles(directory, bad + "a.toml && cp a.toml b.toml", words).code == 1);
        CHECK(with_profiles(directory, bad + "a.toml && chmod 666 a.toml", words).code == 1);
        CHECK(with_profiles(directory, bad + "a.toml && chown 12345 a.toml", words).code == 1);
    }
    CHECK(with_profiles(directory, bad + "a.toml", "apply a").code == 2);
    CHECK(with_profiles(directory, "true", "apply --all").code == 2);
    CHECK(with_profiles(directory, "true", "apply --all --boot").code == 0);
}

TEST_CASE("of a folder of profiles that others may change nothing is read") {
    if (!can_be_root()) return;
    const TempDir directory;
    const std::string good =
        "printf \"format = 1\\n[[controller]]\\naddress = \\\"ffff:ff:1f.7\\\"\\n\" > a.toml && ";
    for (const char* const words : {"apply --all", "apply --all --boot"}) {
        CAPTURE(words);
        for (const char* const prepare :
             {"chmod 777 .", "chmod 775 .", "chown 12345 .", "chmod 777 ..", "chown 12345 ..",
              "cd .. && mv profiles.d away && ln -s away profiles.d && chmod 777 away",
              "cd .. && mkdir -m 777 open && mv profiles.d open && ln -s open/profiles.d "
              "profiles.d"}) {
            const Run run = with_profiles(directory, good + prepare, words);
            CHECK_MESSAGE(run.code == 2, run.output);
            CHECK_MESSAGE(has(run.output, "cannot trust /etc/ctrlpass/profiles.d"), run.output);
            CHECK_FALSE(has(run.output, "ffff:ff:1f.7"));
        }
        // A folder like /tmp, and a link between folders of root's alone.
        for (const char* const prepare :
             {"chmod 1777 .", "cd .. && mv profiles.d x && ln -s x profiles.d"}) {
            const Run run = with_profiles(directory, good + prepare, words);
            CHECK_FALSE(has(run.output, "cannot trust /etc/ctrlpass/profiles.d"));
        }
    }
}

TEST_CASE("an unsafe folder is told in the document, too") {
    if (!can_be_root()) return;
    const TempDir directory;
    const Json json =
        document_of(with_profiles(directory, "chmod 777 .", "apply --all --json 2>/dev/null"));
    REQUIRE(json.is_object());
    CHECK(json["error"]["what"] == "cannot trust /etc/ctrlpass/profiles.d");
    CHECK(json["changed"] == false);
}
