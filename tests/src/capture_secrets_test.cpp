// SPDX-License-Identifier: GPL-2.0-or-later
// What must not go into a capture: canaries in every place that is read.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "iommu/health.hpp"
#include "iommu/read_host.hpp"
#include "src/capture/capture.hpp"
#include "src/capture/let_through.hpp"
#include "src/capture/mask.hpp"
#include "tests/src/diagnosed.hpp"
#include "tests/support/machine_tree.hpp"
#include "tests/support/temp_tree.hpp"

using namespace ctrlpass;
using namespace ctrlpass::tests;

namespace {

const std::string canary = "Canary%4711";

/// Every file that is read of a machine.
struct Reads final : Recorder {
    void on_file(const std::string& path, const std::string& text) override { files[path] = text; }
    void on_link(const std::string&, const std::string&) override {}
    void on_list(const std::string&, const std::vector<std::string>&) override {}
    void on_exists(const std::string&) override {}
    std::map<std::string, std::string> files;
};

std::map<std::string, std::string> files_read_of(const MachineTree& tree) {
    Reads reads;
    auto root = Root::open(tree.directory());
    root->record_with(&reads);
    REQUIRE(read_host(*root, Scope{.everything = true, .subjects = {}}).has_value());
    REQUIRE(read_host(*root, Scope{}).has_value());
    static_cast<void>(read_health(*root));
    return reads.files;
}

/// What devices, programs and distributions say of themselves for people, and findings show.
bool is_shown(const std::string& path) {
    const std::string name = path.substr(path.rfind('/') + 1);
    const bool mapped = path.ends_with("/dm/name");
    return !mapped &&
           (name == "os-release" || name == "product" || name == "name" || name == "manufacturer" ||
            name == "comm" || (name == "id" && path.find("/sound/") != path.npos));
}

/// A machine with something in every table that is read.
MachineTree rich_machine() {
    auto description = sound(Json(machine_description("busy-desk")));
    auto& files = description["files"];
    files["etc/ssh/sshd_config"] = "Port 2222\n";
    files["etc/ssh/sshd_config.d/a.conf"] = "Port 2223\n";
    files["etc/systemd/system/ssh.socket.d/a.conf"] = "[Socket]\nListenStream=2224\n";
    files["etc/modprobe.d/local.conf"] = "options vfio-pci ids=1b21:2142\n";
    files["etc/initramfs-tools/modules"] = "vfio_pci\n";
    files["etc/dracut.conf"] = "force_drivers+=\" vfio_pci \"\n";
    files["etc/mkinitcpio.conf"] = "MODULES=(vfio_pci)\n";
    files["etc/udev/rules.d/10-local.rules"] =
        "SUBSYSTEM==\"pci\", KERNEL==\"0000:02:00.0\", ATTR{driver_override}=\"pci-stub\"\n";
    files["etc/driverctl.d/pci-0000:02:00.0"] = "pci-stub\n";
    files["etc/lvm/backup/vg0"] = "id = \"tbAqUn-0000-LVM2-0000-0000-0000-member\"\n";
    files["proc/net/tcp"] = "  sl  local_address\n   0: 00000000:08AE 00000000:0000 0A 0:0\n";
    files["proc/net/ipv6_route"] =
        "20010db8000000000000000000000000 40 00000000000000000000000000000000 00 "
        "00000000000000000000000000000000 00000100 00000001 00000000 00000001 br0\n";
    files["proc/swaps"] = "Filename Type\n/dev/sda6 partition 1 0 -2\n";
    files["proc/cmdline"] = "root=/dev/nvme0n1p2 quiet\n";
    files["sys/kernel/security/lockdown"] = "[none] integrity\n";
    files["sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"] = "....\x01";
    files["sys/bus/pci/devices/0000:02:00.0/serial_number"] = "00-11-22-33-44-55-66-77\n";
    return MachineTree::from(description);
}

/// Paths and contents of a captured tree in which the text stands.
std::vector<std::string> places_of(const std::string& text, const std::string& directory) {
    std::vector<std::string> places;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
        std::string all = entry.path().string() + "\n";
        if (entry.is_symlink()) all += std::filesystem::read_symlink(entry.path()).string();
        if (entry.is_regular_file()) {
            std::ifstream file(entry.path());
            all.append(std::istreambuf_iterator<char>(file), {});
        }
        if (all.find(text) != std::string::npos) places.push_back(entry.path());
    }
    return places;
}

void check_no_canary(const MachineTree& tree) {
    const TempDir directory;
    auto root = Root::open(tree.directory());
    // One that cannot be read any more has no capture.
    if (!capture(*root, {}, directory.path() + "/copy")) return;
    for (const std::string& place : places_of("Canary", directory.path() + "/copy"))
        CHECK_MESSAGE(place.empty(), place);
}

