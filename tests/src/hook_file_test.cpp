// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/guests/hook_file.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "src/commands/programs.hpp"
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

/// The hook beside a ctrlpass that says how it is called, and fails.
struct Hooked {
    explicit Hooked(const std::string& state = usual_state) {
        script(folder.path() + "/hook", hook_text(state));
        script(folder.path() + "/ctrlpass", "#!/bin/sh\necho \"$@\"\nexit 3\n");
    }
    Run run(const std::string& operation, const std::string& path) const {
        return run_command("PATH=" + path + " /bin/sh " + folder.path() + "/hook win11 " +
                           operation + " begin -");
    }
    Run run(const std::string& operation) const { return run(operation, folder.path()); }
    TempDir folder;
};

}  // namespace

TEST_CASE("the hook asks ctrlpass before a start and once a guest runs, and ends as it does") {
    const Hooked hooked;
    for (const std::string operation : {"prepare", "started"}) {
        const Run ran = hooked.run(operation);
        CHECK(ran.output == "hook " + operation + "\n");
        CHECK(ran.code == 3);
    }
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
    CHECK(Hooked().run("prepare", "/nowhere").code == 0);
}

TEST_CASE("the hook names another state directory, as one word") {
    CHECK(Hooked("/srv/my state").run("prepare").output == "hook prepare --state /srv/my state\n");
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

TEST_CASE("a path is escaped as systemd does it") {
    for (const std::string path :
         {"/etc/ctrlpass/profiles.d/front.toml", "/home/a b/it's-mine_1.toml", "/.hidden/x:y"}) {
        const Run escaped = run_command("systemd-escape --path \"" + path + "\"");
        REQUIRE(escaped.code == 0);
        CHECK(instance_of(path) + "\n" == escaped.output);
    }
}
