// SPDX-License-Identifier: GPL-2.0-or-later
// What the host would lose with a controller: disks, network links, what programs have open.
#include <doctest/doctest.h>

#include <algorithm>

#include "iommu/read_host.hpp"
#include "src/findings/judge.hpp"
#include "src/plan/gather.hpp"
#include "tests/support/scene.hpp"

using namespace ctrlpass;
using namespace ctrlpass::tests;

namespace {

/// One xHCI with these interfaces on a device at port 1-1; `more` adds to the machine.
Scene scene_with(const std::string& interfaces, const std::string& more = "") {
    return Scene(MachineTree::from(
        R"({"roots":{"pci0000:00":"\\_SB_.PC00"},"drivers":["vfio-pci"],"functions":[
        {"address":"0000:00:14.0","path":"sys/devices/pci0000:00/0000:00:14.0","class":"0c0330",
         "id":"8086:a36d","driver":"xhci_hcd","group":4}],
        "usb":[{"controller":"0000:00:14.0","devices":[{"port":"1-1","id":"0781:5567","devnum":4,
         "product":"Some\u001bThing","interfaces":[)" +
        interfaces + "]}]}]" + more + "}"));
}

/// A partition sdb1 with these members.
Scene disk_with(const std::string& members, const std::string& more = "") {
    return scene_with(R"({"class":"08","carries":[{"kind":"disk","name":"sdb","dev":"8:16",
        "partitions":[{"name":"sdb1","dev":"8:17")" +
                          members + "}]}]}",
                      more);
}

Profile profile_with(const std::string& allow = "") {
    const auto profile = parse_profile(
        "format = 1\n[[controller]]\naddress = \"0000:00:14.0\"\nallow = [" + allow + "]\n",
        "/p/front.toml");
    REQUIRE_MESSAGE(profile.has_value(), profile.error().what);
    return *profile;
}

std::vector<Finding> findings(Scene scene) { return scene.plan({profile_with()}).findings; }

/// "code: message" of each.
std::vector<std::string> told(const std::vector<Finding>& findings) {
    std::vector<std::string> texts;
    for (const Finding& finding : findings) texts.push_back(finding.code + ": " + finding.message);
    return texts;
}

std::string hint(const std::vector<Finding>& findings) {
    return findings.empty() ? "" : findings.front().hint;
}

using Texts = std::vector<std::string>;

const std::string dm = R"(,"disks":[{"name":"dm-0","dev":"254:0","dm":"vg--a-home",
    "dm_uuid":"LVM-1")";
const std::string on_dm = R"(,"holders":["dm-0"])";

const std::string net = R"({"class":"ff","carries":[{"kind":"net","name":"eth5"}]})";
const std::string address = R"(,"files":{"proc/net/fib_trie":
    "Local:\n |-- 192.168.1.17\n /32 host LOCAL\n","proc/net/route":
    "eth5 0001A8C0 00000000 0001 0 0 100 00FFFFFF 0 0 0\n"})";

}  // namespace

TEST_CASE("a disk that nobody uses costs nothing") {
    CHECK(findings(disk_with(R"(,"udev":{"ID_FS_TYPE":"ext4"})")).empty());
}

TEST_CASE("a disk that is mounted in two places is told once, with both to unmount") {
    const auto found = findings(disk_with(R"(,"mounts":["/srv/a b","/home"])"));
    CHECK(told(found) == Texts{"mounted-disk: /dev/sdb1 mounted on /home, /srv/a b"});
    CHECK(hint(found) == "Unmount it first:\n    umount /home\n    umount '/srv/a b'");
}

TEST_CASE("what stands upon a disk is told by its top, with the commands from there down") {
    const auto found = findings(disk_with(on_dm, dm + R"(,"mounts":["/home"]}])"));
    CHECK(told(found) ==
          Texts{"disk-in-use: /dev/sdb1 carries /dev/mapper/vg--a-home mounted on /home"});
    CHECK(hint(found) ==
          "Stop what is built on it first:\n    umount /home\n    "
          "vgchange -an vg-a && vgexport vg-a");
}

TEST_CASE("a volume group within a crypt is switched off, not exported") {
    const auto found = findings(disk_with(on_dm, R"(,"disks":[
        {"name":"dm-0","dev":"254:0","dm":"luks","dm_uuid":"CRYPT-LUKS2-1","holders":["dm-1"]},
        {"name":"dm-1","dev":"254:1","dm":"vg-home","dm_uuid":"LVM-1"}])"));
    CHECK(told(found) == Texts{"disk-in-use: /dev/sdb1 carries /dev/mapper/vg-home"});
    CHECK(hint(found) ==
          "Stop what is built on it first:\n    vgchange -an vg\n    "
          "cryptsetup close luks");
}

TEST_CASE("whatever is built upon a disk is told with the command that stops it") {
    const auto upon = [](const std::string& members) {
        const auto found = findings(disk_with(on_dm, R"(,"disks":[)" + members + "}]"));
        return told(found).front() + " | " + hint(found);
    };
    const std::string first = "Stop what is built on it first:\n    ";
    CHECK(upon(R"({"name":"dm-0","dev":"254:0","dm":"mpatha","dm_uuid":"mpath-3600")") ==
          "disk-in-use: /dev/sdb1 carries /dev/mapper/mpatha | " + first + "multipath -f mpatha");
    CHECK(upon(R"({"name":"dm-0","dev":"254:0","dm":"luks","dm_uuid":"CRYPT-LUKS2-1")") ==
          "disk-in-use: /dev/sdb1 carries /dev/mapper/luks | " + first + "cryptsetup close luks");
    const auto md = findings(
        disk_with(R"(,"holders":["md127"])", R"(,"disks":[{"name":"md127","dev":"9:127"}])"));
    CHECK(told(md) == Texts{"disk-in-use: /dev/sdb1 carries /dev/md127"});
    CHECK(hint(md) == first + "mdadm --stop /dev/md127");
    const auto loop = findings(disk_with("", R"(,"disks":[{"name":"loop3","dev":"7:3"}],
        "files":{"sys/devices/virtual/block/loop3/loop/backing_file":"/dev/sdb1\n"})"));
    CHECK(told(loop) == Texts{"disk-in-use: /dev/sdb1 carries /dev/loop3"});
    CHECK(hint(loop) == first + "losetup -d /dev/loop3");
    const auto zfs =
        findings(disk_with(R"(,"udev":{"ID_FS_TYPE":"zfs_member","ID_FS_LABEL":"tank"})",
                           R"(,"files":{"proc/spl/kstat/zfs/tank/state":"ONLINE\n"})"));
    CHECK(hint(zfs) == first + "zpool export tank");
}

TEST_CASE("the system's mounts are the root disk's, also through holders") {
    for (const char* const point : {"/", "/boot", "/boot/efi", "/efi", "/usr"}) {
        const std::string mounts = std::string(R"(,"mounts":[")") + point + "\"]";
        CHECK(told(findings(disk_with(mounts))) ==
              Texts{std::string("root-disk: /dev/sdb1 mounted on ") + point});
        CHECK(told(findings(disk_with(on_dm, dm + mounts + "}]"))) ==
              Texts{std::string("root-disk: /dev/sdb1 carries /dev/mapper/vg--a-home mounted on ") +
                    point});
    }
    CHECK(told(findings(disk_with(R"(,"mounts":["/boots"])"))) ==
          Texts{"mounted-disk: /dev/sdb1 mounted on /boots"});
}

TEST_CASE("a mount in another mount namespace is told with its process and how to end it there") {
    const auto mounted = [](const std::string& where) {
        return findings(disk_with("", R"(,"links":{"proc/self/ns/mnt":"mnt:[1]",
            "proc/711/ns/mnt":"mnt:[2]"},"files":{"proc/711/comm":"box\u001b\n",
            "proc/711/mountinfo":"1 1 8:17 / )" +
                                          where + R"( rw - ext4 /dev/sdb1 rw\n"})"));
    };
    const auto found = mounted("/my\\\\040data");
    CHECK(told(found) == Texts{"mounted-disk: /dev/sdb1 mounted on /my data in the mount namespace "
                               "of box\\x1b (pid 711)"});
    CHECK(hint(found) ==
          "Stop the container or the service first, or unmount it there:\n"
          "    nsenter -t 711 -m umount '/my data'");
    // A container's root is not the host's.
    CHECK(told(mounted("/")).front().starts_with("mounted-disk: "));
}

TEST_CASE("swap through a holder is switched off by the holder's name") {
    const auto found = findings(disk_with(on_dm, dm + R"(,"swap":true}])"));
    CHECK(told(found) ==
          Texts{"swap-disk: /dev/sdb1 carries /dev/mapper/vg--a-home, which is swapped to"});
    CHECK(hint(found).find("swapoff /dev/mapper/vg--a-home") != std::string::npos);
}

TEST_CASE("a line of fstab needs consent, and the controller's allow gives it") {
    const std::string fstab = R"(,"files":{"etc/fstab":"\n/dev/sdb1 /srv ext4 noauto\n"})";
    Scene scene = disk_with("", fstab);
    const Plan plan = scene.plan({profile_with()});
    CHECK(told(plan.findings) ==
          Texts{"fstab-disk: /dev/sdb1 is named in line 2 of /etc/fstab: /dev/sdb1 on /srv"});
    CHECK(plan.is_refused());
    CHECK_FALSE(scene.plan({profile_with("\"fstab-disk\"")}).is_refused());
    CHECK(findings(disk_with("", R"(,"files":{"etc/fstab":"/dev/sdc1 /srv ext4\n"})")).empty());
}

TEST_CASE("the hint of a table is the command for its place") {
    const auto hint_of = [](const std::string& path, const std::string& text) {
        return hint(findings(disk_with("", ",\"files\":{\"" + path + "\":\"" + text + "\"}")));
    };
    CHECK(hint_of("etc/fstab", "/dev/sdb1 /srv ext4") ==
          "Take the line out of the file, or accept it.");
    CHECK(hint_of("etc/systemd/system/srv.mount", "[Mount]\\nWhat=/dev/sdb1\\nWhere=/srv\\n") ==
          "Disable the unit, or accept it:\n    systemctl disable srv.mount");
    CHECK(hint_of("usr/lib/systemd/system/srv.mount", "[Mount]\\nWhat=/dev/sdb1\\nWhere=/srv\\n") ==
          "Mask the unit, or accept it:\n    systemctl mask srv.mount");
    CHECK(
        hint_of("etc/systemd/system/a.service", "[Service]\\nExecStart=/bin/dd if=/dev/sdb1\\n") ==
        "Disable the unit, or accept it:\n    systemctl disable a.service");
}

TEST_CASE("a disk that a process or a guest has open is in use") {
    const auto open = [](const std::string& members, const std::string& more) {
        return findings(
            disk_with(members, R"(,"processes":[{"pid":815,"name":"dd\u001b",)" + more + "}]"));
    };
    const auto program = open("", R"("opens":["/dev/sdb"])");
    CHECK(told(program) == Texts{"disk-in-use: dd\\x1b (pid 815) has /dev/sdb open"});
    const auto guest = open("", R"("guest":"win 11","opens":["/dev/sdb1"])");
    CHECK(told(guest) == Texts{"disk-in-use: guest win 11 (dd\\x1b, pid 815) has /dev/sdb1 open"});
    CHECK(hint(guest) == "Shut the guest down first:\n    virsh shutdown 'win 11'");
    CHECK(open("", R"("opens":["/dev/sdc"])").empty());
    // The file system of a program: its mount is what matters.
    CHECK(told(open(R"(,"mounts":["/srv"])", R"("opens":["/dev/sdb1"])")) ==
          Texts{"mounted-disk: /dev/sdb1 mounted on /srv"});
}

TEST_CASE("a link that is not used costs nothing, one with an address needs consent") {
    CHECK(findings(scene_with(net)).empty());
    Scene scene = scene_with(net, address);
    const Plan plan = scene.plan({profile_with()});
    CHECK(told(plan.findings) ==
          Texts{"network-link: network link eth5 is in use: address 192.168.1.17"});
    CHECK(plan.is_refused());
    CHECK_FALSE(scene.plan({profile_with("\"network-link\"")}).is_refused());
}

TEST_CASE("the link that the caller's ssh connection comes over is told, no other") {
    Scene scene = scene_with(net, address);
    const auto told_for = [&](const std::string& connection) {
        auto facts = gather_facts(scene.root(), {profile_with()}, {}, nullptr);
        REQUIRE(facts.has_value());
        facts->ssh_connection = connection;
        const auto findings = make_plan(*facts).findings;
        REQUIRE(findings.size() == 1);
        return findings.front();
    };
    const Finding ours = told_for("192.168.1.2 51234 192.168.1.17 22");
    CHECK(ours.message.ends_with(", the ssh session that ctrlpass runs in"));
    CHECK(ours.hint.find("this session ends") != std::string::npos);
    for (const char* const other : {"", "10.0.0.2 51234 10.0.0.1 22", "192.168.1.2", "a b c d"})
        CHECK(told_for(other).message.find("ssh") == std::string::npos);
    // In inspect as well.
    const auto host = read_host(scene.root(), Scope{.everything = true, .subjects = {}});
    REQUIRE(host.has_value());
    const Verdict verdict =
        verdict_of(*host, {}, host->controllers.front(), "192.168.1.2 51234 192.168.1.17 22");
    CHECK(verdict.kind == Verdict::cost);
    CHECK(verdict.findings.front().message.find("ssh") != std::string::npos);
}

TEST_CASE("a Bluetooth adapter needs consent, and what is connected is told") {
    const std::string adapter = R"({"class":"e0","carries":[{"kind":"bluetooth","name":"hci0"}]})";
    CHECK(told(findings(scene_with(adapter))) == Texts{"bluetooth: Bluetooth adapter hci0"});
    const std::string connected = R"(,"links":{"sys/class/bluetooth/hci0:256":"../../x",
        "sys/class/bluetooth/hci1:3":"../../y"})";
    CHECK(told(findings(scene_with(adapter, connected))) ==
          Texts{"bluetooth: Bluetooth adapter hci0: 1 device connected"});
}

