// SPDX-License-Identifier: GPL-2.0-or-later
// What loads vfio-pci before the host's USB drivers, and what doctor makes of it.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "iommu/read_host.hpp"
#include "src/capture/capture.hpp"
#include "src/findings/diagnosis.hpp"
#include "src/render/doctor.hpp"
#include "tests/src/captured_machine.hpp"
#include "tests/support/machine_tree.hpp"
#include "tests/support/temp_tree.hpp"

using namespace ctrlpass;
using ctrlpass::tests::CapturedMachine;
using ctrlpass::tests::TempDir;

namespace {

const std::string release = "6.1.0-18-amd64";

/// A machine with these files beside what a Debian has.
MachineTree tree_with(const std::map<std::string, std::string>& files) {
    nlohmann::ordered_json machine = machine_description("b550-itx");
    machine["files"]["proc/sys/kernel/osrelease"] = release + "\n";
    for (const auto& [path, text] : files) machine["files"][path] = text;
    return MachineTree::from(machine);
}

Check early_boot(const Root& root) {
    Symptoms symptoms;
    symptoms.host = read_host(root, Scope{.everything = true, .subjects = {}}).value();
    symptoms.health = read_health(root);
    const Diagnosis diagnosis = diagnose(symptoms);
    const auto check = std::ranges::find(diagnosis.checks, "early-boot", &Check::check);
    REQUIRE(check != diagnosis.checks.end());
    return *check;
}

Check early_boot(const std::map<std::string, std::string>& files) {
    const MachineTree tree = tree_with(files);
    return early_boot(*Root::open(tree.directory()));
}

const std::string ids = "options vfio-pci ids=1912:0014\n";
const std::string softdep = "softdep xhci-pci pre: kvm vfio-pci post: z\n";
const std::string file = "etc/modprobe.d/vfio.conf";

}  // namespace

TEST_CASE("a softdep that loads vfio-pci before the USB driver takes nothing without ids") {
    const Check check = early_boot({{file, softdep}});
    CHECK(check.state == CheckState::ok);
    CHECK(check.message ==
          "the host's USB driver binds first; ctrlpass takes the controllers from it later "
          "(/etc/modprobe.d/vfio.conf loads it before xhci_pci, where it takes nothing without "
          "ids)");
}

TEST_CASE("a softdep makes the ids take every twin at boot") {
    const Check check = early_boot({{file, ids + softdep}});
    CHECK(check.state == CheckState::warning);
    CHECK(check.message ==
          "/etc/modprobe.d/vfio.conf has vfio-pci ids=1912:0014, and /etc/modprobe.d/vfio.conf "
          "loads it before xhci_pci: at boot every function of these ids goes to vfio-pci, twins "
          "too");
}

TEST_CASE("an install line that loads vfio-pci before the USB driver counts as a softdep does") {
    CHECK(early_boot({{file, ids + "install xhci-pci /sbin/modprobe vfio-pci; /sbin/modprobe "
                                   "--ignore-install xhci-pci\n"}})
              .message.find("loads it before xhci_pci: at boot") != std::string::npos);
    CHECK(early_boot({{file, "install nvidia /sbin/modprobe vfio-pci\n"}})
              .message.ends_with("from it later"));
}

TEST_CASE("a softdep of other modules, after them, or in a comment does not load vfio-pci early") {
    for (const char* const other :
         {"softdep nvidia pre: vfio-pci\n", "softdep xhci_pci post: vfio-pci\n",
          "# softdep xhci_pci pre: vfio-pci\n", "softdep xhci_pci pre: vfio_iommu_type1\n"})
        CHECK_MESSAGE(early_boot({{file, other}}).message.ends_with("from it later"), other);
}

TEST_CASE("a softdep has no effect on a USB driver in the kernel's image") {
    const Check check = early_boot(
        {{file, ids + softdep},
         {"lib/modules/" + release + "/modules.builtin", "kernel/drivers/usb/host/xhci-pci.ko\n"}});
    CHECK(check.message.find("is there before it") != std::string::npos);
    CHECK(check.message.find("loads it") == std::string::npos);
}

TEST_CASE("vfio-pci in the initramfs is told with the file that puts it there") {
    for (const auto& [path, text] : std::map<std::string, std::string>{
             {"etc/initramfs-tools/modules", "# vfio-pci\nvfio_pci ids=1:2\n"},
             {"etc/dracut.conf.d/10.conf", "force_drivers+=\" vfio vfio-pci \"\n"},
             {"etc/mkinitcpio.conf", "MODULES=(vfio_pci)\n"}}) {
        const Check check = early_boot({{file, ids}, {path, text}});
        CHECK_MESSAGE(
            check.message.find("/" + path + " loads it in the initramfs") != std::string::npos,
            check.message);
    }
    CHECK(early_boot({{"etc/initramfs-tools/modules", "# vfio_pci\n"}})
              .message.ends_with("from it later"));
}

TEST_CASE("a capture has what loads vfio-pci early, and no other line of those files") {
    const MachineTree tree =
        tree_with({{file, ids + softdep + "# secret\n"},
                   {"etc/initramfs-tools/modules", "secret key=1\nvfio_pci\n"}});
    const CapturedMachine captured(tree.directory());
    const auto& [directory, root, copy] = captured;
    CHECK(early_boot(*copy) == early_boot(*root));
    // Every line stays a line.
    CHECK(copy->attribute(file) == ids + softdep);
    CHECK(copy->attribute("etc/initramfs-tools/modules") == "\nvfio_pci");
}

TEST_CASE("ids behind vfio-pci in the initramfs' list of modules count") {
    for (const std::string name : {"vfio-pci", "vfio_pci"}) {
        const Check check = early_boot(
            {{"etc/initramfs-tools/modules", "# before USB\n" + name + " ids=1912:0014\n"}});
        CHECK(check.state == CheckState::warning);
        CHECK(check.message.starts_with("/etc/initramfs-tools/modules has vfio-pci ids=1912:0014"));
    }
}
