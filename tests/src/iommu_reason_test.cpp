// SPDX-License-Identifier: GPL-2.0-or-later
// Why there is no IOMMU: each cause was looked at, and has words and a way of its own.
#include "tests/src/diagnosed.hpp"
#include "tests/support/run_program.hpp"

using namespace ctrlpass;
using namespace ctrlpass::tests;

namespace {

const std::string tables = "sys/firmware/acpi/tables";
const std::string config = "boot/config-6.1.0-18-amd64";

Json intel_waiting(const std::string& words = "") {
    Json description = sound(machine("intel", "off-on-command-line"));
    description["command_line"] = "BOOT_IMAGE=/boot/vmlinuz root=/dev/sda1 quiet " + words;
    return description;
}

Check iommu_of(const Json& description) {
    return check_of(diagnosed(description), "iommu", CheckState::stop);
}

/// "state reason", as documents have them.
std::string states_of(const MachineTree& tree) {
    const Json json = Json::parse(
        run_command(std::string(CTRLPASS_BINARY) + " inspect --json --root " + tree.directory())
            .output)["iommu"];
    return json["state"].get<std::string>() + " " +
           (json["reason"].is_null() ? "null" : json["reason"].get<std::string>());
}
std::string states_of(const Json& description) { return states_of(MachineTree::from(description)); }

Json xen(const std::string& flags) {
    Json description = sound(machine("intel", "absent"));
    description["command_line"] = "placeholder root=/dev/sda1 ro";
    description["files"]["proc/cpuinfo"] =
        "vendor_id\t: GenuineIntel\nflags\t\t: fpu " + flags + "\n";
    description["files"]["sys/hypervisor/type"] = "xen\n";
    description["files"]["proc/xen/capabilities"] = "control_d\n";
    return description;
}

Json guest(const std::string& vendor, const std::string& product = "") {
    Json description = sound(machine("intel", "off-in-firmware"));
    description["files"]["proc/cpuinfo"] = "flags\t\t: fpu vmx hypervisor lm\n";
    if (!vendor.empty()) description["files"]["sys/class/dmi/id/sys_vendor"] = vendor + "\n";
    if (!product.empty()) description["files"]["sys/class/dmi/id/product_name"] = product + "\n";
    return description;
}

}  // namespace

TEST_CASE("an IOMMU that is on has no reason") {
    CHECK(states_of(sound(machine("intel"))) == "on null");
}

TEST_CASE("VT-d that was turned on and did not start has the way to the kernel's reason") {
    for (const std::string words :
         {"intel_iommu=on iommu=pt", "intel_iommu=on,sm_on", "intel_iommu=sm_on,on",
          "\"intel_iommu=on\"", "\"intel_iommu=on,sm_on\"", "intel_iommu=\"on,sm_on\"",
          "intel-iommu=on", "intel-iommu=off intel_iommu=on", "intel_iommu=off,on",
          "intel_iommu=,on", "intel_iommu=only"}) {
        const auto check = iommu_of(intel_waiting(words));
        CHECK(check.message ==
              "the kernel command line has intel_iommu=on, and the kernel did not start VT-d");
        CHECK(check.hint ==
              "Its reason is in the kernel's log:\n    journalctl -k -b --grep 'DMAR|IOMMU'");
        CHECK(states_of(intel_waiting(words)) == "off-on-command-line not-started");
    }
    const Json amd = sound(machine("amd", "off-on-command-line"));
    CHECK(iommu_of(amd).message == "the firmware has AMD-Vi, and the kernel did not start it");
    CHECK(states_of(amd) == "off-on-command-line not-started");
}

TEST_CASE("a kernel that turns VT-d on by itself needs no word for it") {
    Json description = intel_waiting();
    description["files"][config] = "CONFIG_INTEL_IOMMU=y\nCONFIG_INTEL_IOMMU_DEFAULT_ON=y\n";
    const auto check = iommu_of(description);
    CHECK(check.message ==
          "/boot/config-6.1.0-18-amd64 has CONFIG_INTEL_IOMMU_DEFAULT_ON=y, and the "
          "kernel did not start VT-d");
    CHECK_FALSE(has(check.hint, "intel_iommu=on"));
    CHECK(states_of(description) == "off-on-command-line not-started");
    description["command_line"] = "BOOT_IMAGE=/boot/vmlinuz quiet intel_iommu=off";
    description["files"]["etc/default/grub"] = "GRUB_CMDLINE_LINUX=\"quiet intel_iommu=off\"\n";
    CHECK(has(iommu_of(description).hint, "    GRUB_CMDLINE_LINUX=\"quiet\"\n"));
    CHECK(states_of(description) == "off-on-command-line turned-off");
}