TEST_CASE("security keys and smart-card readers are told by product, a keyboard is not") {
    const auto hidraw = [](const std::string& more) {
        return R"({"class":"03","carries":[{"kind":"hidraw","name":"hidraw3")" + more + "}]}";
    };
    const std::string key = hidraw(R"(,"security_key":true)");
    CHECK(told(findings(scene_with(key))) ==
          Texts{"security-key: Some\\x1bThing is a security key"});
    CHECK(told(findings(scene_with(R"({"class":"0b"})"))) ==
          Texts{"security-key: Some\\x1bThing is a smart-card reader"});
    CHECK(told(findings(scene_with(key + R"(,{"class":"0b"})"))) ==
          Texts{"security-key: Some\\x1bThing is a security key and smart-card reader"});
    CHECK(findings(scene_with(hidraw(""))).empty());
}

TEST_CASE("who has a device open is told once for a process, with all that it has") {
    const std::string sound = R"({"class":"01","carries":[{"kind":"sound","name":"card1",
        "nodes":{"controlC1":"116:9","pcmC1D0p":"116:10"}}]})";
    const auto open = [&](const std::string& nodes) {
        return findings(scene_with(
            sound, R"(,"processes":[{"pid":7,"name":"pipewire","opens":[)" + nodes + "]}]"));
    };
    CHECK(told(open(R"("/dev/snd/pcmC1D0p","/dev/snd/controlC1","/dev/bus/usb/001/004")")) ==
          Texts{"opened-by: pipewire (pid 7) has Some\\x1bThing open: /dev/bus/usb/001/004, "
                "/dev/snd/controlC1, /dev/snd/pcmC1D0p"});
    CHECK(open(R"("/dev/snd/controlC0","/dev/bus/usb/002/004","/dev/input/event3")").empty());
}

