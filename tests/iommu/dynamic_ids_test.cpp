// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/dynamic_ids.hpp"

#include <doctest/doctest.h>

#include "iommu/module_options.hpp"
#include "tests/support/temp_tree.hpp"

using namespace ctrlpass;
using ctrlpass::tests::TempTree;

namespace {

/// An ASMedia xHCI on a board of ASUS.
Function card() {
    Function function;
    function.place.address = *parse_address("0000:02:00.0");
    function.place.class_code = 0x0c0330;
    function.id = {0x1b21, 0x2142};
    function.subsystem = PciId{0x1043, 0x8808};
    return function;
}

bool takes(const std::string& ids, const Function& function = card()) {
    for (const DynamicId& id : parse_dynamic_ids(ids))
        if (matches(id, function)) return true;
    return false;
}

using Options = std::vector<std::pair<std::string, std::string>>;

}  // namespace

TEST_CASE("an entry takes a function by vendor and device, subsystem, and class under a mask") {
    for (const char* const ids :
         {"1b21:2142", "1B21:2142", "0x1b21:0x2142", "10de:1ad8,1b21:2142", ",,1b21:2142",
          "1b21:2142:1043:8808", "1b21:2142:1043", "1b21:2142:ffffffff:8808",
          "1b21:ffffffff:ffffffff:ffffffff:000c0330:ffffffff",
          "ffffffff:ffffffff:ffffffff:ffffffff:0c0300:ffff00",
          "ffffffff:ffffffff:ffffffff:ffffffff:060400", "1b21:2142:", "1b21:2142 twin",
          " 1b21: 2142", "001b21:00002142", "100001b21:2142"})
        CHECK_MESSAGE(takes(ids), ids);
}

TEST_CASE("an entry for another board, class or device takes nothing, nor one that is malformed") {
    for (const char* const ids :
         {"1b21:2142:1849:2142", "1b21:2142:1043:ffff", "1b21:2142:ffff", "ffff:2142", "1b21:ffff",
          "1b21:ffffffff:ffffffff:ffffffff:0c0320:ffffff", "1b21", "1b21 2142", "", "1b21;2142",
          "x1b21:2142", "\"1b21:2142", "1022:149c,10de:1ad8"})
        CHECK_FALSE_MESSAGE(takes(ids), ids);
    CHECK_FALSE(takes(std::string(1024 - 9, ',') + "1b21:2142"));
    CHECK(takes(std::string(1023 - 9, ',') + "1b21:2142"));
}

TEST_CASE("a board without a subsystem counts as 0000:0000, and a class that is not known fits") {
    Function function = card();
    function.subsystem.reset();
    CHECK(takes("1b21:2142:0:0", function));
    CHECK_FALSE(takes("1b21:2142:1043:8808", function));
    function.place.class_code = unknown_class;
    CHECK(takes("1b21:ffffffff:ffffffff:ffffffff:0c0330:ffffff", function));
}

TEST_CASE("an entry says which functions it means") {
    CHECK(to_string(*parse_dynamic_id("1b21:2142")) == "every 1b21:2142");
    CHECK(to_string(*parse_dynamic_id("1b21:2142:1043:8808")) ==
          "every 1b21:2142 of boards 1043:8808");
    CHECK(to_string(*parse_dynamic_id("1b21:ffffffff:ffffffff:ffffffff:c0330:ffffffff")) ==
          "every 1b21:any of class 0c0330");
    CHECK(to_string(*parse_dynamic_id("ffffffff:ffffffff:ffffffff:ffffffff:c0330:ffff00")) ==
          "every function of class 0c0300 under mask ffff00");
}

TEST_CASE("of several options in one place the last counts, quoted or not, until init's words") {
    const TempTree tree;
    tree.file("etc/modprobe.d/vfio.conf",
              "options vfio_pci ids=1:2\n  options vfio-pci disable_vga=1 \\\n ids=3:4\n");
    tree.file("etc/modprobe.d/same.conf", "# options vfio-pci ids=7:7\n");
    tree.file("usr/lib/modprobe.d/same.conf", "options vfio-pci ids=5:6\n");
    tree.file("usr/local/lib/modprobe.d/more.conf", "options vfio-pci ids=\"8:9,a:b\"\n");
    const Root root = tree.root();
    const auto read = [&](const std::string& line) {
        return read_module_options(root, line, "vfio-pci", "ids");
    };
    const Options files{{"/usr/local/lib/modprobe.d/more.conf", "8:9,a:b"},
                        {"/etc/modprobe.d/vfio.conf", "3:4"}};
    CHECK(read("quiet -- vfio-pci.ids=1:1") == files);
    for (const char* const line :
         {"vfio-pci.ids=1:1 vfio_pci.ids=2:2", "vfio-pci.ids=\"2:2\"", "\"vfio-pci.ids=2:2\""}) {
        const Options found = read(line);
        REQUIRE_MESSAGE(found.size() == 3, line);
        CHECK(found.front() == Options::value_type{"the kernel command line", "2:2"});
    }
}
