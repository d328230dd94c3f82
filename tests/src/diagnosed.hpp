// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "src/commands/examine.hpp"
#include "src/findings/diagnosis.hpp"
#include "tests/support/small_scene.hpp"

namespace ctrlpass::tests {

using Json = nlohmann::ordered_json;

inline const std::string debian = "ID=debian\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n";
inline const std::string ubuntu = "ID=ubuntu\nID_LIKE=debian\nPRETTY_NAME=\"Ubuntu 24.04 LTS\"\n";
inline const std::string arch = "ID=arch\nPRETTY_NAME=\"Arch Linux\"\n";
inline const std::string fedora = "ID=fedora\n";
inline const std::string modules = "lib/modules/6.1.0-18-amd64/";

/// The description with what a sound Debian has.
inline Json sound(Json machine, const std::string& distribution = debian) {
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

inline Json machine(const std::string& cpu, const std::string& state = "on") {
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

inline Symptoms symptoms_of(const MachineTree& tree) {
    const auto root = Root::open(tree.directory());
    GuestHosts guests;
    auto symptoms = examine(*root, Options{}, guests);
    REQUIRE_MESSAGE(symptoms.has_value(), symptoms.error().what);
    return std::move(*symptoms);
}

inline Diagnosis diagnosed(const Json& description) {
    return diagnose(symptoms_of(MachineTree::from(description)));
}

inline const Check* find(const Diagnosis& diagnosis, const std::string& name) {
    for (const Check& check : diagnosis.checks)
        if (check.check == name) return &check;
    return nullptr;
}

/// The check, which must be there with this state.
inline Check check_of(const Diagnosis& diagnosis, const std::string& name, CheckState state) {
    const Check* const found = find(diagnosis, name);
    REQUIRE_MESSAGE(found != nullptr, name);
    CHECK_MESSAGE(found->state == state, found->message);
    return *found;
}

}  // namespace ctrlpass::tests
