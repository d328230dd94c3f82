// SPDX-License-Identifier: GPL-2.0-or-later
// What doctor says of the functions and of tools that want them too.
#include "tests/src/diagnosed.hpp"

using namespace ctrlpass;
using namespace ctrlpass::tests;

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

TEST_CASE("the hint of an override fits the place that sets it") {
    const std::string address = "0000:00:14.0";
    const auto hint_with = [&](const std::string& path, const std::string& text) {
        Json description = sound(machine("intel"));
        description["functions"][0]["override"] = "vfio-pci";
        description["files"][path] = text;
        const auto check = check_of(diagnosed(description), "overrides", CheckState::warning);
        CHECK_MESSAGE(has(check.message, "/" + path), check.message);
        CHECK(check.hint.ends_with("    echo > /sys/bus/pci/devices/" + address +
                                   "/driver_override"));
        return check.hint;
    };
    const std::string echo = "echo vfio-pci > /sys/bus/pci/devices/" + address + "/driver_override";
    CHECK(has(hint_with("etc/tmpfiles.d/usb.conf",
                        "w /sys/bus/pci/devices/" + address + "/driver_override - - - - vfio-pci"),
              "take the lines out of the file:\n    sensible-editor /etc/tmpfiles.d/usb.conf\n"));
    CHECK(has(hint_with("etc/systemd/system/usb.service", "ExecStart=/bin/sh -c '" + echo + "'"),
              "turn the unit off:\n    systemctl disable usb.service\n"));
    CHECK(has(hint_with("usr/lib/dracut/modules.d/20x/x.sh", echo), "script of the initramfs"));
    CHECK(has(hint_with("etc/modprobe.d/x.conf", "install vfio-pci /bin/sh -c '" + echo + "'"),
              "take the line out of modprobe's configuration:\n"));
    CHECK_FALSE(has(hint_with("etc/cron.d/usb", "@reboot root " + echo), "rule"));
}
