// SPDX-License-Identifier: GPL-2.0-or-later
// The program itself: exit codes, documents and messages, on captured machines and bad input.
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "src/ledger/record.hpp"
#include "tests/support/machine_tree.hpp"
#include "tests/support/run_program.hpp"
#include "tests/support/temp_tree.hpp"

using namespace ctrlpass;
using ctrlpass::tests::Run;
using ctrlpass::tests::run_command;
using ctrlpass::tests::TempDir;

namespace {

/// Runs ctrlpass with these words, by a shell.
Run run(const std::string& words) {
    return run_command(std::string(CTRLPASS_BINARY) + " " + words);
}

bool has(const Run& run, const std::string& text) {
    return run.output.find(text) != std::string::npos;
}

std::string write(const TempDir& directory, const std::string& name, const std::string& text) {
    const std::string path = directory.path() + "/" + name;
    std::ofstream(path, std::ios::binary) << text;
    return path;
}

/// A profile for the second card of the machine x470, and the machine.
struct Desk {
    TempDir directory;
    MachineTree tree = MachineTree::load("x470");
    std::string root = " --root " + tree.directory();
    std::string profile =
        write(directory, "front.toml", "format = 1\n[[controller]]\naddress = \"0000:30:00.4\"\n");
};

/// A state directory with one ledger of this text.
std::string state_with(const TempDir& directory, const std::string& ledger) {
    const std::string state = directory.path() + "/state";
    std::filesystem::create_directories(state + "/ledger");
    ::chmod(state.c_str(), 0700);
    ::chmod((state + "/ledger").c_str(), 0700);
    std::ofstream(state + "/ledger/front.jsonl", std::ios::binary) << ledger;
    ::chmod((state + "/ledger/front.jsonl").c_str(), 0600);
    return " --state " + state;
}

}  // namespace

TEST_CASE("plan exits 0, 4 with --exit-code, 3 when refused and 2 for a bad profile") {
    const Desk desk;
    CHECK(run("plan " + desk.profile + desk.root).code == 0);
    CHECK(run("plan --exit-code " + desk.profile + desk.root).code == 4);
    const auto other = write(desk.directory, "none.toml",
                             "format = 1\n[[controller]]\naddress = \"0000:77:00.0\"\n");
    const Run refused = run("plan " + other + desk.root);
    CHECK(refused.code == 3);
    CHECK(has(refused, "no-such-controller"));
    CHECK(run("plan " + write(desk.directory, "bad.toml", "format = 2\n") + desk.root).code == 2);
}

TEST_CASE("plan creates no file") {
    const Desk desk;
    const std::string state = desk.directory.path() + "/none";
    CHECK(run("plan " + desk.profile + desk.root + " --state " + state).code == 0);
    CHECK_FALSE(std::filesystem::exists(state));
}

TEST_CASE("rollback of what was never applied makes no state directory") {
    const Desk desk;
    const std::string state = desk.directory.path() + "/none";
    const Run unknown = run("rollback front --state " + state);
    CHECK(unknown.code == 2);
    CHECK(has(unknown, "no profile front was ever applied"));
    const Run all = run("rollback --all --json --state " + state);
    CHECK(all.code == 0);
    CHECK(has(all, "\"command\": \"rollback\""));
    CHECK_FALSE(std::filesystem::exists(state));
}

TEST_CASE("of several profiles each finding names its own, and the same of several is said once") {
    const Desk desk;
    const auto other = write(desk.directory, "none.toml",
                             "format = 1\n[[controller]]\naddress = \"0000:77:00.0\"\n"
                             "[[controller]]\naddress = \"0000:77:00.1\"\n");
    const Run both = run("plan " + desk.profile + " " + other + desk.root);
    CHECK(has(both,
              "no-such-controller in none: there is no function at 0000:77:00.0, 0000:77:00.1"));
    CHECK(has(run("plan " + other + desk.root), "no-such-controller: there is no function"));
}

