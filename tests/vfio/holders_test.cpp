// SPDX-License-Identifier: GPL-2.0-or-later
#include "vfio/holders.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "tests/support/fake_kernel.hpp"
#include "tests/support/temp_tree.hpp"

using namespace ctrlpass;
using namespace ctrlpass::tests;
using namespace std::string_literals;

namespace {

constexpr std::array both{28, 31};

/// A machine whose groups 28 and 31 have nodes.
struct Machine {
    TempTree tree;
    Machine() {
        tree.file("dev/vfio/28", "");
        tree.file("dev/vfio/31", "");
    }
    void process(int pid, const std::string& command_line, const std::string& opened,
                 const std::string& name = "qemu-system-x86") const {
        const std::string directory = "proc/" + std::to_string(pid);
        tree.file(directory + "/comm", name + "\n");
        tree.file(directory + "/cmdline", command_line);
        tree.link(directory + "/fd/0", "/dev/null");
        tree.link(directory + "/fd/17", opened);
    }
    Holders holders() const { return read_holders(tree.root(), both); }
    std::string guest(const std::string& command_line) const {
        process(1, command_line, "/dev/vfio/28");
        return holders().holders.at(0).guest;
    }
};

}  // namespace

TEST_CASE("holders are found by the nodes that they have open, sorted by group and process") {
    const Machine machine;
    FakeKernel kernel(machine.tree.directory());
    kernel.hold(31, 900, "");
    kernel.hold(28, 4711, "win11");
    kernel.hold(28, 33, "other");
    const auto found = machine.holders();
    CHECK(found.complete);
    CHECK(found.holders ==
          std::vector<Holder>{{28, 33, "qemu-system-x86", "other", "/dev/vfio/28"},
                              {28, 4711, "qemu-system-x86", "win11", "/dev/vfio/28"},
                              {31, 900, "spdk_tgt", "", "/dev/vfio/31"}});
}

TEST_CASE("only the groups asked for are looked for") {
    const Machine machine;
    FakeKernel kernel(machine.tree.directory());
    kernel.hold(31, 900, "");
    const std::array one{28};
    CHECK(read_holders(machine.tree.root(), one).holders.empty());
}

TEST_CASE("nothing is looked through when no group has a node") {
    const Machine machine;
    machine.process(7, "x\0"s, "/dev/vfio/40");
    machine.tree.file("proc/8/fd", "no directory: would be an error if it were looked at");
    const std::array none{40};
    CHECK(read_holders(machine.tree.root(), none).holders.empty());
    CHECK(read_holders(machine.tree.root(), {}).holders.empty());
}

TEST_CASE("a device's own node stands for its group") {
    const Machine machine;
    machine.tree.file("dev/vfio/devices/vfio0", "");
    machine.tree.link("sys/devices/pci0000:00/0000:0a:00.3/iommu_group",
                      "../../../kernel/iommu_groups/28");
    machine.tree.file("sys/devices/pci0000:00/0000:0a:00.3/vfio-dev/vfio0/dev", "511:0\n");
    machine.tree.link("sys/devices/pci0000:00/0000:0a:00.3/vfio-dev/vfio0/device",
                      "../../../0000:0a:00.3");
    machine.tree.link("sys/class/vfio-dev/vfio0",
                      "../../devices/pci0000:00/0000:0a:00.3/vfio-dev/vfio0");
    machine.process(12, "x\0"s, "/dev/vfio/devices/vfio0", "cloud-hypervis");
    CHECK(machine.holders().holders ==
          std::vector<Holder>{{28, 12, "cloud-hypervis", "", "/dev/vfio/devices/vfio0"}});
    machine.tree.link("proc/12/fd/18", "/dev/vfio/28");
    CHECK(machine.holders().holders ==
          std::vector<Holder>{{28, 12, "cloud-hypervis", "", "/dev/vfio/28"}});
}

TEST_CASE("other things of VFIO, and names that only look alike, are no hold") {
    const Machine machine;
    machine.process(1, "", "/dev/vfio/vfio");
    machine.process(2, "", "anon_inode:[vfio-device]");
    machine.process(3, "", "/home/user/dev/vfio/28");
    machine.process(4, "", "/dev/vfio/280");
    machine.tree.file("proc/self", "");
    CHECK(machine.holders().holders.empty());
    CHECK(machine.holders().complete);
}

