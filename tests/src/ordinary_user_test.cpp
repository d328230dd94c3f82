// SPDX-License-Identifier: GPL-2.0-or-later
// The program itself, run by somebody who is not root: it looks, and says what only root can know.
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/support/plan_of.hpp"
#include "tests/support/run_program.hpp"

using namespace ctrlpass;
using namespace ctrlpass::tests;

namespace {

namespace fs = std::filesystem;

/// A copy of the program, profiles and a state directory where everybody can read, on a machine
/// with a keyboard.
struct Desk {
    TempDir directory;
    std::string program = directory.path() + "/ctrlpass";
    std::string profile = directory.path() + "/front.toml";
    std::string none = directory.path() + "/none.toml";
    MachineTree tree = two_controllers(
        R"("usb":[{"controller":"0000:00:14.0","devices":[{"port":"1-1","id":"1b1c:1b13",
        "interfaces":[{"class":"03","driver":"usbhid","carries":[{"kind":"input","name":"input5",
        "label":"K70","keyboard":true}]}]}]}])");
    std::string root = " --root " + tree.directory();

    Desk() {
        fs::permissions(directory.path(), fs::perms(0755));
        fs::permissions(tree.directory(), fs::perms(0755));
        fs::copy_file(CTRLPASS_BINARY, program);
        fs::permissions(program, fs::perms(0755));
        std::ofstream(profile) << "format = 1\n"
                               << first_controller << "allow = [\"last-keyboard\"]\n";
        std::ofstream(none) << "format = 1\n[[controller]]\naddress = \"ffff:ff:1f.7\"\n";
        for (const std::string& path : {profile, none}) fs::permissions(path, fs::perms(0644));
    }

    /// The first function is with vfio-pci, and there is a process that others may not look into.
    void hide_holders() const {
        tree.link("sys/bus/pci/devices/0000:00:14.0/driver", "../../../bus/pci/drivers/vfio-pci");
        tree.write("dev/vfio/4", "");
        tree.write("proc/77/fd/x", "");
        fs::permissions(tree.directory() + "/proc/77/fd", fs::perms(0700));
    }

    Run run(const std::string& words) const {
        const std::string user =
            ::geteuid() == 0 ? "setpriv --reuid=65534 --regid=65534 --clear-groups " : "";
        return run_command(user + program + " " + words);
    }
};

bool as_root() {
    if (::geteuid() == 0) return true;
    MESSAGE("skipped: only root can make files that others may not read");
    return false;
}

}  // namespace

TEST_CASE("an ordinary user may inspect, check and plan, with the same exit codes") {
    const Desk desk;
    const Run inspect = desk.run("inspect --json" + desk.root);
    CHECK(inspect.code == 0);
    CHECK(nlohmann::json::parse(inspect.output, nullptr, false).is_object());
    CHECK(desk.run("check " + desk.profile).code == 0);
    CHECK(desk.run("check " + desk.directory.path() + "/ctrlpass").code == 2);
    const Run plan = desk.run("plan " + desk.profile + desk.root);
    CHECK(plan.code == 0);
    CHECK(has(plan.output, "nothing can be applied from here"));
    CHECK_FALSE(has(plan.output, "needs-root-to-know"));
    CHECK(desk.run("plan --exit-code " + desk.profile + desk.root).code == 4);
    CHECK(desk.run("plan " + desk.none + desk.root).code == 3);
}

TEST_CASE("an ordinary user is told which facts only root can read") {
    if (!as_root()) return;
    const Desk desk;
    // sshd's configuration, and who holds the group of a function that is with vfio-pci.
    desk.tree.write("etc/ssh/sshd_config", "Port 2222\n");
    fs::permissions(desk.tree.directory() + "/etc/ssh/sshd_config", fs::perms(0600));
    const Run sshd = desk.run("plan " + desk.profile + desk.root);
    CHECK(sshd.code == 0);  // something listens on port 22
    CHECK(has(sshd.output, "needs-root-to-know: only root can read on which ports sshd"));

    desk.hide_holders();
    const Run holders = desk.run("plan " + desk.profile + desk.root);
    CHECK(has(holders.output, "needs-root-to-know: only root can see who holds the VFIO groups"));
    CHECK(has(desk.run("inspect" + desk.root).output, "is known to root only"));
}

TEST_CASE("an ordinary user is told that programs may have devices below the controller open") {
    if (!as_root()) return;
    const Desk desk;
    const MachineTree busy = MachineTree::load("busy-desk");
    fs::permissions(busy.directory(), fs::perms(0755));
    busy.write("proc/77/fd/x", "");
    fs::permissions(busy.directory() + "/proc/77/fd", fs::perms(0700));
    const auto first = [](const std::string& document) {
        const auto json = nlohmann::json::parse(document, nullptr, false);
        REQUIRE(json.is_object());
        for (const auto& one : json["controllers"])
            if (!one["devices"].empty()) return one["address"].get<std::string>();
        return std::string();
    };
    const std::string root = " --root " + busy.directory();
    std::ofstream(desk.profile) << "format = 1\n[[controller]]\naddress = \""
                                << first(desk.run("inspect --json" + root).output) << "\"\n";
    const std::string told = "needs-root-to-know: only root can see who holds the devices below";
    CHECK(has(desk.run("plan " + desk.profile + root).output, told));
    CHECK_FALSE(has(run_command(desk.program + " plan " + desk.profile + root).output, told));
}