TEST_CASE("every document begins with format and command") {
    const Desk desk;
    for (const std::string& words :
         {"inspect --json" + desk.root, "plan --json " + desk.profile + desk.root,
          "check --json " + desk.profile, "status --json --state " + desk.directory.path() + "/no",
          "init --json --controller 0000:30:00.4" + desk.root}) {
        CAPTURE(words);
        const Run result = run(words);
        CHECK(result.code == 0);
        const auto json = nlohmann::ordered_json::parse(result.output, nullptr, false);
        REQUIRE(json.is_object());
        CHECK(json.begin().key() == "format");
        CHECK(json["format"] == 1);
        CHECK(json["command"] == words.substr(0, words.find(' ')));
    }
}

TEST_CASE("plan's document has the members of the contract") {
    const Desk desk;
    const auto json = nlohmann::ordered_json::parse(
        run("plan --json " + desk.profile + desk.root).output, nullptr, false);
    REQUIRE(json["changes"].size() == 2);
    const auto& change = json["changes"][1];
    CHECK(change["setting"] == "binding 0000:30:00.4");
    CHECK(change["kind"] == "binding");
    CHECK(change["subject"] == "0000:30:00.4");
    CHECK(change["before"]["driver"] == "xhci_hcd");
    CHECK(change["before"]["override"].is_null());
    CHECK(change["after"]["driver"] == "vfio-pci");
    CHECK(json["findings"].is_array());
}

TEST_CASE("what init writes is a profile that plan understands") {
    const Desk desk;
    const std::string made = desk.directory.path() + "/made.toml";
    CHECK(run("init --controller 0000:30:00.4" + desk.root + " > " + made).code == 0);
    CHECK(run("check " + made).code == 0);
    CHECK(run("plan " + made + desk.root).code == 0);
    CHECK(
        run("init --controller 0000:30:00.4" + desk.root).output.starts_with("#:schema file:///"));
    CHECK(run("init --controller 30:00.4" + desk.root).code == 2);
    CHECK(run("init --controller 0000:77:00.0" + desk.root).code == 1);
}

TEST_CASE("bad profiles exit 2 with their place and one clear message") {
    const TempDir directory;
    const std::vector<std::pair<std::string, std::string>> bad{
        {"format = 1\nadress = 1\n", ":2:1"},
        {"", "'format' is missing"},
        {"format = 1\nformat = 1\n", ":2:"},
        {"\xff\xfe", "bad.toml:"},
        {"format = 1\n[[controller]]\naddress = \"0a:00.3\"\n", ":3:11"},
        {std::string(10U << 20U, '#'), "longer than 1 MiB"},
    };
    for (const auto& [text, message] : bad) {
        const Run result = run("check " + write(directory, "bad.toml", text));
        CHECK(result.code == 2);
        CHECK_MESSAGE(has(result, message), result.output);
    }
    CHECK(run("check " + directory.path() + "/none.toml").code == 2);
    CHECK(run("plan none-of-this-name").code == 2);
}

TEST_CASE("usage errors exit 2") {
    for (const char* const words :
         {"", "aply x", "plan", "apply", "inspect --color sometimes", "plan x --jsn",
          "inspect extra", "apply x --root /x", "apply --all --i-may-lock-myself-out",
          "rollback x --i-may-lock-myself-out", "apply x --deadline 0", "apply x --deadline soon",
          "plan x --confirm-within 60", "apply x --confirm-within -1", "confirm --all",
          "rollback x --unconfirmed t"}) {
        CAPTURE(std::string(words));
        CHECK(run(words).code == 2);
    }
}

TEST_CASE("terminal escapes from a profile are not passed on") {
    const TempDir directory;
    const Run result =
        run("check " + write(directory, "bad.toml", "format = 1\n\"\\u001b[31mX\" = 1\n"));
    CHECK(result.code == 2);
    CHECK_FALSE(has(result, "\x1b"));
}

