// SPDX-License-Identifier: GPL-2.0-or-later
// What is read of the CPUs of real machines.
#include "iommu/cpus.hpp"

#include <doctest/doctest.h>

#include <filesystem>

#include "iommu/cpu_list.hpp"
#include "tests/support/machine_tree.hpp"

using namespace ctrlpass;

namespace {

Cpus read(const MachineTree& tree) {
    const auto root = Root::open(tree.directory());
    REQUIRE(root.has_value());
    auto cpus = read_cpus(*root);
    REQUIRE_MESSAGE(cpus.has_value(), cpus.error().what);
    return std::move(*cpus);
}

Cpus read(const std::string& name) { return read(MachineTree::with_cpus(name)); }

CpuSet set(const std::string& list) { return *parse_cpu_list(list); }

CpuSet of_type(const Cpus& cpus, Cpu::Type type) {
    CpuSet result;
    for (const auto& [number, cpu] : cpus.all)
        if (cpu.type == type) result.insert(number);
    return result;
}

constexpr const char* cpu_home = "sys/devices/system/cpu/";

/// Counts what is opened, and the openings in vain are not told: those are few.
struct Counter : Recorder {
    void on_file(const std::string&, const std::string&) override { ++count; }
    void on_list(const std::string&, const std::vector<std::string>&) override { ++count; }
    void on_link(const std::string&, const std::string&) override { ++count; }
    void on_exists(const std::string&) override { ++count; }
    int count = 0;
};

}  // namespace

TEST_CASE("the CPUs of every captured machine are read, and their sets agree") {
    int machines = 0;
    for (const auto& entry :
         std::filesystem::directory_iterator(std::string(TESTS_DIR) + "/cpus")) {
        if (entry.path().extension() != ".json") continue;
        const std::string name = entry.path().stem().string();
        CAPTURE(name);
        const Cpus cpus = read(name);
        ++machines;
        CHECK_FALSE(cpus.online().empty());
        for (const auto& [number, cpu] : cpus.all) {
            CAPTURE(number);
            for (const CpuSet* const set : {&cpu.siblings, &cpu.cluster, &cpu.cache}) {
                CHECK(set->contains(number));
                for (const unsigned other : *set) CHECK(cpus.all.contains(other));
            }
            for (const unsigned other : cpu.siblings) {
                CHECK(cpus.all.at(other).siblings == cpu.siblings);
                CHECK(cpus.all.at(other).core == cpu.core);
            }
            for (const unsigned other : cpu.cache) CHECK(cpus.all.at(other).cache == cpu.cache);
            if (!cpu.online) CHECK(cpu.cache == CpuSet{number});
        }
    }
    CHECK(machines == 14);
}

TEST_CASE("cores, clusters, caches, dies, packages and nodes are told apart") {
    const Cpus arm = read("128arm-2pa2n8cluster4co");
    CHECK(arm.all.at(70).siblings == set("70"));
    CHECK(arm.all.at(70).cluster == set("68-71"));
    CHECK(arm.all.at(70).cache == set("64-95"));
    CHECK(arm.all.at(70).package == 8442);
    CHECK_FALSE(arm.all.at(70).die);
    CHECK(arm.all.at(70).node == 2);
    const Cpus epyc = read("x86_64-epyc_7451");
    CHECK(epyc.all.at(52).siblings == set("4,52"));
    CHECK(epyc.all.at(52).core == 5);
    CHECK(epyc.all.at(52).cluster == set("52"));
    CHECK(epyc.all.at(52).cache == set("3-5,51-53"));
    CHECK(epyc.all.at(52).package == 0);
    CHECK(epyc.all.at(28).package == 1);
    const Cpus xeon = read("32intel64-2p8co2t+8ve");
    CHECK(xeon.all.at(9).die == 0);
    CHECK(xeon.all.at(9).package == 1);
    CHECK(xeon.nodes.at(1).cpus == set("8-15,24-31"));
}