TEST_CASE(
    "a camera, a serial adapter, a printer and a UPS are told by product while they are open") {
    const std::vector<std::pair<std::string, std::string>> devices{
        {R"({"class":"0e","carries":[{"kind":"video","name":"video0","dev":"81:0"}]})",
         "/dev/video0"},
        {R"({"class":"ff","carries":[{"kind":"serial","name":"ttyUSB0","dev":"188:0"}]})",
         "/dev/ttyUSB0"},
        {R"({"class":"07","carries":[{"kind":"usbmisc","name":"lp0","dev":"180:0"}]})",
         "/dev/usb/lp0"},
        {R"({"class":"03","carries":[{"kind":"hidraw","name":"hidraw4","ups":true,
            "dev":"240:4"}]})",
         "/dev/hidraw4"}};
    for (const auto& [interface, node] : devices) {
        CAPTURE(node);
        CHECK(findings(scene_with(interface)).empty());
        CHECK(told(findings(scene_with(interface, R"(,"processes":[{"pid":7,"name":"daemon",
            "opens":[")" + node + R"("]}])"))) ==
              Texts{"opened-by: daemon (pid 7) has Some\\x1bThing open: " + node});
    }
}

TEST_CASE("a bond's port and the default route are uses of a link") {
    const std::string port =
        R"({"class":"ff","carries":[{"kind":"net","name":"eth5","master":"bond0"}]})";
    CHECK(told(findings(scene_with(port, R"(,"files":{
        "sys/devices/virtual/net/bond0/bonding/mode":"active-backup 1\n","proc/net/route":
        "bond0 00000000 0101A8C0 0003 0 0 100 00000000 0 0 0\n"},
        "links":{"sys/class/net/bond0":"../../devices/virtual/net/bond0"})"))) ==
          Texts{"network-link: network link eth5 is in use: port of bond bond0, the default route "
                "(bond0)"});
}

TEST_CASE("findings of a member that is no USB controller name the function") {
    Scene scene(MachineTree::from(R"({"functions":[
        {"address":"0000:02:00.0","path":"sys/devices/pci0000:00/0000:02:00.0","class":"0c0330",
         "id":"1b21:1242","driver":"xhci_hcd","group":1},
        {"address":"0000:02:00.1","path":"sys/devices/pci0000:00/0000:02:00.1","class":"040300",
         "id":"1022:1487","driver":"snd_hda_intel","group":1}],
        "processes":[{"pid":7,"name":"pipewire","opens":["/dev/snd/controlC0"]}],
        "files":{"sys/devices/pci0000:00/0000:02:00.1/sound/card0/controlC0/dev":"116:1\n"},
        "links":{"sys/class/sound/card0":
                 "../../devices/pci0000:00/0000:02:00.1/sound/card0"}})"));
    const auto profile = parse_profile(
        "format = 1\n[[controller]]\naddress = \"0000:02:00.0\"\n"
        "[[controller.member]]\naddress = \"0000:02:00.1\"\n",
        "/p/front.toml");
    REQUIRE(profile.has_value());
    CHECK(told(scene.plan({*profile}).findings) ==
          Texts{"opened-by: pipewire (pid 7) has 0000:02:00.1 open: /dev/snd/controlC0"});
}