TEST_CASE("a device's name cannot write to the terminal") {
    auto machine = machine_description("x470");
    for (auto& tree : machine["usb"])
        for (auto& device : tree["devices"]) device["product"] = "Evil\x1b]0;owned\x07";
    const MachineTree tree = MachineTree::from(machine);
    const Run result = run("inspect --root " + tree.directory());
    CHECK(result.code == 0);
    CHECK(has(result, "Evil\\x1b]0;owned\\x07"));
    CHECK_FALSE(has(result, "\x1b"));
}

TEST_CASE("ledgers that cannot be understood are told, and nothing is touched") {
    const std::string begin = to_line(BeginRecord{.transaction = "t", .time = "now", .boot = "b"});
    const std::vector<std::pair<std::string, std::string>> bad{
        {"not json\n", "front.jsonl:1"},
        {begin + "\n{\"record\":\"dance\"}\n", "front.jsonl:2"},
        {"{\"record\":\"begin\",\"format\":2}\n", "newer ctrlpass"},
        {"{\"record\":\"commit\"}\n", "beginning is lost"},
        {std::string("\0\0\0\n", 4), "front.jsonl:1"},
    };
    for (const auto& [ledger, message] : bad) {
        const TempDir directory;
        const std::string state = state_with(directory, ledger);
        for (const std::string command : {"status", "rollback front"}) {
            const Run result = run(command + state);
            CHECK(result.code == 1);
            CHECK_MESSAGE(has(result, message), result.output);
        }
        std::ifstream file(directory.path() + "/state/ledger/front.jsonl", std::ios::binary);
        CHECK(std::string(std::istreambuf_iterator<char>(file), {}) == ledger);
    }
}

TEST_CASE("the same name from another folder than recorded is refused by reading commands too") {
    const Desk desk;
    BeginRecord begin{.transaction = "t", .time = "now", .boot = "b"};
    begin.profile_path = "/elsewhere/front.toml";
    const std::string state =
        state_with(desk.directory, to_line(begin) + "\n" + to_line(CommitRecord{}) + "\n");
    for (const std::string command : {"plan ", "doctor "}) {
        const Run other = run(command + desk.profile + state);
        CHECK(other.code == 2);
        CHECK_MESSAGE(has(other, "another profile is applied under the name front"), other.output);
    }
}

TEST_CASE("rollback --dry-run tells and leaves the ledger as it is") {
    if (::geteuid() != 0) {
        MESSAGE("skipped: only root can roll back");
        return;
    }
    const TempDir directory;
    const BeginRecord begin{.transaction = "t", .time = "now", .boot = "b"};
    const std::string ledger = to_line(begin) + "\n" + to_line(CommitRecord{}) + "\n";
    const std::string state = state_with(directory, ledger);
    const Run told = run("rollback --dry-run front" + state);
    CHECK_MESSAGE(told.code == 0, told.output);
    CHECK_MESSAGE(has(told, "no changes. Nothing was done."), told.output);
    CHECK(has(run("rollback --dry-run front --json" + state), "\"command\": \"rollback\""));
    std::ifstream file(directory.path() + "/state/ledger/front.jsonl", std::ios::binary);
    CHECK(std::string(std::istreambuf_iterator<char>(file), {}) == ledger);
    CHECK(run("rollback front" + state).code == 0);
    CHECK(std::filesystem::file_size(directory.path() + "/state/ledger/front.jsonl") >
          ledger.size());
}