/// The ways in which a secret may stand in a table.
using Spoil = std::string (*)(const std::string& text);
const std::vector<std::pair<const char*, Spoil>> ways{
    {"a comment after each line",
     [](const std::string& text) {
         std::string spoiled;
         for (const char c : text) spoiled += c == '\n' ? " # " + canary + "\n" : std::string(1, c);
         return spoiled;
     }},
    {"a line of comment",
     [](const std::string& text) { return "# " + canary + "\n" + text + "; " + canary + "\n"; }},
    {"a setting",
     [](const std::string& text) {
         return text + "password=" + canary + "\nPassword " + canary + "\nE:" + canary + "=" +
                canary + "\n";
     }},
    {"a word in each line",
     [](const std::string& text) {
         std::string spoiled;
         for (const char c : text) spoiled += c == ' ' ? " " + canary + " " : std::string(1, c);
         return spoiled;
     }},
    {"a value in quotes",
     [](const std::string& text) {
         return text + "A=\"" + canary + "\", ENV{SECRET}=\"" + canary +
                "\", RUN+=\"/bin/x --key=" + canary +
                " driver_override\", ATTR{driver_override}=\"vfio-pci\"\n";
     }},
    {"in place of every number",
     [](const std::string& text) {
         std::string spoiled;
         for (const char c : text) spoiled += c >= '1' && c <= '9' ? canary : std::string(1, c);
         return spoiled;
     }},
};

}  // namespace

TEST_CASE("no word that stands in a table beside what is judged is in a capture") {
    const MachineTree original = rich_machine();
    const auto files = files_read_of(original);
    CHECK(files.size() > 200);
    for (const auto& [way, spoil] : ways) {
        CAPTURE(std::string(way));
        const MachineTree tree = rich_machine();
        for (const auto& [path, text] : files)
            if (!path.starts_with("sys/") && !is_shown(path)) tree.write(path, spoil(text));
        check_no_canary(tree);
    }
}

TEST_CASE("no attribute of sysfs is in a capture but in the form that it must have") {
    const MachineTree original = rich_machine();
    const auto files = files_read_of(original);
    std::set<std::string> names;
    for (const auto& [path, text] : files) {
        const std::string name = path.substr(path.rfind('/') + 1);
        if (!path.starts_with("sys/") || is_shown(path) || !names.insert(name).second) continue;
        CAPTURE(path);
        original.write(path, canary + "\n");
        check_no_canary(original);
        original.write(path, text + canary + "\n");
        check_no_canary(original);
        original.write(path, text);
    }
    CHECK(names.size() > 20);
}

TEST_CASE("everything that is read is on the list of what may go into a capture") {
    for (const auto& [path, text] : files_read_of(rich_machine()))
        CHECK_MESSAGE(let_through(path) != nullptr, path);
}

