// SPDX-License-Identifier: GPL-2.0-or-later
// A function whose attributes make no sense costs that function only.
#include "iommu/read_host.hpp"
#include "src/render/inspect.hpp"
#include "tests/src/diagnosed.hpp"
#include "tests/support/small_scene.hpp"

using namespace ctrlpass;
using namespace ctrlpass::tests;

TEST_CASE("a look at everything leaves out a function with attributes that make no sense") {
    const std::string home = "sys/devices/pci0000:00/0000:00:15.0/";
    for (const char* const attribute : {"vendor", "device"})
        for (const std::string text : {"", "\n", "garbage\n", "0x12345\n"}) {
            const Scene scene = small_scene();
            scene.tree().write(home + attribute, text);
            const auto host = read_host(scene.root(), Scope{.everything = true, .subjects = {}});
            REQUIRE(host.has_value());
            REQUIRE(host->unread.size() == 1);
            CHECK(to_string(host->unread.begin()->first) == "0000:00:15.0");
            CHECK(host->function(*parse_address("0000:00:14.0")) != nullptr);
            CHECK(host->controllers.size() == 1);
            const std::string json = inspect_json(*host, {});
            CHECK(has(json, "\"unread\""));
            CHECK(has(json, std::string("cannot understand /") + home + attribute));
        }
}

TEST_CASE("doctor names the functions that it could not read") {
    auto description = sound(machine("intel"));
    const MachineTree tree = MachineTree::from(description);
    tree.write("sys/bus/pci/devices/0000:00:14.0/vendor", "");
    check_of(diagnose(symptoms_of(tree)), "unread-functions", CheckState::unknown);
}

TEST_CASE("a plan about one controller does not ask for the attributes of another") {
    const Scene scene = small_scene();
    scene.tree().write("sys/devices/pci0000:00/0000:00:15.0/vendor", "");
    Scope scope;
    scope.subjects = [](const std::vector<Place>&) {
        return std::vector<PciAddress>{*parse_address("0000:00:14.0")};
    };
    CHECK(read_host(scene.root(), scope).has_value());
    scene.tree().write("sys/devices/pci0000:00/0000:00:14.0/vendor", "");
    CHECK_FALSE(read_host(scene.root(), scope).has_value());
}
