// SPDX-License-Identifier: GPL-2.0-or-later
// What doctor says of machines: each check where it should be, and not where it should not.
#include "src/render/doctor.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "src/commands/capture.hpp"
#include "src/commands/examine.hpp"
#include "tests/support/machine_tree.hpp"
#include "tests/support/run_program.hpp"
#include "tests/support/temp_tree.hpp"

using namespace ctrlpass;
using ctrlpass::tests::Run;
using ctrlpass::tests::run_command;
using ctrlpass::tests::TempDir;
using Json = nlohmann::ordered_json;

namespace {

const std::string debian = "ID=debian\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n";
const std::string ubuntu = "ID=ubuntu\nID_LIKE=debian\nPRETTY_NAME=\"Ubuntu 24.04 LTS\"\n";
const std::string arch = "ID=arch\nPRETTY_NAME=\"Arch Linux\"\n";
const std::string fedora = "ID=fedora\n";
const std::string modules = "lib/modules/6.1.0-18-amd64/";

/// The description with what a sound Debian has.
Json sound(Json machine, const std::string& distribution = debian) {
    machine["files"]["etc/os-release"] = distribution;
    machine["files"]["proc/sys/kernel/osrelease"] = "6.1.0-18-amd64\n";
    machine["files"][modules + "modules.builtin"] = "kernel/drivers/pci/pci-stub.ko\n";
    machine["files"][modules + "modules.dep"] =
        "kernel/drivers/vfio/pci/vfio-pci.ko.xz: kernel/drivers/vfio/vfio.ko.xz\n"
        "kernel/drivers/vfio/vfio_iommu_type1.ko.xz:\n";
    machine["files"]["dev/vfio/vfio"] = "";
    machine["files"]["etc/default/grub"] =
        "GRUB_DEFAULT=0\nGRUB_CMDLINE_LINUX_DEFAULT=\"quiet\"\nGRUB_CMDLINE_LINUX=\"\"\n";
    return machine;
}

Json machine(const std::string& cpu, const std::string& state = "on") {
    return {{"cpu", cpu},
            {"iommu", state},
            {"functions",
             {{{"address", "0000:00:14.0"},
               {"path", "sys/devices/pci0000:00/0000:00:14.0"},
               {"class", "0c0330"},
               {"id", "8086:a36d"},
               {"driver", "xhci_hcd"},
               {"group", state == "on" ? Json(3) : Json(nullptr)},
               {"reset", {"pm"}}}}}};
}

Symptoms symptoms_of(const MachineTree& tree) {
    const auto root = Root::open(tree.directory());
    GuestHosts guests;
    auto symptoms = examine(*root, Options{}, guests);
    REQUIRE_MESSAGE(symptoms.has_value(), symptoms.error().what);
    return std::move(*symptoms);
}

Diagnosis diagnosed(const Json& description) {
    return diagnose(symptoms_of(MachineTree::from(description)));
}

const Check* find(const Diagnosis& diagnosis, const std::string& name) {
    for (const Check& check : diagnosis.checks)
        if (check.check == name) return &check;
    return nullptr;
}

/// The check, which must be there with this state.
Check check_of(const Diagnosis& diagnosis, const std::string& name, CheckState state) {
    const Check* const found = find(diagnosis, name);
    REQUIRE_MESSAGE(found != nullptr, name);
    CHECK_MESSAGE(found->state == state, found->message);
    return *found;
}

bool has(const std::string& text, const std::string& part) {
    const bool found = text.find(part) != std::string::npos;
    if (!found) MESSAGE(text);
    return found;
}

Run doctor(const MachineTree& tree, const std::string& words = "") {
    return run_command(std::string(CTRLPASS_BINARY) + " doctor --root " + tree.directory() + " " +
                       words);
}

/// A live machine's symptoms, of a user that is not root.
Symptoms of_a_user() {
    Symptoms symptoms = symptoms_of(MachineTree::from(sound(machine("intel"))));
    symptoms.live = true;
    symptoms.is_root = false;
    symptoms.user = "alice";
    symptoms.memlock = 8ULL << 20U;
    symptoms.recorded.reset();
    return symptoms;
}

RecordedProfile interrupted(Verb verb) {
    RecordedProfile profile;
    profile.name = "front";
    profile.unfinished = Unfinished{};
    profile.unfinished->begin.verb = verb;
    profile.unfinished->begin.time = "2026-11-23T15:22:52Z";
    return profile;
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
    description["command_line"] = "quiet vfio-pci.ids=1912:0014";
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

TEST_CASE("Thunderbolt without DMA protection is a warning, with it in order") {
    Json description = sound(machine("intel"));
    const std::string domain = "sys/bus/thunderbolt/devices/domain0/";
    description["files"][domain + "security"] = "user\n";
    description["files"][domain + "iommu_dma_protection"] = "0\n";
    CHECK(has(check_of(diagnosed(description), "thunderbolt", CheckState::warning).message,
              "security level user"));
    description["files"][domain + "iommu_dma_protection"] = "1\n";
    check_of(diagnosed(description), "thunderbolt", CheckState::ok);
}

TEST_CASE("an override that somebody left is a warning, one of the ledger is not") {
    Json description = sound(machine("intel"));
    description["functions"][0]["override"] = "vfio-pci";
    Symptoms symptoms = symptoms_of(MachineTree::from(description));
    CHECK(has(check_of(diagnose(symptoms), "overrides", CheckState::warning).hint,
              "    echo > /sys/bus/pci/devices/0000:00:14.0/driver_override"));
    RecordedProfile profile;
    profile.name = "front";
    profile.entries.push_back(
        {BindingSetting{*parse_address("0000:00:14.0")}, Binding{}, Binding{}, ""});
    symptoms.recorded = Recorded{{"front", profile}};
    check_of(diagnose(symptoms), "overrides", CheckState::ok);
    symptoms.recorded.reset();
    symptoms.live = true;
    check_of(diagnose(symptoms), "overrides", CheckState::unknown);
}

TEST_CASE("driverctl's memory counts for USB controllers only") {
    Json description = sound(machine("intel"));
    description["files"]["etc/driverctl.d/pci-0000:00:14.0"] = "vfio-pci\n";
    CHECK(has(check_of(diagnosed(description), "overrides", CheckState::warning).hint,
              "    driverctl unset-override 0000:00:14.0"));
    description["functions"][0]["class"] = "030000";
    check_of(diagnosed(description), "overrides", CheckState::ok);
}

TEST_CASE("a controller without a driver and one that the kernel does not answer about are told") {
    Json description = sound(machine("intel"));
    description["functions"][0].erase("driver");
    const MachineTree tree = MachineTree::from(description);
    Symptoms symptoms = symptoms_of(tree);
    CHECK(has(check_of(diagnose(symptoms), "driverless", CheckState::warning).hint,
              "    echo 0000:00:14.0 > /sys/bus/pci/drivers_probe"));
    symptoms.host.functions.begin()->second.stuck = true;
    check_of(diagnose(symptoms), "stuck-functions", CheckState::stop);
    CHECK(find(diagnose(symptoms), "driverless") == nullptr);
}

TEST_CASE("tools that run beside it are said") {
    Json description = sound(machine("intel"));
    CHECK(find(diagnosed(description), "usbguard") == nullptr);
    description["files"]["sys/fs/cgroup/system.slice/usbguard.service/cgroup.procs"] = "";
    description["files"]["sys/fs/cgroup/systemd/system.slice/irqbalance.service/tasks"] = "";
    check_of(diagnosed(description), "usbguard", CheckState::ok);
    check_of(diagnosed(description), "irqbalance", CheckState::ok);
}

TEST_CASE("an ordinary user learns what only root can know, and that is no warning") {
    Symptoms symptoms = of_a_user();
    symptoms.health.has_libvirt = true;
    symptoms.holders.complete = false;
    symptoms.libvirts = {
        {"qemu:///system",
         false,
         {},
         0,
         Error{"cannot connect", "authentication failed", "Join the group.", Trouble::denied}}};
    const Diagnosis diagnosis = diagnose(symptoms);
    for (const char* const name : {"holders", "ledger", "libvirt"})
        check_of(diagnosis, name, CheckState::unknown);
    CHECK_FALSE(diagnosis.stops());
    CHECK_FALSE(diagnosis.warns());
    CHECK(doctor_text(diagnosis, Style()).ends_with(", 3 not known.\n"));
}

TEST_CASE("the limit of locked memory matters to users whose guests libvirt does not run") {
    Symptoms symptoms = of_a_user();
    CHECK(has(check_of(diagnose(symptoms), "memlock", CheckState::warning).hint,
              "    echo 'alice - memlock unlimited' > /etc/security/limits.d/50-vfio.conf"));
    symptoms.health.has_libvirt = true;
    check_of(diagnose(symptoms), "memlock", CheckState::ok);
    symptoms.health.has_libvirt = false;
    symptoms.memlock.reset();
    check_of(diagnose(symptoms), "memlock", CheckState::ok);
    symptoms.memlock = 65536;
    symptoms.is_root = true;
    check_of(diagnose(symptoms), "memlock", CheckState::ok);
}

TEST_CASE("a libvirt that fails stops only what needs it") {
    Symptoms symptoms = of_a_user();
    LibvirtAnswer answer{
        "qemu:///system",
        false,
        {},
        0,
        Error{"cannot connect", "no such socket", "Start it:\n    systemctl start libvirtd"}};
    symptoms.libvirts = {answer};
    CHECK(has(check_of(diagnose(symptoms), "libvirt", CheckState::warning).hint,
              "    systemctl start libvirtd"));
    symptoms.libvirts[0].needed = true;
    check_of(diagnose(symptoms), "libvirt", CheckState::stop);
    symptoms.libvirts[0].error->trouble = Trouble::missing;
    CHECK(has(check_of(diagnose(symptoms), "libvirt", CheckState::stop).hint,
              "    apt-get install libvirt-daemon-system"));
    symptoms.libvirts[0].error.reset();
    symptoms.libvirts[0].version = "libvirt 9.0.0, QEMU 7.2.19";
    symptoms.libvirts[0].domains = 1;
    CHECK(check_of(diagnose(symptoms), "libvirt", CheckState::ok).message ==
          "libvirt 9.0.0, QEMU 7.2.19 answers at qemu:///system, 1 domain");
}

TEST_CASE("the state directory must be root's alone, and something must fit into it") {
    Symptoms symptoms = of_a_user();
    using Kind = StateDirectory::Kind;
    const auto state = [&](const StateDirectory& directory, CheckState expected) {
        symptoms.state = directory;
        return check_of(diagnose(symptoms), "state-directory", expected).hint;
    };
    const std::string path = "/var/lib/ctrlpass";
    state({path, Kind::absent, 0, 0, true, false}, CheckState::ok);
    state({path, Kind::directory, 0, 0700, true, false}, CheckState::ok);
    CHECK(has(state({path, Kind::directory, 0, 0755, true, false}, CheckState::warning),
              "    chmod 0700 /var/lib/ctrlpass"));
    CHECK(has(state({path, Kind::directory, 1000, 0700, true, false}, CheckState::stop),
              "    chown -R root:root /var/lib/ctrlpass"));
    state({path, Kind::other, 0, 0777, true, false}, CheckState::stop);
    CHECK(has(state({path, Kind::directory, 0, 0700, false, false}, CheckState::stop), "findmnt"));
    state({path, Kind::directory, 0, 0700, true, true}, CheckState::warning);
}

TEST_CASE("unfinished transactions and broken ledgers are told") {
    Symptoms symptoms = of_a_user();
    symptoms.recorded = Recorded{{"front", interrupted(Verb::apply)}};
    auto check = check_of(diagnose(symptoms), "ledger", CheckState::warning);
    CHECK(check.message == "an apply of front was interrupted (2026-11-23T15:22:52Z)");
    CHECK(has(check.hint, "    ctrlpass apply front"));
    symptoms.recorded = Recorded{{"front", interrupted(Verb::rollback)}};
    CHECK(has(check_of(diagnose(symptoms), "ledger", CheckState::warning).hint,
              "    ctrlpass rollback front"));
    symptoms.recorded = Recorded{};
    check_of(diagnose(symptoms), "ledger", CheckState::ok);
    symptoms.ledger_error = Error{"cannot read front.jsonl", "line 3 is no record of ours", {}};
    check_of(diagnose(symptoms), "ledger", CheckState::stop);
}

TEST_CASE("a profile that cannot be used is told, one that others can change is a warning") {
    Symptoms symptoms = of_a_user();
    symptoms.troubles = {{"front", Error{"unknown key 'adress'", "front.toml:2:1", {}}, true},
                         {"rear", Error{"cannot trust profile rear", "writable", {}}, false}};
    const Diagnosis diagnosis = diagnose(symptoms);
    check_of(diagnosis, "profile front", CheckState::stop);
    check_of(diagnosis, "profile rear", CheckState::warning);
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
                                    {"message", "VT-d is off in the firmware"},
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
    const TempDir directory;
    auto root = Root::open(tree.directory());
    REQUIRE(capture(*root, {}, directory.path() + "/copy").has_value());
    const auto copy = Root::open(directory.path() + "/copy");
    GuestHosts guests;
    const auto here = examine(*root, Options{}, guests);
    const auto there = examine(*copy, Options{}, guests);
    Health expected = here->health;
    expected.grub_lines[0].text = "GRUB_CMDLINE_LINUX_DEFAULT=\"iommu=pt\"";
    CHECK(there->health == expected);
}