TEST_CASE("offline CPUs are known, belong to nobody's core, and are not isolated") {
    MachineTree tree = MachineTree::with_cpus("16em64t-4s2c2t-offlines");
    tree.write(std::string(cpu_home) + "isolated", "5-7\n");
    const Cpus cpus = read(tree);
    CHECK(cpus.all.size() == 16);
    CHECK(to_cpu_list(cpus.online()) == "0-1,3-4,6-12,15");
    CHECK(cpus.all.at(6).siblings == set("6"));
    CHECK(cpus.isolated == set("6-7"));
    CHECK(to_cpu_list(cpus.housekeeping()) == "0-1,3-4,8-12,15");
    CHECK_FALSE(cpus.is_online(5));
    CHECK_FALSE(cpus.is_online(99));
    const Cpus boot = read("offline-cpu0-node0");
    CHECK(to_cpu_list(boot.online()) == "4-20");
    CHECK(boot.all.at(20).cache == set("4,6,8,10,12,14,16,18,20"));
    CHECK(boot.nodes.at(1).distances.empty());
}

TEST_CASE("the last level of cache stands in where there is no L3") {
    const Cpus cpus = read("8em64t-2s4c-asymcaches");
    CHECK(cpus.all.at(1).cache == set("1,5"));
    CHECK(cpus.all.at(0).cache == set("0"));
    MachineTree tree = MachineTree::with_cpus("x86_64-dell_e4310");
    tree.write(std::string(cpu_home) + "cpu0/cache/index4/level", "4\n");
    tree.write(std::string(cpu_home) + "cpu0/cache/index4/shared_cpu_list", "0\n");
    CHECK(read(tree).all.at(0).cache == set("0-3"));
}

TEST_CASE("numbers of nodes may have gaps, and their distances come in the order of the nodes") {
    const Cpus cpus = read("48amd64-4pa2n6c-sparse");
    CHECK(cpus.all.at(20).node == 33);
    CHECK(cpus.nodes.at(33).distances.at(33) == 10);
    CHECK(cpus.nodes.at(33).distances.at(0) == 22);
    CHECK(cpus.nodes.at(73).distances.at(34) == 22);
}

TEST_CASE("a node may have memory alone, and a machine may tell of no node") {
    MachineTree tree = MachineTree::with_cpus("x86_64-dell_e4310");
    tree.write("sys/devices/system/node/node1/cpulist", "\n");
    tree.write("sys/devices/system/node/node1/distance", "20 10\n");
    const Cpus cpus = read(tree);
    CHECK(cpus.nodes.at(1).cpus.empty());
    CHECK(cpus.nodes.at(1).distances.at(0) == 20);
    CHECK(cpus.all.at(3).node == 0);
    const Cpus none = read("chcpu-x86_64-i7-11th-2_8GHz");
    CHECK(none.nodes.empty());
    CHECK_FALSE(none.all.at(3).node);
}

TEST_CASE("isolated CPUs are those of the boot list and of the cgroups") {
    MachineTree tree = MachineTree::with_cpus("20em64t-hybrid-1p6c2t+2ca4co1t");
    CHECK(read(tree).isolated.empty());
    tree.write(std::string(cpu_home) + "isolated", "2-3\n");
    tree.write("sys/fs/cgroup/cpuset.cpus.isolated", "4-5\n");
    CHECK(read(tree).isolated == set("2-5"));
    tree.write("sys/fs/cgroup/cpuset.cpus.isolated", "\n");
    CHECK(read(tree).isolated == set("2-3"));
}

TEST_CASE("nohz_full may be absent, empty, a NUL byte or the word (null)") {
    MachineTree tree = MachineTree::with_cpus("x86_64-epyc_7451");
    const std::string file = std::string(cpu_home) + "nohz_full";
    for (const std::string& text : {std::string("(null)\n"), std::string("\n"),
                                    std::string("\0\n", 2), std::string("9-8\n")}) {
        tree.write(file, text);
        CHECK(read(tree).nohz_full.empty());
    }
    tree.write(file, "1-5,49-53\n");
    CHECK(read(tree).nohz_full == set("1-5,49-53"));
    tree.remove(file);
    CHECK(read(tree).nohz_full.empty());
}

