// SPDX-License-Identifier: GPL-2.0-or-later
// A running guest's interrupts and threads, on a machine in a directory.
#include "src/pins/follow.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <filesystem>

#include "iommu/cpu_list.hpp"
#include "iommu/processes.hpp"
#include "src/commands/misplaced.hpp"
#include "src/render/render.hpp"
#include "tests/support/fake_kernel.hpp"
#include "tests/support/temp_tree.hpp"

using namespace ctrlpass;
using namespace ctrlpass::tests;

namespace {

namespace fs = std::filesystem;

const std::string uuid = "2c5b9c4e-0c6c-4a51-9f6e-7d0d7c1c0001";
const PciAddress controller = *parse_address("0000:01:00.0");

/// A guest of two vCPUs and an I/O thread, whose driver has switched on `vectors` vectors.
struct Hosted {
    Hosted() {
        using namespace std::string_literals;
        tree.function({.address = "0000:01:00.0", .driver = "vfio-pci"});
        const std::string process = "proc/400/";
        tree.file(process + "comm", "qemu-system-x86\n");
        tree.file(process + "cmdline",
                  "/usr/bin/qemu\0-name\0guest=win11\0-uuid\0"s + uuid + "\0"s);
        tree.file(process + "stat", stat(400, 5000));
        thread(400, "qemu-system-x86", 5000);
        thread(401, "CPU 0/KVM", 5001);
        thread(402, "CPU 1/KVM", 5002);
        thread(403, "IO iothread1", 5003);
        thread(404, "worker", 5004);
    }

    static std::string stat(int id, int start) {
        return std::to_string(id) + " (some) thing) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 " +
               std::to_string(start) + " 0 0\n";
    }
    void thread(int id, const std::string& name, int start) const {
        const std::string home = "proc/400/task/" + std::to_string(id) + "/";
        tree.file(home + "comm", name + "\n");
        tree.file(home + "stat", stat(id, start));
        tree.file(home + "status", "Name:\t" + name + "\nCpus_allowed_list:\t0-7\n");
    }
    void vectors(int first, int count) const {
        for (int i = 0; i < count; ++i) {
            const std::string number = std::to_string(first + i);
            tree.file("sys/bus/pci/devices/0000:01:00.0/msi_irqs/" + number, "msix\n");
            tree.file("sys/kernel/irq/" + number + "/actions",
                      "vfio-msix[" + std::to_string(i) + "](0000:01:00.0)\n");
            tree.file("proc/irq/" + number + "/smp_affinity_list", "0-7\n");
        }
    }
    void line(const std::string& actions, const std::string& cpus) const {
        tree.file("sys/bus/pci/devices/0000:01:00.0/irq", "17\n");
        tree.file("sys/kernel/irq/17/actions", actions + "\n");
        tree.file("proc/irq/17/smp_affinity_list", cpus + "\n");
    }
    void no_vectors() const {
        fs::remove_all(tree.directory() + "/sys/bus/pci/devices/0000:01:00.0/msi_irqs");
        fs::remove_all(tree.directory() + "/sys/kernel/irq");
    }
    std::string irq(int number) const {
        return tree.root()
            .attribute("proc/irq/" + std::to_string(number) + "/smp_affinity_list")
            .value_or("-");
    }
    std::string cpus_of(int id) const {
        for (const QemuThread& one : read_qemu_threads(tree.root(), 400))
            if (one.id == id) return to_cpu_list(one.cpus);
        return "-";
    }

    TempTree tree;
    Root root = tree.root();
    FakeKernel kernel{tree.directory()};
    Placement placement{.vcpus = {{0, {{2}, "isolated"}}, {1, {{3}, "isolated"}}},
                        .emulator = Placement::Place{{0, 1}, "housekeeping"},
                        .iothreads = {{1, {{1}, "housekeeping"}}},
                        .interrupts = Placement::Place{{2, 3}, "with the vCPUs"}};
    Follower follower{root, kernel, {"win11", 400, "5000", {controller}}, placement};
};

}  // namespace

TEST_CASE("the process of a guest is found by the guest's UUID") {
    const Hosted machine;
    CHECK(process_of_guest(machine.root, "win11", uuid) == 400);
    CHECK_FALSE(process_of_guest(machine.root, "win11", "another"));
    CHECK_FALSE(process_of_guest(machine.root, "win11", ""));
}

TEST_CASE("a process that only looks like the guest's does not take its place") {
    using namespace std::string_literals;
    const Hosted machine;
    machine.tree.file("proc/300/cmdline", "/tmp/qemu\0-uuid\0"s + uuid + "\0"s);
    machine.tree.file("run/libvirt/qemu/win11.pid", "400");
    CHECK(process_of_guest(machine.root, "win11", uuid) == 400);
}

