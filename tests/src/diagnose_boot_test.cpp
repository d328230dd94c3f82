// SPDX-License-Identifier: GPL-2.0-or-later
// What doctor says of modules, drivers and what the kernel was booted with.
#include "tests/src/diagnosed.hpp"

using namespace ctrlpass;
using namespace ctrlpass::tests;

TEST_CASE("a module that the running kernel lacks stops, with the package that has it") {
    const auto hint = [](const std::string& distribution, const std::string& release) {
        Json description = sound(machine("intel"), distribution);
        description["files"]["proc/sys/kernel/osrelease"] = release + "\n";
        description["files"]["lib/modules/" + release + "/modules.dep"] =
            "kernel/drivers/vfio/vfio_iommu_type1.ko:\n";
        const Diagnosis diagnosis = diagnosed(description);
        check_of(diagnosis, "module-vfio_iommu_type1", CheckState::ok);
        return check_of(diagnosis, "module-vfio-pci", CheckState::stop).hint;
    };
    CHECK(has(hint(debian, "6.1.0-18-cloud-amd64"), "    apt-get install linux-image-amd64\n"));
    CHECK(has(hint(debian, "6.1.0-20-amd64"), "    apt-get install linux-image-6.1.0-20-amd64"));
    CHECK(has(hint(ubuntu, "6.8.0-31-generic"),
              "    apt-get install linux-modules-extra-6.8.0-31-generic"));
    CHECK(has(hint(arch, "6.9.1-arch1-1"), "    pacman -S linux"));
    CHECK(has(hint("ID=gentoo\n", "6.9.1"), "CONFIG_VFIO_PCI"));
}

TEST_CASE("after an upgrade that took the running kernel's modules away only a reboot helps") {
    Json description = sound(machine("intel"), arch);
    description["files"]["proc/sys/kernel/osrelease"] = "6.8.9-arch1-1\n";
    const auto check = check_of(diagnosed(description), "module-vfio-pci", CheckState::stop);
    CHECK(check.message ==
          "the modules of the running kernel 6.8.9-arch1-1 are not in /lib/modules");
    CHECK(has(check.hint, "6.1.0-18-amd64"));
    CHECK(has(check.hint, "    reboot"));
}

TEST_CASE("modules that are built in or loaded are in order whatever the lists say") {
    Json description = sound(machine("intel"));
    description["files"][modules + "modules.dep"] = "";
    description["files"][modules + "modules.builtin"] = "kernel/drivers/vfio/pci/vfio-pci.ko\n";
    description["modules"] = {"vfio_iommu_type1"};
    const Diagnosis diagnosis = diagnosed(description);
    CHECK(check_of(diagnosis, "module-vfio-pci", CheckState::ok).message ==
          "built into the kernel");
    CHECK(check_of(diagnosis, "module-vfio_iommu_type1", CheckState::ok).message == "loaded");
}

TEST_CASE("an install line that keeps vfio-pci out is found, and one that loads it is not") {
    Json description = sound(machine("intel"));
    description["files"]["etc/modprobe.d/no.conf"] = "install vfio_pci /bin/false\n";
    const auto check = check_of(diagnosed(description), "module-vfio-pci", CheckState::stop);
    CHECK(has(check.message, "/etc/modprobe.d/no.conf"));
    CHECK(has(check.hint,
              "    sed -i 's/^install vfio_pci \\/bin\\/false/# &/' /etc/modprobe.d/no.conf"));
    description["files"]["etc/modprobe.d/no.conf"] =
        "install vfio_pci /sbin/modprobe --ignore-install vfio-pci\n";
    check_of(diagnosed(description), "module-vfio-pci", CheckState::ok);
}

TEST_CASE("VFIO's node must be there and open to all once the module is") {
    Json description = sound(machine("intel"));
    description["files"].erase("dev/vfio/vfio");
    check_of(diagnosed(description), "vfio-device", CheckState::ok);
    description["modules"] = {"vfio_pci"};
    check_of(diagnosed(description), "vfio-device", CheckState::stop);
    Symptoms symptoms = symptoms_of(MachineTree::from(sound(machine("intel"))));
    symptoms.health.modules["vfio-pci"] = ModuleSource::loaded;
    symptoms.health.vfio_node.mode = 0600;
    CHECK(has(check_of(diagnose(symptoms), "vfio-device", CheckState::warning).hint,
              "    chmod 0666 /dev/vfio/vfio"));
    symptoms.health.vfio_node.mode = 0666;
    check_of(diagnose(symptoms), "vfio-device", CheckState::ok);
}

TEST_CASE("ids that vfio-pci takes at boot are a warning with the place and the way out") {
    Json description = sound(machine("intel"));
    description["files"]["etc/modprobe.d/vfio.conf"] = "options vfio-pci ids=1912:0014\n";
    auto check = check_of(diagnosed(description), "early-boot", CheckState::warning);
    CHECK(has(check.message, "/etc/modprobe.d/vfio.conf has vfio-pci ids=1912:0014"));
    CHECK(has(check.hint, "    update-initramfs -u"));
    description["files"].erase("etc/modprobe.d/vfio.conf");
    description["command_line"] = "BOOT_IMAGE=/boot/vmlinuz quiet vfio-pci.ids=1912:0014";
    description["files"]["etc/default/grub"] =
        "GRUB_CMDLINE_LINUX_DEFAULT=\"quiet vfio-pci.ids=1912:0014\"\n";
    check = check_of(diagnosed(description), "early-boot", CheckState::warning);
    CHECK(has(check.hint, "    GRUB_CMDLINE_LINUX_DEFAULT=\"quiet\"\n"));
}

TEST_CASE("a host driver in the kernel's image binds first, which is in order") {
    Json description = sound(machine("intel"));
    description["files"][modules + "modules.builtin"] = "kernel/drivers/usb/host/xhci-pci.ko\n";
    CHECK(has(check_of(diagnosed(description), "early-boot", CheckState::ok).message,
              "built into the kernel"));
}

TEST_CASE("lockdown and Secure Boot are said and stop nothing") {
    Json description = sound(machine("intel"));
    description["files"]["sys/kernel/security/lockdown"] = "none [integrity] confidentiality\n";
    description["files"]
               ["sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-"
                "00e098032b8c"] = std::string("\x06\0\0\0\x01", 5);
    const Diagnosis diagnosis = diagnosed(description);
    CHECK(has(check_of(diagnosis, "lockdown", CheckState::ok).message, "(integrity)"));
    CHECK(has(check_of(diagnosis, "secure-boot", CheckState::ok).message, "on:"));
    CHECK_FALSE(diagnosis.warns());
}