TEST_CASE("an ordinary user's doctor goes on past what it may not read, and says what that is") {
    if (!as_root()) return;
    const Desk desk;
    desk.hide_holders();
    desk.tree.write("etc/ssh/sshd_config", "Port 2222\n");
    fs::permissions(desk.tree.directory() + "/etc/ssh/sshd_config", fs::perms(0600));
    desk.tree.write("etc/lvm/backup/vg0", "");
    fs::permissions(desk.tree.directory() + "/etc/lvm", fs::perms(0700));
    const auto doctor = nlohmann::json::parse(
        desk.run("doctor --json " + desk.profile + desk.root).output, nullptr, false);
    REQUIRE(doctor.is_object());
    const auto& checks = doctor["checks"];
    CHECK(std::ranges::any_of(checks, [](const auto& check) {
        return check["check"] == "holders" && check["state"] == "unknown" &&
               has(check["message"], "only root can see who has groups and devices open");
    }));
    CHECK(std::ranges::any_of(doctor["findings"], [](const auto& finding) {
        return finding["code"] == "needs-root-to-know" && finding["subject"] == "sshd";
    }));
}

TEST_CASE("an ordinary user may not read every profile, and check says which") {
    if (!as_root()) return;
    const Desk desk;
    fs::permissions(desk.none, fs::perms(0600));
    const Run check = desk.run("check " + desk.profile + " " + desk.none);
    CHECK(check.code == 2);
    CHECK(has(check.output, desk.none));
    CHECK(has(check.output, "Permission denied"));
}

TEST_CASE("an ordinary user learns that fstab, crypttab and serial numbers are root's") {
    if (!as_root()) return;
    const Desk desk;
    CHECK_FALSE(has(desk.run("plan " + desk.profile + desk.root).output, "needs-root-to-know"));
    for (const std::string table : {"etc/fstab", "etc/crypttab"}) {
        desk.tree.write(table, "");
        fs::permissions(desk.tree.directory() + "/" + table, fs::perms(0600));
        CHECK(has(desk.run("plan " + desk.profile + desk.root).output,
                  "needs-root-to-know: only root can read which disks /" + table + " names"));
    }
    const std::string serial = "sys/bus/pci/devices/0000:00:14.0/serial_number";
    desk.tree.write(serial, "00-11-22-33-44-55-66-77\n");
    fs::permissions(desk.tree.directory() + "/" + serial, fs::perms(0400));
    std::ofstream(desk.profile) << "format = 1\n"
                                << first_controller
                                << "serial = \"00-11-22-33-44-55-66-77\"\n"
                                   "allow = [\"last-keyboard\"]\n";
    const Run plan = desk.run("plan " + desk.profile + desk.root);
    CHECK_MESSAGE(plan.code == 0, plan.output);
    CHECK(has(plan.output, "needs-root-to-know: only root can read the serial numbers"));
    const Run init = desk.run("init --controller 0000:00:14.0" + desk.root);
    CHECK(init.code == 0);
    CHECK(has(init.output, "only root can read the serial number of 0000:00:14.0"));
    // To root it is compared, and what differs is refused.
    const std::string as_root = std::string(CTRLPASS_BINARY) + " ";
    CHECK(run_command(as_root + "plan " + desk.profile + desk.root).code == 0);
    desk.tree.write(serial, "another\n");
    CHECK(run_command(as_root + "plan " + desk.profile + desk.root).code == 3);
    CHECK(desk.run("plan " + desk.profile + desk.root).code == 0);
}

TEST_CASE("an ordinary user is told that the ledger is root's, and plans without it") {
    if (!as_root()) return;
    const Desk desk;
    const std::string state = desk.directory.path() + "/state";
    fs::create_directories(state + "/ledger");
    fs::permissions(state, fs::perms(0700));
    const Run status = desk.run("status --state " + state);
    CHECK(status.code == 1);
    CHECK(has(status.output, "cannot open"));
    // The live machine has no such function; what counts is that nothing falls over.
    const Run plan = desk.run("plan " + desk.none + " --state " + state);
    if (plan.code == 1) {
        MESSAGE("skipped: this machine has no PCI bus");
        return;
    }
    CHECK(plan.code == 3);
    CHECK(has(plan.output, "needs-root-to-know: only root can see what ctrlpass has applied"));
}

TEST_CASE("an ordinary user may look at the live machine") {
    const Desk desk;
    const bool has_bus = fs::exists("/sys/bus/pci/devices");
    const Run inspect = desk.run("inspect");
    CHECK(inspect.code == (has_bus ? 0 : 1));
    CHECK(desk.run("plan " + desk.none).code == (has_bus ? 3 : 1));
}

TEST_CASE("an ordinary user changes nothing, and is told who may") {
    const Desk desk;
    const std::string state = " --state " + desk.directory.path() + "/none";
    for (const std::string& command : {"apply " + desk.profile, std::string("rollback front")}) {
        CAPTURE(command);
        const Run result = desk.run(command + state);
        CHECK(result.code == 1);
        CHECK(has(result.output, "only root may"));
        CHECK(has(result.output, "Nothing was changed."));
    }
    CHECK_FALSE(fs::exists(desk.directory.path() + "/none"));
}