TEST_CASE("a capture of long lines of hostile letters ends, and none of them is in it") {
    const MachineTree tree = rich_machine();
    const std::string letters(60'000, 'q');
    for (const auto& [path, text] : files_read_of(tree))
        if (!path.starts_with("sys/") && !path.starts_with("proc/net/") && !is_shown(path))
            tree.write(path, text + letters + "=\"" + letters + "\n");
    const TempDir directory;
    auto root = Root::open(tree.directory());
    REQUIRE(capture(*root, {}, directory.path() + "/copy").has_value());
    CHECK(places_of("qqqqqqqq", directory.path() + "/copy").empty());
}

TEST_CASE("labels, UUIDs and names of volumes have one pseudonym in every file of a capture") {
    Mask mask;
    const std::string uuid = "6a1f0d8e-7c1b-4a54-9f32-11aa22bb33cc";
    const std::string table = *mask.content("etc/fstab", "UUID=" + uuid +
                                                             " /data ext4 x-secret 0 0\n"
                                                             "LABEL=My\\040Disk /data/more ext4\n");
    const std::string known = *mask.content(
        "run/udev/data/b8:1", "E:ID_FS_UUID=" + uuid + "\nE:ID_FS_LABEL_ENC=My\\x20Disk\n");
    const std::string link =
        mask.places.path("dev/disk/by-uuid/6A1F0D8E-7C1B-4A54-9F32-11AA22BB33CC");
    const std::string hidden = link.substr(link.rfind('/') + 1);
    CHECK(hidden.size() == uuid.size());
    CHECK(hidden != uuid);
    CHECK(table.find("UUID=" + hidden + " ") != table.npos);
    CHECK(known.find("E:ID_FS_UUID=" + hidden + "\n") != known.npos);
    const std::string label = mask.places.path("dev/disk/by-label/My\\x20Disk");
    const std::string name = label.substr(label.rfind('/') + 1);
    CHECK(table.find("LABEL=" + name + " ") != table.npos);
    CHECK(known.find("E:ID_FS_LABEL_ENC=" + name + "\n") != known.npos);
    // What is below a folder stays below it.
    const std::string above = mask.places.path("/data");
    CHECK(mask.places.path("/data/more").starts_with(above + "/"));
    CHECK(mask.places.path("/boot/efi") == "/boot/efi");
    // A volume is named by its mapped device, by its group's folder, and by the group's file.
    const std::string mapped = mask.places.path("/dev/mapper/my--vg-home");
    const std::string group = mask.places.path("etc/lvm/backup/my-vg").substr(15);
    CHECK(mapped.starts_with("/dev/mapper/" + group + "-"));
    CHECK(mask.places.path("/dev/my-vg/home").starts_with("/dev/" + group + "/"));
    // LVM writes its numbers with dashes and without.
    const std::string plain = mask.names.id("tbAqUn0000LVM20000");
    std::string dashed = mask.names.id("tbAqUn-0000-LVM2-0000");
    std::erase(dashed, '-');
    CHECK(plain == dashed);
}

TEST_CASE("every line of rules and scripts stays a line and keeps what was recognised in it") {
    Mask mask;
    const std::string rules =
        *mask.content("etc/udev/rules.d/99-usb.rules",
                      "# secret\n"
                      "SUBSYSTEM==\"pci\", ATTR{vendor}==\"0x1b21\", ATTRS{serial}==\"secret\", "
                      "OWNER=\"secret\", "
                      "RUN+=\"/bin/sh -c 'echo 0000:02:00.0 > "
                      "/sys/bus/pci/drivers/xhci_hcd/unbind; echo 1b21 2142 "
                      "> /sys/bus/pci/drivers/vfio-pci/new_id; curl -H secret https://secret'\"\n"
                      "ACTION==\"add\", TAG+=\"secret\", \\\n  ENV{KEY}=\"secret\"\n"
                      "TAG==\"secret\", RUN+=\"/usr/local/lib/secret/bind.sh $kernel secret\"\n");
    CHECK(std::ranges::count(rules, '\n') == 5);
    CHECK(rules.find("secret") == rules.npos);
    for (const char* const fact : {"ATTR{vendor}==\"0x1b21\"", "0000:02:00.0", "/unbind",
                                   "1b21:2142", "/new_id", "vfio-pci", "ENV{masked}==\"masked\""})
        CHECK_MESSAGE(rules.find(fact) != rules.npos, rules);
    const auto lines = [&] {
        std::vector<std::string> split(1);
        for (const char c : rules) c == '\n' ? split.emplace_back() : split.back() += c;
        return split;
    }();
    CHECK(lines[0].empty());
    CHECK(lines[3].empty());
    // The tag that joins two rules is the same in both.
    const auto tag = lines[2].substr(lines[2].find("TAG+=\"") + 6);
    CHECK(lines[4].find("TAG==\"" + tag.substr(0, tag.find('"'))) != std::string::npos);

    const std::string script =
        *mask.content("etc/initramfs-tools/scripts/init-top/vfio.sh",
                      "#!/bin/bash -secret\n# 0000:02:00.0 driver_override secret\nKEY=secret\n"
                      "DEVS=\"0000:02:00.0\"\nfor DEV in $DEVS; do echo vfio-pci > "
                      "/sys/bus/pci/devices/$DEV/driver_override; done # secret\nmodprobe -i "
                      "vfio-pci --key=secret\n");
    CHECK(std::ranges::count(script, '\n') == 6);
    CHECK(script.find("secret") == script.npos);
    CHECK(script.find("\n\n\n0000:02:00.0\n") != script.npos);
    CHECK(script.find("/driver_override") != script.npos);
    CHECK(script.ends_with("vfio-pci\n"));

    const std::string modprobe =
        *mask.content("etc/modprobe.d/a.conf",
                      "# secret\noptions vfio-pci ids=1b21:2142 key=secret\ninstall xhci_pci "
                      "/sbin/modprobe vfio-pci; "
                      "curl --password=secret; /sbin/modprobe --ignore-install xhci_pci\noptions "
                      "secret key=secret\n"
                      "softdep xhci_pci pre: vfio-pci\n");
    CHECK(std::ranges::count(modprobe, '\n') == 5);
    CHECK(modprobe.find("secret") == modprobe.npos);
    CHECK(modprobe.find("options vfio-pci ids=1b21:2142\n") != modprobe.npos);
    CHECK(modprobe.find("install xhci_pci /sbin/modprobe ; ") != modprobe.npos);
    CHECK(modprobe.find("softdep xhci_pci pre: vfio-pci\n") != modprobe.npos);
}

TEST_CASE("a unit keeps what it mounts, and its name fits its place, both by their pseudonyms") {
    Mask mask;
    const std::string unit = *mask.content(
        "etc/systemd/system/srv-my\\x2dbackup.mount",
        "[Unit]\nDescription=secret\n[Mount]\nWhat=/dev/disk/by-label/secret\nWhere=/srv/"
        "my-backup\n"
        "Type=ext4\nOptions=noauto,comment=secret\nEnvironment=KEY=secret\n[Install]\n"
        "WantedBy=multi-user.target\n");
    CHECK(unit.find("secret") == unit.npos);
    CHECK(unit.find("my-backup") == unit.npos);
    const auto where = unit.find("Where=/srv/") + 11;
    const std::string last = unit.substr(where, unit.find('\n', where) - where);
    CHECK(mask.places.path("etc/systemd/system/srv-my\\x2dbackup.mount") ==
          "etc/systemd/system/srv-" + last + ".mount");
    CHECK(unit.find("Type=ext4\nOptions=noauto\n") != unit.npos);
}