TEST_CASE("inspect shows what a controller's devices are used for, and by whom") {
    const Scene scene(MachineTree::load("busy-desk"));
    const Root root = scene.root();
    const auto host = read_host(root, Scope{.everything = true, .subjects = {}});
    REQUIRE(host.has_value());
    const Holders holders = read_holders(root, {}, host->nodes);
    Verdicts verdicts;
    for (const Controller& controller : host->controllers)
        verdicts[controller.address] = verdict_of(*host, holders, controller);
    CHECK(verdicts.at(*parse_address("0000:02:00.0")).kind == Verdict::cost);
    CHECK(verdicts.at(*parse_address("0000:0a:00.3")).kind == Verdict::no);
    const std::string text = inspect_text(*host, verdicts, PciNames(), Style());
    for (const char* const part :
         {"security key hidraw3\n", "smart-card reader 1-1.1:1.1\n", "UPS hidraw4\n",
          "net enx00e04c680001: up\n", "port of bridge br0\n", "address 192.168.1.17 (br0)\n",
          "Bluetooth adapter hci0: 1 device connected, MX Keys\n", "disk sda: 28 GiB\n",
          "/dev/sda2 carries /dev/mapper/vg0-home mounted on /home\n",
          "· pcscd (pid 711) has YubiKey OTP+FIDO+CCID open: /dev/bus/usb/001/003\n"})
        CHECK_MESSAGE(text.find(part) != std::string::npos, part, text);
}
