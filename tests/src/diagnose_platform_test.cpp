// SPDX-License-Identifier: GPL-2.0-or-later
// What doctor says of the platform: IOMMU, remapping of interrupts, isolation.
#include "tests/src/diagnosed.hpp"

using namespace ctrlpass;
using namespace ctrlpass::tests;

TEST_CASE("an IOMMU off in the firmware names the switch of that maker") {
    const auto intel =
        check_of(diagnosed(sound(machine("intel", "off-in-firmware"))), "iommu", CheckState::stop);
    CHECK(intel.message == "VT-d is off in the firmware");
    CHECK(has(intel.hint, "\"VT-d\""));
    const auto amd =
        check_of(diagnosed(sound(machine("amd", "off-in-firmware"))), "iommu", CheckState::stop);
    CHECK(amd.message == "AMD-Vi is off in the firmware");
    CHECK(has(amd.hint, "\"IOMMU\""));
    CHECK_FALSE(has(amd.hint + " ", "VT-d\""));
}

TEST_CASE("the way into the firmware's setup is a command where there is EFI") {
    Json description = sound(machine("amd", "off-in-firmware"));
    description["files"]["sys/firmware/efi/fw_platform_size"] = "64\n";
    CHECK(has(check_of(diagnosed(description), "iommu", CheckState::stop).hint,
              "    systemctl reboot --firmware-setup"));
}

TEST_CASE("a host that is itself a guest is told to be given an IOMMU") {
    Json description = sound(machine("intel", "off-in-firmware"));
    description["files"]["proc/cpuinfo"] = "flags\t\t: fpu vmx hypervisor lm\n";
    const auto check = check_of(diagnosed(description), "iommu", CheckState::stop);
    CHECK(check.message == "this host is itself a guest without an IOMMU");
    CHECK(has(check.hint, "    <iommu model='intel'>"));
}

TEST_CASE("an Intel IOMMU that nobody turned on gets the exact line of GRUB's defaults") {
    const auto check = check_of(diagnosed(sound(machine("intel", "off-on-command-line"))), "iommu",
                                CheckState::stop);
    CHECK(check.hint ==
          "Let /etc/default/grub say\n    GRUB_CMDLINE_LINUX_DEFAULT=\"quiet intel_iommu=on\"\n"
          "then:\n    update-grub\nIt counts from the next boot.");
}

TEST_CASE("a word that turns the IOMMU off is taken out of the line that has it") {
    Json description = sound(machine("amd", "off-on-command-line"));
    description["command_line"] = "root=/dev/sda1 quiet amd_iommu=off";
    description["files"]["etc/default/grub"] =
        "GRUB_CMDLINE_LINUX_DEFAULT='quiet'\nGRUB_CMDLINE_LINUX='amd_iommu=off nomodeset'\n";
    const auto check = check_of(diagnosed(description), "iommu", CheckState::stop);
    CHECK(check.message == "the kernel command line turns AMD-Vi off: amd_iommu=off");
    CHECK(has(check.hint, "    GRUB_CMDLINE_LINUX='nomodeset'\n"));
    description["cpu"] = "intel";
    description["command_line"] = "quiet intel_iommu=off";
    description["files"]["etc/default/grub"] = "GRUB_CMDLINE_LINUX=\"intel_iommu=off\"\n";
    CHECK(has(check_of(diagnosed(description), "iommu", CheckState::stop).hint,
              "    GRUB_CMDLINE_LINUX=\"intel_iommu=on\"\n"));
}

TEST_CASE("the kernel command line is changed as each distribution does it") {
    const auto hint = [](const std::string& distribution) {
        return check_of(diagnosed(sound(machine("intel", "off-on-command-line"), distribution)),
                        "iommu", CheckState::stop)
            .hint;
    };
    CHECK(has(hint(ubuntu), "    update-grub"));
    CHECK(has(hint(arch), "    grub-mkconfig -o /boot/grub/grub.cfg"));
    CHECK(has(hint(fedora), "    grubby --update-kernel=ALL --args=intel_iommu=on"));
    CHECK(has(hint("ID=opensuse-leap\nID_LIKE=\"suse opensuse\"\n"), "    grub2-mkconfig -o"));
    CHECK(hint("ID=gentoo\n") ==
          "Add intel_iommu=on to the kernel command line in the configuration of the boot loader. "
          "It counts from the next boot.");
}

TEST_CASE("without GRUB the command line's own file is named") {
    Json description = sound(machine("intel", "off-on-command-line"));
    description["files"].erase("etc/default/grub");
    description["files"]["etc/kernel/cmdline"] = "quiet\n";
    CHECK(has(check_of(diagnosed(description), "iommu", CheckState::stop).hint,
              "/etc/kernel/cmdline"));
}

TEST_CASE("interrupts that are not remapped stop, and are a warning where VFIO is told to go on") {
    Json description = sound(machine("intel"));
    description["interrupt_remapping"] = false;
    CHECK(has(check_of(diagnosed(description), "interrupt-remapping", CheckState::stop).hint,
              "x2APIC"));
    description["files"]["sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts"] = "Y\n";
    check_of(diagnosed(description), "interrupt-remapping", CheckState::warning);
    description["command_line"] = "quiet intremap=off";
    description["files"]["etc/default/grub"] = "GRUB_CMDLINE_LINUX=\"intremap=off\"\n";
    CHECK(has(check_of(diagnosed(description), "interrupt-remapping", CheckState::warning).hint,
              "    GRUB_CMDLINE_LINUX=\"\"\n"));
}

TEST_CASE("a faked isolation and needless dangers are warnings") {
    Json description = sound(machine("amd"));
    description["command_line"] = "quiet pcie_acs_override=downstream,multifunction";
    description["files"]["sys/module/vfio/parameters/enable_unsafe_noiommu_mode"] = "Y\n";
    description["files"]["sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts"] = "Y\n";
    const Diagnosis diagnosis = diagnosed(description);
    CHECK(has(check_of(diagnosis, "isolation", CheckState::warning).message,
              "pcie_acs_override=downstream,multifunction"));
    check_of(diagnosis, "no-iommu-mode", CheckState::warning);
    check_of(diagnosis, "unsafe-interrupts", CheckState::warning);
    CHECK_FALSE(diagnosis.stops());
    const Diagnosis sane = diagnosed(sound(machine("amd")));
    for (const char* const name : {"isolation", "no-iommu-mode", "unsafe-interrupts"})
        CHECK(find(sane, name) == nullptr);
}