TEST_CASE("each thread and each vector comes to its place, and is left there") {
    Hosted machine;
    machine.vectors(40, 3);
    const auto first = machine.follower.look();
    CHECK(first.placed.size() == 8);
    CHECK(first.failures.empty());
    CHECK(machine.cpus_of(401) == "2");
    CHECK(machine.cpus_of(402) == "3");
    CHECK(machine.cpus_of(403) == "1");
    CHECK(machine.cpus_of(404) == "0-1");
    CHECK(machine.irq(40) == "2");
    CHECK(machine.irq(41) == "3");
    CHECK(machine.irq(42) == "2");
    const int writes = machine.kernel.count();
    const auto second = machine.follower.look();
    CHECK(second.placed.empty());
    CHECK(second.kept.size() == 8);
    CHECK(machine.kernel.count() == writes);
    CHECK(second.interrupts == std::vector<int>{40, 41, 42});
}

TEST_CASE("what is out of its place is counted without being placed") {
    Hosted machine;
    machine.vectors(40, 3);
    const RunningGuest guest{"win11", 400, "5000", {controller}};
    CHECK(misplaced_of(machine.root, guest, machine.placement) == Misplaced{3, 5});
    CHECK(machine.kernel.count() == 0);
    machine.follower.look();
    CHECK(misplaced_of(machine.root, guest, machine.placement) == Misplaced{0, 0});
    machine.tree.file("proc/irq/41/smp_affinity_list", "0\n");
    CHECK(misplaced_of(machine.root, guest, machine.placement) == Misplaced{1, 0});
}

TEST_CASE("vectors that come later or anew, and threads that come later, are placed then") {
    Hosted machine;
    CHECK(machine.follower.look().placed.size() == 5);
    machine.vectors(40, 1);
    CHECK(machine.follower.look().placed.front().setting == "irq vfio-msix[0](0000:01:00.0)");
    machine.no_vectors();
    CHECK(machine.follower.look().interrupts.empty());
    machine.vectors(51, 1);
    machine.thread(409, "worker", 5100);
    CHECK(machine.follower.look().placed.size() == 2);
    CHECK(machine.irq(51) == "2");
    CHECK(machine.cpus_of(409) == "0-1");
}

TEST_CASE("interrupts of other functions, and other handlers on a line, are nobody's business") {
    Hosted machine;
    machine.line("ahci,vfio-intx(0000:02:00.0)", "0-7");
    CHECK(machine.follower.look().interrupts.empty());
    machine.tree.file("sys/kernel/irq/17/actions", "ahci,vfio-intx(0000:01:00.0)\n");
    CHECK(machine.follower.look().interrupts == std::vector<int>{17});
    CHECK(machine.irq(17) == "2");
}

TEST_CASE("who does not stay to put a line back leaves it where it is, and says so") {
    Hosted machine;
    machine.line("vfio-intx(0000:01:00.0)", "4-5");
    const auto look = machine.follower.look(Lines::left);
    CHECK(machine.irq(17) == "4-5");
    CHECK(look.placed.size() == 5);
    REQUIRE(look.left.size() == 1);
    CHECK(look.left.front().setting == "irq vfio-intx(0000:01:00.0)");
    CHECK(live_text(look, Style()).find("ctrlpass pin --follow") != std::string::npos);
}

TEST_CASE("what the kernel refused is tried again only now and then, and told once") {
    Hosted machine;
    machine.vectors(40, 1);
    for (const int attempt : {1, 2}) machine.kernel.refuse_write(attempt, EIO);
    CHECK(machine.follower.look().failures.size() == 1);
    for (int look = 2; look <= 60; ++look) CHECK(machine.follower.look().failures.empty());
    CHECK(machine.kernel.count() == 1);
    CHECK(machine.follower.look().failures.empty());
    CHECK(machine.kernel.count() == 2);
    for (int look = 0; look < 60; ++look) machine.follower.look();
    CHECK(machine.irq(40) == "2");
}

TEST_CASE("an interrupt that the kernel does not move is told once, in the same words") {
    for (const int number : {EIO, EPERM}) {
        Hosted machine;
        machine.vectors(40, 1);
        machine.kernel.refuse_write(1, number);
        const auto look = machine.follower.look();
        REQUIRE(look.failures.size() == 1);
        CHECK(look.failures.front().what == "cannot place vfio-msix[0](0000:01:00.0) on CPU 2");
        CHECK(look.failures.front().where == "the kernel does not move this interrupt");
        CHECK(machine.follower.look().failures.empty());
        CHECK(machine.kernel.count() == 1);
    }
}