TEST_CASE(
    "rollback --dry-run tells what would be stuck as the rollback itself would, and its exit") {
    if (::geteuid() != 0) {
        MESSAGE("skipped: only root can roll back");
        return;
    }
    const TempDir directory;
    // No libvirt is behind this URI.
    const DomainRef nowhere{"test:///nowhere/at/all", "3f2a", "win11"};
    const HostdevSetting hostdev{nowhere, {}};
    const State xml = std::optional<std::string>{"<hostdev/>"};
    const State none = std::optional<std::string>{};
    const BeginRecord begin{.transaction = "t", .time = "now", .boot = "b"};
    const std::string state = state_with(
        directory, to_line(begin) + "\n" + to_line(IntentRecord{hostdev, none, none, xml, true}) +
                       "\n" + to_line(DoneRecord{hostdev}) + "\n" + to_line(CommitRecord{}) + "\n");
    const Run told = run("rollback --dry-run front --json" + state);
    CHECK_MESSAGE(told.code == 5, told.output);
    CHECK_MESSAGE(has(told, "\"setting\": \"hostdev win11 0000:00:00.0\""), told.output);
    CHECK(run("rollback front" + state).code == 5);
}

TEST_CASE("plan --as judges a draft as if it were in its place") {
    const Desk desk;
    BeginRecord begin{.transaction = "t", .time = "now", .boot = "b"};
    begin.profile_path = "/elsewhere/front.toml";
    const std::string plan =
        "plan " + desk.profile +
        state_with(desk.directory, to_line(begin) + "\n" + to_line(CommitRecord{}) + "\n");
    const Run draft = run(plan + " --as /elsewhere/front.toml");
    CHECK_MESSAGE(draft.code != 2, draft.output);
    CHECK(!has(draft, "another profile is applied"));
    CHECK_MESSAGE(has(draft, "ctrlpass plan /elsewhere/front.toml"), draft.output);
    const Run renamed = run(plan + " --as /elsewhere/rear.toml");
    CHECK(renamed.code == 2);
    CHECK_MESSAGE(has(renamed, "--as needs the path of front.toml"), renamed.output);
    const std::string rear = write(desk.directory, "rear.toml",
                                   "format = 1\n[[controller]]\naddress = \"0000:30:00.4\"\n");
    const Run several = run(plan + " " + rear + " --as /elsewhere/front.toml");
    CHECK(several.code == 2);
    CHECK_MESSAGE(has(several, "--as is for one profile"), several.output);
}

TEST_CASE("plan tells of an apply that was interrupted") {
    const Desk desk;
    const BeginRecord begin{.transaction = "t", .time = "noon", .boot = "b"};
    const std::string state = state_with(desk.directory, to_line(begin) + "\n");
    const Run plan = run("plan " + desk.profile + state);
    CHECK_MESSAGE(has(plan, "an apply of front is unfinished (noon): apply puts it back first"),
                  plan.output);
}

TEST_CASE("a torn last line is no error: its record never counted") {
    const TempDir directory;
    const std::string begin = to_line(BeginRecord{.transaction = "t", .time = "now", .boot = "b"});
    const Run result = run("status" + state_with(directory, begin + "\n{\"record\":\"int"));
    CHECK(result.code == 0);
    CHECK(has(result, "an apply was interrupted"));
}

TEST_CASE("a ledger that is a FIFO, a link or others' is refused, not waited for") {
    const TempDir directory;
    const std::string state = state_with(directory, "");
    const std::string ledger = directory.path() + "/state/ledger/front.jsonl";
    std::filesystem::remove(ledger);
    REQUIRE(::mkfifo(ledger.c_str(), 0600) == 0);
    CHECK(run("status" + state).code == 1);
    std::filesystem::remove(ledger);
    std::filesystem::create_symlink("/etc/passwd", ledger);
    CHECK(run("status" + state).code == 1);
    std::filesystem::remove(ledger);
    ::chmod((directory.path() + "/state/ledger").c_str(), 0777);
    const Run open = run("rollback front" + state);
    CHECK(open.code == 1);
    CHECK(has(open, "cannot trust"));
}

TEST_CASE("output that does not arrive is an error") {
    const Desk desk;
    CHECK(run("init --controller 0000:30:00.4" + desk.root + " > /dev/full").code == 1);
}