TEST_CASE("whether the kernel turns VT-d on by itself is said where it was looked up") {
    Json description = intel_waiting();
    CHECK(has(iommu_of(description).message, "not known whether this kernel was built"));
    CHECK(states_of(description) == "off-on-command-line not-turned-on");
    description["files"][config] =
        "CONFIG_INTEL_IOMMU=y\n# CONFIG_INTEL_IOMMU_DEFAULT_ON is not set\n";
    const auto check = iommu_of(description);
    CHECK(has(check.message, "nor does the kernel by itself (/boot/config-6.1.0-18-amd64)"));
    CHECK(has(check.hint, "intel_iommu=on"));
}

TEST_CASE("a kernel without a driver for the IOMMU is told apart") {
    Json description = intel_waiting("intel_iommu=on");
    description["files"]["lib/modules/6.1.0-18-amd64/config"] = "# CONFIG_INTEL_IOMMU is not set\n";
    CHECK(has(iommu_of(description).message, "the running kernel was built without VT-d"));
    CHECK(states_of(description) == "off-on-command-line not-built");
    Json amd = sound(machine("amd", "off-on-command-line"));
    amd["files"][config] = "CONFIG_INTEL_IOMMU=y\n";
    CHECK(has(iommu_of(amd).message, "built without AMD-Vi"));
}

TEST_CASE("words that turn the IOMMU off are read as the kernel reads them") {
    const std::vector<std::pair<std::string, std::string>> intel{
        {"iommu=off", "iommu=off"},
        {"iommu=pt,off", "iommu=pt,off"},
        {"intel_iommu=on intel_iommu=off", "intel_iommu=off"},
        {"intel_iommu=on,off", "intel_iommu=on,off"},
        {"\"intel_iommu=off\"", "intel_iommu=off"},
        {"intel-iommu=off", "intel-iommu=off"},
        {"intel_iommu=sm_on,off,strict", "intel_iommu=sm_on,off,strict"},
        {"iommu=\"pt,off\"", "iommu=pt,off"},
        {"iommu=offline", "iommu=offline"},
        {"intel_iommu=off amd_iommu=off", "intel_iommu=off"}};
    for (const auto& [words, off] : intel) {
        CAPTURE(words);
        CHECK(iommu_of(intel_waiting(words)).message ==
              "the kernel command line turns VT-d off: " + off);
    }
    for (const std::string words :
         {"intel_iommu=off intel_iommu=on", "amd_iommu=off intel_iommu=on",
          "intel_iommu=on iommu=soft", "intel_iommu=on -- iommu=off"})
        CHECK(states_of(intel_waiting(words)) == "off-on-command-line not-started");
    Json amd = sound(machine("amd", "off-on-command-line"));
    amd["command_line"] = "BOOT_IMAGE=/boot/vmlinuz quiet amd_iommu=off intel_iommu=off";
    CHECK(iommu_of(amd).message == "the kernel command line turns AMD-Vi off: amd_iommu=off");
    amd["command_line"] = "quiet intel_iommu=off";
    CHECK(states_of(amd) == "off-on-command-line not-started");
}

TEST_CASE("without the firmware's tables nothing is said about the firmware") {
    MachineTree tree = MachineTree::from(sound(machine("intel", "off-in-firmware")));
    CHECK(states_of(tree) == "off-in-firmware firmware");
    tree.remove(tables);
    CHECK(states_of(tree) == "off-in-firmware no-tables");
    const auto check = check_of(diagnose(symptoms_of(tree)), "iommu", CheckState::stop);
    CHECK_FALSE(has(check.hint, "firmware's setup"));
    Json off = sound(machine("amd", "off-in-firmware"));
    off["command_line"] = "BOOT_IMAGE=/boot/vmlinuz acpi=off";
    CHECK(iommu_of(off).message == "the kernel command line turns AMD-Vi off: acpi=off");
    CHECK(states_of(off) == "off-on-command-line turned-off");
}

TEST_CASE("a machine without virtualization, and one that is no PC") {
    CHECK(states_of(sound(machine("amd", "absent"))) == "absent no-virtualization");
    Json arm = sound(machine("intel", "absent"));
    arm["files"]["proc/cpuinfo"] = "processor\t: 0\nFeatures\t: fp asimd\nCPU part\t: 0xd08\n";
    CHECK(states_of(arm) == "absent not-known");
    CHECK_FALSE(has(iommu_of(arm).message, "vmx"));
}

