// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/support/plan_of.hpp"

#include <doctest/doctest.h>

#include "iommu/read_host.hpp"

namespace ctrlpass::tests {

MachineTree two_controllers(const std::string& more) {
    return MachineTree::from(
        R"({"roots":{"pci0000:00":"\\_SB_.PC00"},"drivers":["vfio-pci"],"functions":[
        {"address":"0000:00:14.0","path":"sys/devices/pci0000:00/0000:00:14.0","class":"0c0330",
         "id":"8086:a36d","driver":"xhci_hcd","group":4},
        {"address":"0000:00:15.0","path":"sys/devices/pci0000:00/0000:00:15.0","class":"0c0330",
         "id":"8086:a36d","driver":"xhci_hcd","group":5}])" +
        (more.empty() ? "" : "," + more) + "}");
}

Profile profile_of(const std::string& text, const std::string& name) {
    const auto profile = parse_profile("format = 1\n" + text, "/p/" + name + ".toml");
    REQUIRE_MESSAGE(profile.has_value(), profile.error().what);
    return *profile;
}

Profile bare_profile(const std::string& name) {
    Profile profile = profile_of("[vm]\nname = \"win11\"\n" + first_controller, name);
    profile.controllers.clear();
    return profile;
}

Plan plan_of(MachineTree tree, const std::string& profile, bool may_lock_out) {
    return Scene(std::move(tree)).plan({profile_of(profile)}, may_lock_out);
}

Host host_of(const MachineTree& tree) {
    const auto root = Root::open(tree.directory());
    REQUIRE(root.has_value());
    auto host = read_host(*root, Scope{.everything = true, .subjects = {}});
    REQUIRE_MESSAGE(host.has_value(), host.error().what);
    return std::move(*host);
}

}  // namespace ctrlpass::tests