TEST_CASE("two ctrlpass do not work at once") {
    if (::geteuid() != 0) {
        MESSAGE("skipped: only root can lock the state");
        return;
    }
    const TempDir directory;
    const std::string state = state_with(directory, "");
    const Run result =
        run("--version && flock --version >/dev/null && python3 -c '"
            "import fcntl,subprocess,sys;f=open(sys.argv[1],\"w\");"
            "fcntl.lockf(f,fcntl.LOCK_EX);"
            "sys.exit(subprocess.call(sys.argv[2:]))' " +
            directory.path() + "/state/lock " + CTRLPASS_BINARY + " rollback front" + state);
    CHECK(result.code == 6);
    CHECK(has(result, "another ctrlpass is at work"));
}

TEST_CASE("confirm says why there is nothing to keep") {
    if (::geteuid() != 0) {
        MESSAGE("skipped: only root can confirm");
        return;
    }
    const auto confirm = [](const std::string& ledger, const std::string& words) {
        const TempDir directory;
        const std::string state = ledger.empty() ? " --state " + directory.path() + "/none"
                                                 : state_with(directory, ledger);
        return run("confirm " + words + state);
    };
    const auto lines = [](const std::vector<Record>& records) {
        std::string text;
        for (const Record& record : records) text += to_line(record) + "\n";
        return text;
    };
    std::ifstream file("/proc/sys/kernel/random/boot_id");
    std::string boot;
    std::getline(file, boot);
    const auto begun = [](const std::string& in) {
        return BeginRecord{.transaction = "t", .time = "now", .boot = in, .pending = true};
    };
    struct Case {
        std::string ledger;
        std::string words;
        int code;
        std::string message;
    };
    const WaitRecord long_ago{1};
    const std::string kept = lines({begun(boot), long_ago, CommitRecord{}});
    for (const Case& each : {
             Case{"", "", 1, "nothing waits to be confirmed"},
             Case{"", "front", 2, "no profile front was ever applied"},
             Case{kept, "frnt", 2, "Did you mean 'front'?"},
             Case{kept, "front", 1, "it does not wait for that"},
             Case{kept, "", 1, "nothing waits to be confirmed"},
             Case{lines({begun("another"), WaitRecord{1 << 30}}), "front", 1,
                  "the machine was rebooted since"},
             Case{lines({begun(boot), long_ago}), "", 1, "its time is over: it is put back"},
         }) {
        const Run result = confirm(each.ledger, each.words);
        CHECK_MESSAGE(result.code == each.code, result.output);
        CHECK_MESSAGE(has(result, each.message), result.output);
    }
    const TempDir directory;
    const std::string state =
        state_with(directory, lines({begun(boot), WaitRecord{std::int64_t{1} << 40U}}));
    const Run json = run("confirm --json" + state);
    CHECK_MESSAGE(json.code == 0, json.output);
    const auto document = nlohmann::ordered_json::parse(json.output, nullptr, false);
    REQUIRE(document.is_object());
    CHECK(document["profiles"] == nlohmann::ordered_json{"front"});
    CHECK(run("confirm front" + state).code == 1);
}

TEST_CASE("an armed way back whose transaction was kept or is not there ends at once") {
    if (::geteuid() != 0) {
        MESSAGE("skipped: only root can roll back");
        return;
    }
    const TempDir directory;
    const std::string begin =
        to_line(BeginRecord{.transaction = "t", .time = "now", .boot = "b", .pending = true});
    const std::string ledger = begin + "\n" + to_line(CommitRecord{}) + "\n";
    const std::string state = state_with(directory, ledger);
    for (const char* const transaction : {"t", "never-was"}) {
        const Run result = run(std::string("rollback --unconfirmed ") + transaction + state);
        CHECK_MESSAGE(result.code == 0, result.output);
        CHECK(result.output.empty());
    }
    std::ifstream file(directory.path() + "/state/ledger/front.jsonl", std::ios::binary);
    CHECK(std::string(std::istreambuf_iterator<char>(file), {}) == ledger);
}