TEST_CASE("a Xen dom0 is told that Xen has the IOMMU") {
    Json without_xenfs = xen("hypervisor");
    without_xenfs["files"].erase("proc/xen/capabilities");
    without_xenfs["files"]["sys/hypervisor/properties/features"] = "00000c01\n";
    for (const Json& description : {xen("hypervisor"), xen("vmx"), without_xenfs}) {
        const auto check = iommu_of(description);
        CHECK(has(check.message,
                  "this is a Xen dom0: Xen has the IOMMU, and VFIO does not work here"));
        CHECK(has(check.message, "/sys/hypervisor/type is \"xen\""));
        CHECK(has(check.hint, "xl pci-assignable-add"));
        CHECK(has(check.hint, "qvm-pci"));
        CHECK_FALSE(has(check.message + check.hint, "firmware"));
        CHECK(states_of(description) == "absent xen-dom0");
        const auto inspect = run_command(std::string(CTRLPASS_BINARY) + " inspect --root " +
                                         MachineTree::from(description).directory());
        CHECK(has(inspect.output, "IOMMU used by Xen"));
        CHECK(has(inspect.output, "cannot be given away: this is a Xen dom0"));
        CHECK_FALSE(has(inspect.output, "this machine has no IOMMU"));
    }
    Json guest_of_xen = xen("hypervisor");
    guest_of_xen["files"].erase("proc/xen/capabilities");
    CHECK(states_of(guest_of_xen) == "absent guest");
    CHECK(has(iommu_of(guest_of_xen).message, "a guest of Xen"));
}

TEST_CASE("a container is told that its host has the IOMMU") {
    const std::vector<std::pair<std::string, std::string>> marks{
        {"run/systemd/container", "lxc"},
        {"run/.containerenv", "podman"},
        {".dockerenv", "docker"},
        {"run/host/container-manager", "systemd-nspawn"}};
    for (const auto& [mark, name] : marks) {
        for (const std::string state : {"off-in-firmware", "absent", "off-on-command-line"}) {
            CAPTURE(mark);
            Json description = sound(machine("intel", state));
            description["files"][mark] = name + "\n";
            const auto check = iommu_of(description);
            CHECK(has(check.message, "this is a container of " + name + ": "));
            CHECK(check.hint == "Run ctrlpass on the container's host.");
            CHECK(has(states_of(description), " container"));
        }
    }
    Json lxcfs = sound(machine("amd", "absent"));
    lxcfs["files"]["proc/self/mountinfo"] =
        "1 2 0:50 /proc/cpuinfo /proc/cpuinfo rw,nosuid - fuse.lxcfs lxcfs rw\n";
    CHECK(states_of(lxcfs) == "absent container");
    Json host = sound(machine("amd", "absent"));
    host["files"]["proc/self/mountinfo"] = "1 2 0:50 / /var/lib/lxcfs rw - fuse.lxcfs lxcfs rw\n";
    CHECK(states_of(host) == "absent no-virtualization");
}

TEST_CASE("a guest is told what its own hypervisor can give it") {
    CHECK(has(iommu_of(guest("QEMU", "Standard PC (Q35 + ICH9, 2009)")).hint,
              "    <iommu model='intel'>"));
    CHECK(has(iommu_of(guest("VMware, Inc.")).hint, "Virtualize IOMMU"));
    CHECK(has(iommu_of(guest("innotek GmbH", "VirtualBox")).hint, "VBoxManage"));
    CHECK(has(iommu_of(guest("Microsoft Corporation", "Virtual Machine")).hint, "Hyper-V"));
    Json wsl = guest("");
    wsl["files"]["proc/sys/kernel/osrelease"] = "5.15.153.1-microsoft-standard-WSL2\n";
    CHECK(has(iommu_of(wsl).message, "a guest of WSL"));
    const auto other = iommu_of(guest("Acme"));
    CHECK(has(other.message, "this host is itself a guest without an IOMMU"));
    CHECK(has(other.hint, "not known whether its hypervisor can"));
    Json no_nesting = guest("QEMU");
    no_nesting["files"]["proc/cpuinfo"] = "flags\t\t: fpu hypervisor lm\n";
    CHECK(states_of(no_nesting) == "absent guest");
    // One that was given a VT-d is like any machine that has one.
    Json given = intel_waiting();
    given["files"]["proc/cpuinfo"] = "flags\t\t: fpu vmx hypervisor lm\n";
    CHECK(states_of(given) == "off-on-command-line not-turned-on");
}

TEST_CASE("a plan is refused with the cause that doctor names") {
    const Plan off =
        small_scene("", R"(,"iommu":"off-on-command-line","cpu":"intel")").plan({small_profile()});
    CHECK(has(message(off, "iommu-off"), "does not turn it on"));
    CHECK(has(hint(off, "iommu-off"), "    ctrlpass doctor"));
}