TEST_CASE("a process that vanishes meanwhile is passed over") {
    const Machine machine;
    machine.tree.file("proc/50/comm", "gone\n");  // without fd, as if it had ended
    FakeKernel kernel(machine.tree.directory());
    kernel.hold(28, 51, "win11");
    const auto found = machine.holders();
    CHECK(found.complete);
    CHECK(found.holders.size() == 1);
}

TEST_CASE("a process that may not be looked into makes the answer incomplete") {
    const Machine machine;
    machine.process(50, "", "/dev/vfio/28");
    const std::string directory = machine.tree.directory();
    REQUIRE(::chmod((directory + "/proc/50/fd").c_str(), 0) == 0);
    REQUIRE(::chmod(directory.c_str(), 0755) == 0);
    // Root may look into everything, so another user asks.
    const pid_t child = ::fork();
    if (child == 0) {
        if (::geteuid() == 0 && ::setuid(65534) != 0) ::_exit(3);
        const auto found = machine.holders();
        ::_exit(!found.complete && found.holders.empty() ? 0 : 1);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
    ::chmod((directory + "/proc/50/fd").c_str(), 0755);
}

TEST_CASE("the guest's name is read from QEMU's command line in all its forms") {
    const auto guest = [](const std::string& command_line) {
        return Machine().guest(command_line);
    };
    CHECK(guest("/usr/bin/qemu-system-x86_64\0-name\0guest=win11,debug-threads=on\0"s) == "win11");
    CHECK(guest("/usr/bin/kvm\0-id\0100\0-name\0win11,debug-threads=on\0"s) == "win11");
    CHECK(guest("/usr/libexec/qemu-kvm\0-name\0debug-threads=on,guest=a,,b\0"s) == "a,b");
    CHECK(guest("qemu-system-x86_64\0-name\0guest=a b\0"s) == "a b");
    CHECK(guest("qemu-system-x86_64\0-S\0-name"s).empty());
    CHECK(guest("java\0-name\0guest=x\0"s).empty());
    CHECK(guest(""s).empty());
}

TEST_CASE("who has other nodes open is found in the same look, sorted by process") {
    const Machine machine;
    machine.process(900, "", "/dev/sdb", "smartd");
    machine.tree.link("proc/900/fd/18", "/dev/sdb");
    machine.tree.link("proc/900/fd/19", "/dev/snd/controlC1");
    machine.process(33, "/usr/bin/qemu-system-x86_64\0-name\0guest=win11\0"s, "/dev/sdb1");
    machine.tree.link("proc/33/fd/18", "/dev/vfio/28");
    machine.process(34, "", "/dev/sdb11", "other");
    const std::vector<DeviceNode> nodes{{"/dev/sdb", "8:16", true, {}},
                                        {"/dev/sdb1", "8:17", true, {}},
                                        {"/dev/snd/controlC1", "116:9", false, {}}};
    const auto found = read_holders(machine.tree.root(), both, nodes);
    CHECK(found.opened == std::vector<Opened>{{"/dev/sdb1", 33, "qemu-system-x86", "win11"},
                                              {"/dev/sdb", 900, "smartd", ""},
                                              {"/dev/snd/controlC1", 900, "smartd", ""}});
    CHECK(found.holders ==
          std::vector<Holder>{{28, 33, "qemu-system-x86", "win11", "/dev/vfio/28"}});
}

TEST_CASE("on the live machine a node is found by its number, whatever its name") {
    const auto root = Root::open("/");
    REQUIRE(root.has_value());
    struct stat status {};
    REQUIRE(::stat("/dev/full", &status) == 0);
    const int descriptor = ::open("/dev/full", O_RDONLY | O_CLOEXEC);
    REQUIRE(descriptor >= 0);
    const std::string number =
        std::to_string(major(status.st_rdev)) + ":" + std::to_string(minor(status.st_rdev));
    const auto ours = [&](bool block) {
        const std::vector<DeviceNode> nodes{{"/dev/renamed", number, block, {}}};
        const auto found = read_holders(*root, {}, nodes);
        return std::ranges::count_if(found.opened, [](const Opened& opened) {
            return opened.pid == ::getpid() && opened.node == "/dev/renamed";
        });
    };
    CHECK(ours(false) == 1);
    CHECK(ours(true) == 0);
    ::close(descriptor);
}
