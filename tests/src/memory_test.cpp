// SPDX-License-Identifier: GPL-2.0-or-later
// A guest's memory: what its definition says, and whether VFIO can lock it.
#include <doctest/doctest.h>

#include "src/guests/domain_memory.hpp"
#include "tests/support/small_scene.hpp"

using namespace ctrlpass;
using namespace ctrlpass::tests;

namespace {

constexpr std::uint64_t gibibyte = 1U << 20U;

DomainMemory memory_of(const std::string& inside) {
    const auto memory = memory_in("<domain>" + inside + "</domain>");
    REQUIRE(memory.has_value());
    return *memory;
}

/// The plan for a guest with this in its definition.
Plan plan_with(const std::string& inside, const std::string& hostdevs = "") {
    Scene scene = small_scene();
    const DomainRef ref = scene.domains().add("win 11", hostdevs);
    std::string& definition = scene.domains().by_uuid[ref.uuid].definition;
    definition.insert(definition.find("<devices>"), inside);
    return scene.plan({small_profile("", "[vm]\nname = \"win 11\"\n")});
}

const std::string eight = "<memory unit='KiB'>8388608</memory>";

std::string limit(std::uint64_t kibibytes) {
    return "<memtune><hard_limit unit='KiB'>" + std::to_string(kibibytes) +
           "</hard_limit></memtune>";
}

}  // namespace

TEST_CASE("sizes are read in libvirt's units") {
    CHECK(memory_of("<memory>2048</memory>").size == 2048);
    CHECK(memory_of("<memory unit='GiB'> 4 </memory>").size == 4 * gibibyte);
    CHECK(memory_of("<memory unit='G'>4</memory>").size == 4 * gibibyte);
    CHECK(memory_of("<memory unit='MB'>1</memory>").size == 977);
    CHECK(memory_of("<memory unit='bytes'>1024</memory>").size == 1);
    CHECK(memory_of("<memory unit='furlong'>4</memory>").size == 0);
    CHECK(memory_of("<memory>much</memory>").size == 0);
    CHECK(memory_of("<memory>99999999999999999999999</memory>").size > gibibyte);
    CHECK_FALSE(memory_of(eight).hard_limit);
    CHECK(memory_of(eight + limit(5)).hard_limit == 5);
    CHECK_FALSE(memory_of(eight).iommu);
    CHECK(memory_of("<devices><iommu model='intel'/></devices>").iommu);
    CHECK_FALSE(memory_in("<network/>").has_value());
}

TEST_CASE("a guest locks its memory and 1 GiB, with an IOMMU of its own once for each device") {
    CHECK(locked_for({.size = 8 * gibibyte}, 3) == 9 * gibibyte);
    CHECK(locked_for({.size = 8 * gibibyte, .iommu = true}, 3) == 25 * gibibyte);
    CHECK(locked_for({.size = 8 * gibibyte, .iommu = true}, 0) == 9 * gibibyte);
    CHECK(locked_for({.size = ~std::uint64_t{0}}, 1) == ~std::uint64_t{0});
}

TEST_CASE("a hard_limit that is too small for VFIO is told with the size that is enough") {
    const Plan plan = plan_with(eight + limit(8 * gibibyte));
    CHECK(has(message(plan, "memlock"), "is 8 GiB"));
    CHECK(has(message(plan, "memlock"), "take 9 GiB"));
    CHECK(has(hint(plan, "memlock"), "virsh memtune 'win 11' --hard-limit 9437184 --config"));
    CHECK(find(plan, "memlock")->severity == Severity::warn);
    CHECK_FALSE(plan.is_refused());
    CHECK(find(plan_with(eight + limit(9 * gibibyte)), "memlock") == nullptr);
    CHECK(find(plan_with(eight), "memlock") == nullptr);
    CHECK(find(plan_with(limit(5)), "memlock") == nullptr);
}

TEST_CASE("devices that the guest has already count for its own IOMMU") {
    const std::string guest = eight + limit(17 * gibibyte);
    const std::string iommu = "<iommu model='intel'/>";
    CHECK(find(plan_with(guest, iommu), "memlock") == nullptr);
    const std::string other =
        "<hostdev managed='yes' mode='subsystem' type='pci'><source><address bus='0x01' "
        "domain='0x0000' function='0x0' slot='0x00'/></source></hostdev>";
    CHECK(has(message(plan_with(guest, iommu + other), "memlock"), "take 17 GiB") == false);
    CHECK(has(message(plan_with(eight + limit(16 * gibibyte), iommu + other), "memlock"),
              "take 17 GiB"));
}

TEST_CASE("a saved image that would ignore the change is told, with the way to be rid of it") {
    Scene scene = small_scene();
    const DomainRef ref = scene.domains().add("win11");
    const Profile profile = small_profile("", "[vm]\nname = \"win11\"\n");
    CHECK(find(scene.plan({profile}), "takes-effect-at-next-start") == nullptr);
    scene.domains().by_uuid[ref.uuid].saved = true;
    const Plan plan = scene.plan({profile});
    CHECK(has(message(plan, "takes-effect-at-next-start"), "saved image"));
    CHECK(has(hint(plan, "takes-effect-at-next-start"), "virsh managedsave-remove win11"));
}