TEST_CASE("a thread whose cgroup shuts it out is told with the way that libvirt has") {
    Hosted machine;
    machine.kernel.confine({0, 1});
    const auto look = machine.follower.look();
    CHECK(look.failures.size() == 2);
    CHECK(look.failures.front().what == "cannot place thread \"CPU 0/KVM\" on CPU 2");
    CHECK(look.failures.front().where.find("its cgroup") == 0);
    CHECK(look.failures.front().hint.find("vcpupin") != std::string::npos);
}

TEST_CASE("what ends between reading and writing is no failure") {
    Hosted machine;
    machine.vectors(40, 2);
    machine.kernel.before_write(1, [&] { machine.no_vectors(); });
    const auto look = machine.follower.look();
    CHECK(look.failures.empty());
    CHECK(look.placed.size() == 5);
}

TEST_CASE("an id that stands for another thread by now is not touched") {
    Hosted machine;
    machine.follower.look();
    machine.thread(404, "somebody", 9999);
    const auto threads = machine.kernel.placed_threads().size();
    CHECK(machine.follower.put_back().empty());
    CHECK(machine.cpus_of(404) == "0-7");
    CHECK(machine.kernel.placed_threads().size() == threads + 4);
}

TEST_CASE("everything goes back to where it was first found") {
    Hosted machine;
    machine.vectors(40, 1);
    machine.tree.file("proc/irq/40/smp_affinity_list", "5\n");
    machine.follower.look();
    machine.tree.file("proc/irq/40/smp_affinity_list", "7\n");
    machine.follower.look();
    CHECK(machine.irq(40) == "2");
    CHECK(machine.follower.put_back().empty());
    CHECK(machine.irq(40) == "5");
    CHECK(machine.cpus_of(401) == "0-7");
    CHECK(machine.follower.put_back().empty());
}

TEST_CASE("threads that came since go back to where their guest's were at first") {
    Hosted machine;
    machine.follower.look();
    machine.thread(409, "worker", 5100);
    machine.tree.file("proc/400/task/409/status", "Name:\tworker\nCpus_allowed_list:\t0-1\n");
    machine.thread(410, "worker", 5101);
    machine.tree.file("proc/400/task/410/status", "Name:\tworker\nCpus_allowed_list:\t2\n");
    CHECK(machine.follower.look().placed.size() == 1);
    CHECK(machine.cpus_of(410) == "0-1");
    CHECK(machine.follower.put_back().empty());
    CHECK(machine.cpus_of(409) == "0-7");
    CHECK(machine.cpus_of(410) == "0-7");
}

TEST_CASE("a line goes back when the guest's driver changes to vectors, and when the guest ends") {
    Hosted machine;
    machine.line("ahci,vfio-intx(0000:01:00.0)", "4-5");
    machine.follower.look();
    CHECK(machine.irq(17) == "2");
    machine.tree.file("sys/kernel/irq/17/actions", "ahci\n");
    SUBCASE("vectors") {
        machine.vectors(40, 1);
        machine.follower.look();
        CHECK(machine.irq(40) == "2");
    }
    SUBCASE("the end") {
        fs::remove_all(machine.tree.directory() + "/proc/400");
        CHECK(machine.follower.put_back().empty());
    }
    CHECK(machine.irq(17) == "4-5");
}

TEST_CASE("a line that somebody else placed meanwhile stays there, a vector's number is others'") {
    Hosted machine;
    machine.line("vfio-intx(0000:01:00.0)", "4-5");
    machine.follower.look();
    machine.tree.file("sys/kernel/irq/17/actions", "");
    machine.tree.file("proc/irq/17/smp_affinity_list", "6\n");
    machine.vectors(40, 1);
    machine.follower.look();
    CHECK(machine.irq(17) == "6");
    machine.tree.file("sys/kernel/irq/40/actions", "nvme0q1\n");
    CHECK(machine.follower.put_back().empty());
    CHECK(machine.irq(40) == "2");
}

TEST_CASE("a guest that ends, or whose process id is another's, is not looked at any more") {
    Hosted machine;
    CHECK(machine.follower.is_guest_there());
    machine.tree.file("proc/400/stat", Hosted::stat(400, 7777));
    CHECK_FALSE(machine.follower.is_guest_there());
    CHECK(machine.follower.look().placed.empty());
    CHECK(machine.kernel.placed_threads().empty());
}