TEST_CASE("hybrid packages: the kinds by perf, by capacity or by the firmware's numbers") {
    using Type = Cpu::Type;
    MachineTree tree = MachineTree::with_cpus("20em64t-hybrid-1p6c2t+2ca4co1t");
    // Two of the performance cores are favoured: 67 beside 64.
    CHECK(to_cpu_list(of_type(read(tree), Type::performance)) == "0-11");
    CHECK(to_cpu_list(of_type(read(tree), Type::efficiency)) == "12-19");
    for (unsigned cpu = 0; cpu < 20; ++cpu)
        tree.write(std::string(cpu_home) + "cpu" + std::to_string(cpu) + "/cpu_capacity",
                   cpu < 16 ? "1024\n" : "600\n");
    CHECK(to_cpu_list(of_type(read(tree), Type::efficiency)) == "16-19");
    tree.write("sys/devices/cpu_core/cpus", "0-9\n");
    tree.write("sys/devices/cpu_atom/cpus", "10-19\n");
    CHECK(to_cpu_list(of_type(read(tree), Type::efficiency)) == "10-19");
}

TEST_CASE("cores of one kind whose firmware ranks them have no type") {
    CHECK(of_type(read("chcpu-x86_64-i7-11th-2_8GHz"), Cpu::Type::unknown).size() == 8);
    MachineTree tree = MachineTree::with_cpus("chcpu-x86_64-i7-11th-2_8GHz");
    for (unsigned cpu = 0; cpu < 8; ++cpu)
        tree.write(std::string(cpu_home) + "cpu" + std::to_string(cpu) + "/acpi_cppc/highest_perf",
                   std::to_string(236 - 10 * (cpu % 4)) + "\n");
    CHECK(of_type(read(tree), Cpu::Type::unknown).size() == 8);
}

TEST_CASE("files that are missing or make no sense count as not told") {
    MachineTree tree = MachineTree::with_cpus("x86_64-dell_e4310");
    const std::string home(cpu_home);
    for (unsigned cpu = 0; cpu < 4; ++cpu) {
        tree.remove(home + "cpu" + std::to_string(cpu) + "/topology");
        tree.remove(home + "cpu" + std::to_string(cpu) + "/cache");
    }
    tree.remove("sys/devices/system/node");
    const Cpus bare = read(tree);
    CHECK(bare.all.at(1) == Cpu{.siblings = {1}, .cluster = {1}, .cache = {1}});
    // A core that its own CPU does not belong to.
    tree.write(home + "cpu0/topology/core_cpus_list", "1\n");
    tree.write(home + "cpu1/topology/core_cpus_list", "1,77\n");
    CHECK(read(tree).all.at(0).siblings == set("0"));
    CHECK(read(tree).all.at(1).siblings == set("1"));
    tree.remove(home + "present");
    CHECK(read(tree).all.size() == 4);
    tree.remove("sys/devices/system/cpu");
    CHECK_FALSE(read_cpus(*Root::open(tree.directory())).has_value());
}

TEST_CASE("what CPUs share is read once") {
    const MachineTree tree = MachineTree::with_cpus("x86_64-epyc_7451");
    auto root = Root::open(tree.directory());
    Counter counter;
    root->record_with(&counter);
    const auto cpus = read_cpus(*root);
    REQUIRE(cpus.has_value());
    // 48 cores, 16 L3 domains, 8 nodes: two files of each core, and some; 96 CPUs have 1900 files.
    MESSAGE("files of 96 CPUs: ", counter.count);
    CHECK(counter.count < 4 * 96);
}

TEST_CASE("a CPU list is written as the kernel does") {
    CHECK(to_cpu_list({}).empty());
    CHECK(to_cpu_list({7}) == "7");
    CHECK(to_cpu_list({0, 1, 2, 8, 10, 11}) == "0-2,8,10-11");
    CHECK(to_cpu_list(set("0-3,5,7-9")) == "0-3,5,7-9");
}
