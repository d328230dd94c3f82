// SPDX-License-Identifier: GPL-2.0-or-later
// The command itself: exit codes, text, document, and whose it is. What it says of a machine is in
// diagnose_*_test.cpp.
#include "src/render/doctor.hpp"

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "src/capture/capture.hpp"
#include "tests/src/captured_machine.hpp"
#include "tests/src/diagnosed.hpp"
#include "tests/support/run_program.hpp"
#include "tests/support/temp_tree.hpp"

using namespace ctrlpass;
using namespace ctrlpass::tests;

namespace {

Run doctor(const MachineTree& tree, const std::string& words = "") {
    return run_command(std::string(CTRLPASS_BINARY) + " doctor --root " + tree.directory() + " " +
                       words);
}

}  // namespace

TEST_CASE("on a sound machine everything is in order") {
    const Diagnosis diagnosis = diagnosed(sound(machine("intel")));
    for (const Check& check : diagnosis.checks)
        CHECK_MESSAGE(check.state == CheckState::ok, check.check << ": " << check.message);
    CHECK_FALSE(diagnosis.stops());
    CHECK_FALSE(diagnosis.warns());
    for (const char* const name :
         {"iommu", "interrupt-remapping", "module-vfio-pci", "module-vfio_iommu_type1",
          "vfio-device", "early-boot", "controllers", "overrides"})
        CHECK_MESSAGE(find(diagnosis, name) != nullptr, name);
    CHECK(doctor_text(diagnosis, Style()).ends_with("\n8 in order.\n"));
}

TEST_CASE("doctor exits 0 when all is well, 4 for warnings, 3 when passthrough is stopped") {
    CHECK(doctor(MachineTree::from(sound(machine("intel")))).code == 0);
    Json warned = sound(machine("intel"));
    warned["functions"][0]["override"] = "vfio-pci";
    const Run warning = doctor(MachineTree::from(warned));
    CHECK_MESSAGE(warning.code == 4, warning.output);
    CHECK(has(warning.output, "\n1 warning, "));
    const Run stopped = doctor(MachineTree::from(sound(machine("amd", "off-in-firmware"))));
    CHECK_MESSAGE(stopped.code == 3, stopped.output);
    CHECK(has(stopped.output, "1 thing stops passthrough, "));
    CHECK(run_command(std::string(CTRLPASS_BINARY) + " doctor --root /nowhere/at/all").code == 1);
    CHECK(run_command(std::string(CTRLPASS_BINARY) + " doctor /nowhere/none.toml").code == 2);
}

TEST_CASE("with a profile doctor adds what its plan finds, each once") {
    const TempDir directory;
    const std::string profile = directory.path() + "/front.toml";
    std::ofstream(profile) << "format = 1\n[[controller]]\naddress = \"0000:77:00.0\"\n";
    const MachineTree tree = MachineTree::from(sound(machine("intel")));
    const Run refused = doctor(tree, profile);
    CHECK_MESSAGE(refused.code == 3, refused.output);
    CHECK(has(refused.output, "\nfront\n"));
    CHECK(has(refused.output, "! refuse no-such-controller: "));
    std::ofstream(profile) << "format = 1\n[[controller]]\naddress = \"0000:00:14.0\"\n";
    const Run fine = doctor(tree, profile);
    CHECK_MESSAGE(fine.code == 0, fine.output);
    CHECK(has(fine.output, "\nfront\n  ✓ nothing else stands in its way\n"));
    const Run off = doctor(MachineTree::from(sound(machine("intel", "off-in-firmware"))), profile);
    CHECK(off.code == 3);
    CHECK(off.output.find("iommu-off") == std::string::npos);
    CHECK(has(off.output, "1 thing stops passthrough, "));
}

TEST_CASE("doctor's document has checks and findings, and the same value as the text") {
    const TempDir directory;
    const std::string profile = directory.path() + "/front.toml";
    std::ofstream(profile) << "format = 1\n[[controller]]\naddress = \"0000:00:14.0\"\n";
    const MachineTree tree = MachineTree::from(sound(machine("intel", "off-in-firmware")));
    const Run result = doctor(tree, "--json " + profile);
    CHECK(result.code == 3);
    const Json json = Json::parse(result.output, nullptr, false);
    REQUIRE(json.is_object());
    CHECK(json.begin().key() == "format");
    CHECK(json["command"] == "doctor");
    REQUIRE(json["checks"].size() > 3);
    CHECK(json["checks"][0] == Json{{"check", "iommu"},
                                    {"state", "stop"},
                                    {"message",
                                     "VT-d is off in the firmware, or hidden by it: there is no "
                                     "ACPI table DMAR"},
                                    {"hint", json["checks"][0]["hint"]}});
    REQUIRE(json["findings"].size() == 1);
    CHECK(json["findings"][0]["code"] == "iommu-off");
    const Run text = doctor(tree, profile);
    for (const Json& check : json["checks"]) CHECK(has(text.output, check["message"]));
}

TEST_CASE("doctor works for an ordinary user") {
    if (::geteuid() != 0) return;
    const MachineTree tree = MachineTree::from(sound(machine("intel")));
    std::filesystem::permissions(tree.directory(), std::filesystem::perms(0755));
    const TempDir directory;
    const std::string program = directory.path() + "/ctrlpass";
    std::filesystem::copy_file(CTRLPASS_BINARY, program);
    std::filesystem::permissions(directory.path(), std::filesystem::perms(0755));
    const Run result = run_command("setpriv --reuid=65534 --regid=65534 --clear-groups " + program +
                                   " doctor --root " + tree.directory());
    CHECK_MESSAGE(result.code == 0, result.output);
    CHECK(has(result.output, "VT-d is on"));
}

TEST_CASE("hostile text in files is shown escaped") {
    Json description = sound(machine("intel"));
    description["files"]["etc/modprobe.d/vfio.conf"] = "options vfio-pci ids=1:2\x1b[2J\n";
    const Run result = doctor(MachineTree::from(description));
    CHECK(result.output.find('\x1b') == std::string::npos);
    CHECK(has(result.output, "\\x1b[2J"));
}

TEST_CASE("a captured machine gets the same diagnosis") {
    Json description = sound(machine("intel", "off-on-command-line"), ubuntu);
    description["files"]["etc/modprobe.d/vfio.conf"] = "options vfio-pci ids=1912:0014\n";
    description["files"]["sys/fs/cgroup/system.slice/usbguard.service/cgroup.procs"] = "";
    description["files"]["usr/sbin/libvirtd"] = "";
    description["files"]["etc/default/grub"] =
        "GRUB_CMDLINE_LINUX_DEFAULT=\"iommu=pt secret=1\"\nGRUB_OTHER=1\n";
    const MachineTree tree = MachineTree::from(description);
    const CapturedMachine captured(tree.directory());
    const auto& [directory, root, copy] = captured;
    GuestHosts guests;
    const auto here = examine(*root, Options{}, guests);
    const auto there = examine(*copy, Options{}, guests);
    Health expected = here->health;
    expected.boot.grub[0].text.assignments[0].parts[0].text = "iommu=pt masked";
    Health copied = there->health;
    copied.boot.loader = expected.boot.loader;
    CHECK(copied == expected);
}