TEST_CASE("what is given up on the command line cannot be given up in a profile") {
    const TempDir directory;
    for (const char* const text :
         {"format = 1\nallow = [\"i-may-lock-myself-out\"]\n",
          "format = 1\ni-may-lock-myself-out = true\n", "format = 1\nallow = [\"last-way-in\"]\n",
          "format = 1\nallow = [\"root-disk\"]\n"}) {
        const Run result = run("check " + write(directory, "front.toml", text));
        CHECK_MESSAGE(result.code == 2, result.output);
        CHECK(has(result, "front.toml:2:"));
    }
}

TEST_CASE("doctor exits 0, 4 or 3 by what it finds on a captured machine") {
    const auto doctor = [](const nlohmann::ordered_json& machine) {
        const MachineTree tree = MachineTree::from(machine);
        return run("doctor --root " + tree.directory());
    };
    auto machine = machine_description("b550-itx");
    machine["modules"] = {"vfio_pci", "vfio_iommu_type1"};
    machine["files"]["dev/vfio/vfio"] = "";
    const Run sound = doctor(machine);
    CHECK_MESSAGE(sound.code == 0, sound.output);
    machine["files"]["etc/modprobe.d/a.conf"] = "options vfio-pci ids=1b21:1242\n";
    const Run warned = doctor(machine);
    CHECK_MESSAGE(warned.code == 4, warned.output);
    machine["iommu"] = "off-in-firmware";
    const Run stopped = doctor(machine);
    CHECK_MESSAGE(stopped.code == 3, stopped.output);
}

TEST_CASE("init --from writes the profile with new pins, or exits 3 and writes nothing") {
    const Desk desk;
    const std::string text =
        "format = 1\nallow = [\"no-reset\"]\n[[controller]]\npath = \"PCI0/02.1/00.2/09.0/00.4\"\n"
        "address = \"0000:31:00.4\"\nid = \"1b21:1242\"\n";
    const std::string old = write(desk.directory, "old.toml", text);
    const std::string made = desk.directory.path() + "/made.toml";
    CHECK(run("init --from " + old + desk.root).code == 0);
    run("init --from " + old + desk.root + " 2>/dev/null | tee " + made);
    CHECK(run("plan " + made + desk.root + " --json").code == 0);
    CHECK(has(run("init --from " + old + desk.root), "path      = \"PCI0/02.1/00.2/02.0/00.0\""));
    CHECK(has(run("init --from " + old + desk.root), "allow = [\"no-reset\"]"));
    CHECK(has(run("init --from " + old + desk.root), "#:schema file:///"));
    const std::string own =
        write(desk.directory, "own.toml", "# Mine.\n#:schema ./s.json\n" + text);
    CHECK(has(run("init --from " + own + desk.root), "#:schema ./s.json\nformat = 1\n"));
    CHECK_FALSE(has(run("init --from " + own + desk.root), "file:///"));
    CHECK(has(run("init --from " + old + desk.root), "0000:31:00.4 is now 0000:26:00.0"));

    const std::string gone =
        write(desk.directory, "gone.toml",
              "format = 1\n[[controller]]\npath = \"PCI0/09.0\"\nid = \"1234:5678\"\n");
    const Run refused = run("init --from " + gone + desk.root);
    CHECK(refused.code == 3);
    CHECK(has(refused, "no-such-controller"));
    CHECK_FALSE(has(refused, "[[controller]]"));
    const auto json = nlohmann::ordered_json::parse(
        run("init --json --from " + gone + desk.root + " 2>/dev/null | cat").output, nullptr,
        false);
    REQUIRE(json.is_object());
    CHECK(json["profile"].is_null());
    CHECK(json["findings"][0]["code"] == "no-such-controller");
    CHECK(run("init --from " + gone + " --controller 0000:26:00.0" + desk.root).code == 0);
    CHECK(run("init --from " + gone + " --controller 26:00.0" + desk.root).code == 2);
    CHECK(run("init --from " + gone + " --vm x" + desk.root).code == 2);
    CHECK(run("init" + desk.root).code == 2);
}
