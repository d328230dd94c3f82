// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/guests/hook_file.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "src/commands/follower.hpp"
#include "src/commands/systemd_service.hpp"
#include "src/ledger/ledger.hpp"
#include "tests/support/run_program.hpp"
#include "tests/support/temp_tree.hpp"

using namespace ctrlpass;
using namespace ctrlpass::tests;

namespace {

namespace fs = std::filesystem;

void script(const std::string& path, const std::string& text) {
    std::ofstream(path) << text;
    fs::permissions(path, fs::perms::owner_all);
}

const std::string taking = "<domain><hostdev managed='yes'/></domain>";
const std::string other = "<domain><hostdev managed='no'/><!-- it's $(plain) --></domain>";

/// The hook beside a ctrlpass that says how it is called and what it is told, and fails.
struct Hooked {
    explicit Hooked(const std::string& state = usual_state) {
        script(folder.path() + "/hook", hook_text(state));
        script(folder.path() + "/ctrlpass", "#!/bin/sh\necho \"$@\"\n/bin/cat\nexit 3\n");
    }
    Run run(const std::string& operation, const std::string& definition,
            const std::string& path) const {
        std::ofstream(folder.path() + "/definition") << definition;
        return run_command("PATH=" + path + " /bin/sh " + folder.path() + "/hook win11 " +
                           operation + " begin - < " + folder.path() + "/definition");
    }
    Run run(const std::string& operation, const std::string& definition = taking) const {
        return run(operation, definition, folder.path() + ":/bin");
    }
    TempDir folder;
};

}  // namespace

TEST_CASE("the hook asks ctrlpass before a start that takes something from the host") {
    const Run ran = Hooked().run("prepare");
    CHECK(ran.output == "hook prepare\n" + taking + "\n");
    CHECK(ran.code == 3);
}

TEST_CASE("a guest for which nothing is taken from the host starts, whatever ctrlpass says") {
    const Run ran = Hooked().run("prepare", other);
    CHECK(ran.output.empty());
    CHECK(ran.code == 0);
}

TEST_CASE("the hook tells ctrlpass of a guest that runs, and that guest goes on in any case") {
    const Run ran = Hooked().run("started", other);
    CHECK(ran.output == "hook started\n" + other);
    CHECK(ran.code == 0);
}

TEST_CASE("the hook lets every other operation pass: a failing reconnect would kill the guest") {
    const Hooked hooked;
    for (const std::string operation : {"start", "stopped", "release", "migrate", "restore",
                                        "reconnect", "attach", "''", "new"}) {
        const Run ran = hooked.run(operation);
        CHECK(ran.code == 0);
        CHECK(ran.output.empty());
    }
}

TEST_CASE("the hook does nothing where ctrlpass is not there any more") {
    CHECK(Hooked().run("prepare", taking, "/nowhere").code == 0);
}

TEST_CASE("the hook names another state directory, as one word") {
    for (const std::string operation : {"prepare", "started"})
        CHECK(Hooked("/srv/my state")
                  .run(operation)
                  .output.starts_with("hook " + operation + " --state /srv/my state\n"));
    CHECK(hook_text("/srv/my state").find("'/srv/my state'") != std::string::npos);
}

TEST_CASE("hooks of others are seen, our own is none of them") {
    TempTree tree;
    CHECK_FALSE(has_other_hook(tree.root()));
    tree.file("etc/libvirt/hooks/qemu.d/ctrlpass", "");
    CHECK_FALSE(has_other_hook(tree.root()));
    tree.file("etc/libvirt/hooks/qemu.d/other", "");
    CHECK(has_other_hook(tree.root()));
}

TEST_CASE("the hook names a state directory with control characters so that sh reads it") {
    for (const std::string state : {"/srv/a\tb", "/srv/it's\x1b\n", "/srv/\xff %d"})
        CHECK(Hooked(state).run("started").output.starts_with("hook started --state " + state +
                                                              "\n"));
}

TEST_CASE("a path is escaped as systemd does it, and read back") {
    for (const std::string path :
         {"/etc/ctrlpass/profiles.d/front.toml", "/home/a b/it's-mine_1.toml", "/.hidden/x:y",
          "/srv/$HOME ${x} %f/a.toml", "/srv/\t\xff\\/a.toml", "/-x/--/a", "/"}) {
        const TempDir folder;
        std::ofstream(folder.path() + "/path", std::ios::binary) << path;
        const Run escaped =
            run_command("systemd-escape --path \"$(cat " + folder.path() + "/path)\"");
        REQUIRE(escaped.code == 0);
        CHECK(instance_of(path) + "\n" == escaped.output);
        CHECK(path_of_instance(instance_of(path)).value() == path);
    }
    for (const std::string wrong : {"", "a/b", "a b", "a\\x", "a\\x00", "a\\xzz", "$HOME"})
        CHECK_FALSE(path_of_instance(wrong).has_value());
}

TEST_CASE("in an argument of a transient unit a dollar is two, and nothing else is another") {
    CHECK(transient_argument("/var/lib/b${NOPE}c") == "/var/lib/b$${NOPE}c");
    CHECK(transient_argument("$$k") == "$$$$k");
    CHECK(transient_argument("%h \\x \"q\"") == "%h \\x \"q\"");
}
