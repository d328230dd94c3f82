// SPDX-License-Identifier: GPL-2.0-or-later
// No way into the host left: what counts as one, and who may accept it.
#include <doctest/doctest.h>

#include "src/ledger/ledger.hpp"
#include "tests/support/plan_of.hpp"

using namespace ctrlpass;
using namespace ctrlpass::tests;

namespace {

const std::string allow_keyboard = first_controller + "allow = [\"last-keyboard\"]\n";

/// A keyboard below the first controller, and more devices below it.
std::string with_keyboard(const std::string& more_devices = "") {
    return R"("usb":[{"controller":"0000:00:14.0","devices":[{"port":"1-1","id":"1b1c:1b13",
        "interfaces":[{"class":"03","driver":"usbhid","carries":[{"kind":"input","name":"input5",
        "label":"K70","keyboard":true}]}]})" +
           more_devices + "]}]";
}

const std::string usb_network = R"(,{"port":"1-2","id":"0bda:8153","interfaces":[{"class":"ff",
    "driver":"r8152","carries":[{"kind":"net","name":"enx001122334455"}]}]})";
const std::string usb_serial = R"(,{"port":"1-3","id":"0403:6001","interfaces":[{"class":"ff",
    "driver":"ftdi_sio","carries":[{"kind":"serial","name":"ttyUSB0"}]}]})";
const std::string no_ssh = R"(,"sshd":false)";
const std::string no_net = R"(,"net":[])";

std::string last_way_in(const MachineTree& tree) {
    const auto root = Root::open(tree.directory());
    const auto facts = gather_facts(*root, {profile_of(allow_keyboard)}, {}, nullptr);
    REQUIRE(facts.has_value());
    return message(make_plan(*facts), "last-way-in");
}

std::string last_way_in(const std::string& more) { return last_way_in(two_controllers(more)); }

/// A row of /proc/net/tcp or tcp6 that listens.
std::string row(const std::string& address, const std::string& state = "0A") {
    return "head\n   0: " + address + " 00000000:0000 " + state + " 00000000:00000000 0 0 0\n";
}

}  // namespace

TEST_CASE("without a keyboard and any other way in nothing is given away, and all is told") {
    const Plan plan = plan_of(two_controllers(with_keyboard() + no_ssh), allow_keyboard);
    CHECK(plan.is_refused());
    CHECK(message(plan, "last-way-in") ==
          "no way into the host would be left: K70 leaves; there is no serial console; sshd does "
          "not listen");
    CHECK(find(plan, "last-way-in")->subject == "0000:00:14.0");
}

TEST_CASE("sshd over a link that stays is a way in, one that leaves or is down is none") {
    CHECK(last_way_in(with_keyboard()).empty());
    CHECK(last_way_in(with_keyboard(usb_network)).empty());
    CHECK(has(last_way_in(with_keyboard(usb_network) + no_net),
              "sshd listens on port 22, but of the network links enx001122334455 leaves"));
    CHECK(has(last_way_in(with_keyboard() + R"(,"net":[{"name":"eth0","operstate":"down"}])"),
              "no network link is up"));
    CHECK(has(
        last_way_in(with_keyboard() + R"(,"net":[{"name":"br0","below":"sys/devices/virtual"}])"),
        "no network link is up"));
}

TEST_CASE("a link to the BMC leads nowhere") {
    const std::string bmc = R"(,{"controller":"0000:00:15.0","devices":[{"port":"3-1",
        "id":"046b:ffb0","interfaces":[{"class":"02","carries":[{"kind":"net","name":"usb0"}]}]}]}])";
    const std::string both = with_keyboard().substr(0, with_keyboard().size() - 1) + bmc;
    CHECK(has(last_way_in(both + no_net), "no network link is up"));
}

TEST_CASE("a link whose driver tells nothing of its cable counts when it is switched on") {
    const MachineTree tree =
        two_controllers(with_keyboard() + R"(,"net":[{"name":"eth0","operstate":"unknown"}])");
    tree.write("sys/devices/platform/gmac0/net/eth0/flags", "0x1002\n");
    CHECK_FALSE(last_way_in(tree).empty());
    tree.write("sys/devices/platform/gmac0/net/eth0/flags", "0x1003\n");
    CHECK(last_way_in(tree).empty());
}

TEST_CASE("a headless host does not lose its only link either") {
    const std::string only_link = R"("usb":[{"controller":"0000:00:14.0","devices":[)" +
                                  usb_network.substr(1) + "]}]" + no_net;
    CHECK(has(last_way_in(only_link), "there is no keyboard"));
    CHECK(last_way_in(only_link + no_ssh).empty());  // it was no way in before
}

TEST_CASE("a serial console counts unless it leaves as well") {
    const MachineTree tree = two_controllers(with_keyboard(usb_serial) + no_ssh);
    tree.write("sys/devices/platform/serial8250/tty/ttyS0/type", "4\n");
    tree.link("sys/class/tty/ttyS0", "../../devices/platform/serial8250/tty/ttyS0");
    CHECK_FALSE(last_way_in(tree).empty());
    tree.write("sys/class/tty/console/active", "tty0\n");
    CHECK_FALSE(last_way_in(tree).empty());
    tree.write("sys/class/tty/console/active", "tty0 ttyUSB0\n");
    CHECK(has(last_way_in(tree), "of the serial consoles ttyUSB0 leaves"));
    tree.write("sys/class/tty/console/active", "tty0 ttyS0\n");
    CHECK(last_way_in(tree).empty());
}

