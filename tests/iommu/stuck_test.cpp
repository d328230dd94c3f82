// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/stuck.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "iommu/kernel_log.hpp"
#include "tests/support/temp_tree.hpp"

using namespace ctrlpass;
using ctrlpass::tests::TempDir;

namespace {

const PciAddress function{0, 0x0a, 0, 3};

/// A machine of which only processes and remembered writes are there.
struct Machine {
    TempDir temp;
    void put(const std::string& path, const std::string& text) const {
        const std::filesystem::path file = temp.path() + "/" + path;
        std::filesystem::create_directories(file.parent_path());
        std::ofstream(file) << text;
    }
    void process(const std::string& state, const std::string& started) const {
        put("proc/77/stat", "77 (a) b) " + state + " 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 " +
                                started + " 4096 0\n");
    }
    Root root() const {
        auto root = Root::open(temp.path());
        REQUIRE(root);
        return std::move(*root);
    }
    std::map<PciAddress, StuckWrite> stuck() const { return read_stuck_writes(root()); }
};

}  // namespace

TEST_CASE("a write that hangs is known as long as its process is there, and no longer") {
    const Machine machine;
    const StuckWrite write{77, "123456", "/sys/bus/pci/drivers/vfio-pci/unbind"};
    machine.put("run/ctrlpass/stuck/0000:0a:00.3", to_text(write));
    CHECK(machine.stuck().empty());
    machine.process("D", "123456");
    CHECK(machine.stuck() == std::map<PciAddress, StuckWrite>{{function, write}});
    SUBCASE("it waits to be collected") { machine.process("Z", "123456"); }
    SUBCASE("its id is another's now") { machine.process("D", "999999"); }
    SUBCASE("it is gone") { std::filesystem::remove(machine.temp.path() + "/proc/77/stat"); }
    CHECK(machine.stuck().empty());
}

TEST_CASE("what is no word of a write that hangs is passed over") {
    const Machine machine;
    machine.process("D", "123456");
    machine.put("run/ctrlpass/stuck/0000:0a:00.3", "hello\n");
    machine.put("run/ctrlpass/stuck/0000:0a:00.4", "-5 123456 /sys\n");
    machine.put("run/ctrlpass/stuck/.new-0000:0a:00.3", "77 123456 /sys\n");
    machine.put("run/ctrlpass/stuck/somewhere", "77 123456 /sys\n");
    CHECK(machine.stuck().empty());
}

TEST_CASE("a line of the kernel's log is shown as dmesg shows it, when it names the function") {
    const std::string record =
        "5,1234,61000042,-;vfio-pci 0000:0a:00.3: blocked until released by user\n"
        " SUBSYSTEM=pci\n DEVICE=+pci:0000:0a:00.3\n";
    CHECK(line_about(record, "0000:0a:00.3") ==
          "[   61.000042] vfio-pci 0000:0a:00.3: blocked until released by user");
    CHECK(line_about(record, "0000:0a:00.4").empty());
    CHECK(line_about("5,1,2,-;vfio-pci 10000:0a:00.3: hello\n", "0000:0a:00.3").empty());
    CHECK(line_about("no record about 0000:0a:00.3", "0000:0a:00.3").empty());
}

TEST_CASE("a line of the kernel's log is never long") {
    const std::string record = "5,1,2,-;0000:0a:00.3 " + std::string(5000, 'x') + "\n";
    CHECK(line_about(record, "0000:0a:00.3").size() < 300);
}
