// SPDX-License-Identifier: GPL-2.0-or-later
// What doctor says of the platform: IOMMU, remapping of interrupts, isolation.
#include "tests/src/diagnosed.hpp"

using namespace ctrlpass;
using namespace ctrlpass::tests;

TEST_CASE("an IOMMU off in the firmware names the switch of that maker") {
    const auto intel =
        check_of(diagnosed(sound(machine("intel", "off-in-firmware"))), "iommu", CheckState::stop);
    CHECK(intel.message ==
          "VT-d is off in the firmware, or hidden by it: there is no ACPI table DMAR");
    CHECK(has(intel.hint, "\"VT-d\""));
    const auto amd =
        check_of(diagnosed(sound(machine("amd", "off-in-firmware"))), "iommu", CheckState::stop);
    CHECK(amd.message ==
          "AMD-Vi is off in the firmware, or hidden by it: there is no ACPI table IVRS");
    CHECK(has(amd.hint, "\"IOMMU\""));
    CHECK_FALSE(has(amd.hint + " ", "VT-d\""));
}

TEST_CASE("the way into the firmware's setup is a command where there is EFI") {
    Json description = sound(machine("amd", "off-in-firmware"));
    description["files"]["sys/firmware/efi/fw_platform_size"] = "64\n";
    CHECK(has(check_of(diagnosed(description), "iommu", CheckState::stop).hint,
              "    systemctl reboot --firmware-setup"));
}

TEST_CASE("interrupts that are not remapped stop, and are a warning where VFIO is told to go on") {
    Json description = sound(machine("intel"));
    description["interrupt_remapping"] = false;
    CHECK(has(check_of(diagnosed(description), "interrupt-remapping", CheckState::stop).hint,
              "x2APIC"));
    description["files"]["sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts"] = "Y\n";
    check_of(diagnosed(description), "interrupt-remapping", CheckState::warning);
    description["command_line"] = "BOOT_IMAGE=/boot/vmlinuz quiet intremap=off";
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