TEST_CASE("a login that systemd starts on a serial port counts when there is a chip") {
    const MachineTree tree = two_controllers(with_keyboard() + no_ssh);
    tree.write("etc/systemd/system/getty.target.wants/serial-getty@ttyS1.service", "");
    tree.write("sys/devices/platform/serial8250/tty/ttyS1/type", "0\n");
    tree.link("sys/class/tty/ttyS1", "../../devices/platform/serial8250/tty/ttyS1");
    CHECK_FALSE(last_way_in(tree).empty());
    tree.write("sys/devices/platform/serial8250/tty/ttyS1/type", "4\n");
    CHECK(last_way_in(tree).empty());
}

TEST_CASE("sshd is found on the port that its configuration or its socket names") {
    const MachineTree tree = two_controllers(with_keyboard() + no_ssh);
    tree.write("proc/net/tcp", row("00000000:08AE"));  // 2222
    CHECK_FALSE(last_way_in(tree).empty());
    tree.write("etc/ssh/sshd_config", "# Port 22\nport 2222\n");
    CHECK(last_way_in(tree).empty());
    tree.write("etc/ssh/sshd_config", "ListenAddress [::]:2222\n");
    CHECK(last_way_in(tree).empty());
    tree.write("etc/ssh/sshd_config", "ListenAddress fe80::2222\nPasswordAuthentication no\n");
    CHECK_FALSE(last_way_in(tree).empty());
    tree.write("etc/ssh/sshd_config.d/10-port.conf", "Port 2222\n");
    CHECK(last_way_in(tree).empty());
    tree.remove("etc/ssh/sshd_config.d");
    tree.write("etc/systemd/system/ssh.socket.d/port.conf",
               "[Socket]\nListenStream=\nListenStream=0.0.0.0:2222\n");
    CHECK(last_way_in(tree).empty());
}

TEST_CASE("what listens on the loopback only, or does not listen, is no way in") {
    const MachineTree tree = two_controllers(with_keyboard() + no_ssh);
    for (const char* const other : {"0100007F:0016", "00000000:0016 01", "00000000:0050"}) {
        CAPTURE(std::string(other));
        const std::string text = other;
        const auto space = text.find(' ');
        tree.write("proc/net/tcp", space == text.npos
                                       ? row(text)
                                       : row(text.substr(0, space), text.substr(space + 1)));
        CHECK_FALSE(last_way_in(tree).empty());
    }
    tree.write("proc/net/tcp6", row("00000000000000000000000001000000:0016"));
    CHECK_FALSE(last_way_in(tree).empty());
    tree.write("proc/net/tcp6", row("0000000000000000FFFF00000100007F:0016"));
    CHECK_FALSE(last_way_in(tree).empty());
    tree.write("proc/net/tcp6", row("00000000000000000000000000000000:0016"));
    CHECK(last_way_in(tree).empty());
}

TEST_CASE("what cannot be read is no way in, and is said") {
    const MachineTree tree = two_controllers(with_keyboard());
    tree.remove("proc/net");
    CHECK(has(last_way_in(tree), "whether sshd listens is not known"));
}

TEST_CASE("the lock-out guards give way to the command line and to nothing else") {
    const std::string root_disk = R"(,{"port":"1-4","id":"0781:5567","interfaces":[{"class":"08",
        "carries":[{"kind":"disk","name":"sdb","dev":"8:16","mounts":["/"]}]}]})";
    const std::string machine = with_keyboard(root_disk) + no_ssh;
    const Plan guarded = plan_of(two_controllers(machine), allow_keyboard);
    CHECK(guarded.is_refused());
    const Plan taken = plan_of(two_controllers(machine), allow_keyboard, true);
    CHECK_FALSE(taken.is_refused());
    for (const char* const code : {"root-disk", "last-way-in"}) {
        CAPTURE(std::string(code));
        REQUIRE(find(taken, code) != nullptr);
        CHECK(find(taken, code)->accepted);
        CHECK_FALSE(find(guarded, code)->accepted);
        CHECK(has(find(guarded, code)->hint, "--i-may-lock-myself-out"));
        const auto allowed = parse_profile(
            "format = 1\n" + first_controller + "allow = [\"" + code + "\"]\n", "/p/front.toml");
        REQUIRE_FALSE(allowed.has_value());
        CHECK(has(allowed.error().what, "cannot be allowed"));
    }
    // Other refusals stay, and so do consents that the profile does not give.
    CHECK(plan_of(two_controllers(machine), first_controller, true).is_refused());
    CHECK(
        plan_of(two_controllers(machine + R"(,"interrupt_remapping":false)"), allow_keyboard, true)
            .is_refused());
}

TEST_CASE("what was accepted on the command line is in the ledger and does not last") {
    Scene scene(two_controllers(with_keyboard() + no_ssh));
    const Profile profile = profile_of(allow_keyboard);
    REQUIRE(scene.apply({profile})->refused);
    const auto start = scene.snapshot();
    const auto outcome = scene.apply({profile}, true);
    REQUIRE(outcome.has_value());
    CHECK_FALSE(outcome->refused);
    const auto recorded = read_ledgers(scene.state());
    REQUIRE(recorded.has_value());
    CHECK(recorded->at("front").committed->accepted ==
          std::vector<std::string>{"last-keyboard", "last-way-in"});
    REQUIRE(scene.rollback({"front"}).has_value());
    CHECK(scene.snapshot() == start);
    CHECK(scene.apply({profile})->refused);
}
