// SPDX-License-Identifier: GPL-2.0-or-later
// A profile with [pin], from its text to what is asked of libvirt and the hook.
#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <filesystem>
#include <thread>

#include "iommu/irqbalance.hpp"
#include "src/commands/pin_lock.hpp"
#include "src/commands/running_guest.hpp"
#include "src/guests/hook_file.hpp"
#include "src/pins/spare.hpp"
#include "src/plan/gather.hpp"
#include "src/plan/show_state.hpp"
#include "tests/support/small_scene.hpp"
#include "tests/support/temp_tree.hpp"
#include "vfio/irqbalance_socket.hpp"

using namespace ctrlpass;
using namespace ctrlpass::tests;

namespace {

/// Four CPUs of which 2 and 3 are isolated, a guest of two vCPUs.
struct Desk {
    Desk() {
        const std::string cpus = "sys/devices/system/cpu/";
        for (const auto* file : {"possible", "present", "online"})
            scene.tree().write(cpus + file, "0-3\n");
        scene.tree().write(cpus + "isolated", "2-3\n");
        scene.domains().add("win11", "", "<vcpu>2</vcpu>");
    }
    Plan plan(const std::string& pin) {
        return scene.plan({small_profile("[pin]\n" + pin, "[vm]\nname = \"win11\"\n")});
    }
    Scene scene = small_scene();
};

std::string settings(const Plan& plan, const std::string& kind) {
    std::string text;
    for (const Change& change : plan.changes)
        if (kind_of(change.setting) == kind)
            text += subject_of(change.setting) + "=" + shown(change.after) + " ";
    return text;
}

/// A daemon that answers as irqbalance 1.9 does, one question for each text.
class Daemon {
  public:
    Daemon(const std::string& directory, std::vector<std::string> answers)
        : socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::strncpy(address.sun_path, (directory + "/irqbalance7.sock").c_str(),
                     sizeof address.sun_path - 1);
        REQUIRE(::bind(socket_.number(), reinterpret_cast<sockaddr*>(&address), sizeof address) ==
                0);
        REQUIRE(::listen(socket_.number(), 4) == 0);
        const int on = 1;
        ::setsockopt(socket_.number(), SOL_SOCKET, SO_PASSCRED, &on, sizeof on);
        thread_ = std::jthread([this, answers = std::move(answers)] {
            for (const std::string& answer : answers) {
                const Descriptor one(::accept(socket_.number(), nullptr, nullptr));
                std::array<char, 256> text{};
                const ssize_t count = ::recv(one.number(), text.data(), text.size(), 0);
                heard.emplace_back(text.data(), static_cast<std::size_t>(std::max(count, 0L)));
                (void)!::send(one.number(), answer.data(), answer.size(), MSG_NOSIGNAL);
            }
        });
    }
    void join() { thread_.join(); }
    std::vector<std::string> heard;

  private:
    Descriptor socket_;
    std::jthread thread_;
};

}  // namespace

TEST_CASE("isolated and housekeeping become CPUs of this host") {
    Desk desk;
    const Plan plan = desk.plan("vcpus = \"isolated\"\nemulator = \"housekeeping\"\n");
    CHECK(settings(plan, "pin") == "win11 vcpu 0=2 win11 vcpu 1=3 win11 emulator=0-1 ");
    CHECK_FALSE(plan.is_refused());
}

TEST_CASE("more vCPUs than isolated CPUs is refused, and nothing of it is planned") {
    Desk desk;
    desk.scene.tree().write("sys/devices/system/cpu/isolated", "3\n");
    const Plan plan = desk.plan("vcpus = \"isolated\"\n");
    CHECK(plan.is_refused());
    CHECK_FALSE(message(plan, "too-few-isolated").empty());
    CHECK(plan.changes.empty());
}

TEST_CASE("a profile that pins brings the hook, and says when libvirt has to be restarted for it") {
    Desk desk;
    const std::string pin = "vcpus = \"isolated\"\n";
    CHECK(settings(desk.plan(pin), "file").starts_with(hook_path));
    CHECK(message(desk.plan(pin), "hook-needs-restart").empty());
    desk.scene.tree().write("proc/900/comm", "virtqemud\n");
    CHECK(message(desk.plan(pin), "hook-needs-restart").starts_with("virtqemud found no hook"));
    CHECK(hint(desk.plan(pin), "hook-needs-restart").ends_with("systemctl restart virtqemud"));
    desk.scene.tree().write("etc/libvirt/hooks/qemu.d/other", "#!/bin/sh\n");
    CHECK(message(desk.plan(pin), "hook-needs-restart").empty());
}

TEST_CASE("irqbalance is told of when interrupts are placed and it does not spare them") {
    Desk desk;
    const std::string pin = "vcpus = \"isolated\"\ninterrupts = \"isolated\"\n";
    CHECK(message(desk.plan(pin), "irqbalance").empty());
    desk.scene.tree().write("proc/812/comm", "irqbalance\n");
    desk.scene.tree().write("proc/812/status", "Name:\tirqbalance\nUid:\t1000\t1000\t1000\t1000\n");
    CHECK(message(desk.plan(pin), "irqbalance").empty());  // somebody's process of that name
    desk.scene.tree().write("proc/812/status", "Name:\tirqbalance\nUid:\t0\t0\t0\t0\n");
    using namespace std::string_literals;
    desk.scene.tree().write("proc/812/cmdline", "/usr/sbin/irqbalance\0--foreground\0"s);
    CHECK(message(desk.plan(pin), "irqbalance").starts_with("irqbalance (process 812) moves"));
    CHECK(hint(desk.plan(pin), "irqbalance").find("--banmod=vfio-pci") != std::string::npos);
    CHECK(message(desk.plan("vcpus = \"isolated\"\n"), "irqbalance").empty());
    for (const auto& spare : {"--banmod=vfio-pci\0"s, "--banmod\0vfio\0"s, "-m\0vfio-pci\0"s}) {
        desk.scene.tree().write("proc/812/cmdline", "/usr/sbin/irqbalance\0"s + spare);
        CHECK(message(desk.plan(pin), "irqbalance").empty());
    }
    desk.scene.tree().write("proc/812/cmdline", "/usr/sbin/irqbalance\0--banmod=nvme\0"s);
    CHECK_FALSE(message(desk.plan(pin), "irqbalance").empty());
}

TEST_CASE("a profile that places interrupts alone says where they come, and what will move them") {
    using namespace std::string_literals;
    Desk desk;
    desk.scene.tree().write("proc/812/comm", "irqbalance\n");
    desk.scene.tree().write("proc/812/status", "Uid:\t0\t0\t0\t0\n");
    const Plan plan = desk.plan("interrupts = \"3\"\n");
    const auto hook = std::ranges::find_if(
        plan.changes, [](const Change& change) { return kind_of(change.setting) == "file"; });
    REQUIRE(hook != plan.changes.end());
    CHECK(hook->why == "places the interrupts of win11 while it runs: CPU 3, as the profile says");
    CHECK_FALSE(message(plan, "irqbalance").empty());
}

TEST_CASE("irqbalance says what it leaves alone, and is told the whole list") {
    const TempDir directory;
    Daemon daemon(directory.path(), {"SLEEP 10 IRQ 4 LOAD 0 DIFF 0 CLASS 0 IRQ 9 LOAD 1 DIFF 2 "
                                     "CLASS 0 BANNED 00000000",
                                     "", "", "who are you"});
    const IrqbalanceSocket socket(7, directory.path());
    CHECK(socket.banned().value() == std::set<int>{4, 9});
    CHECK(socket.ban({4, 40}));
    CHECK(socket.ban({}));
    CHECK_FALSE(socket.banned());
    daemon.join();
    CHECK(daemon.heard == std::vector<std::string>{"setup", "settings ban irqs 4 40",
                                                   "settings ban irqs NONE", "setup"});
    CHECK_FALSE(IrqbalanceSocket(8, directory.path()).banned());
}

TEST_CASE("an irqbalance that never stops talking is not listened to for ever") {
    const TempDir directory;
    Daemon daemon(directory.path(), {std::string(2U << 20U, '9')});
    const auto answer = IrqbalanceSocket(7, directory.path()).banned();
    REQUIRE_FALSE(answer);
    CHECK(answer.error().where == "its answer has no end");
}

TEST_CASE("somebody else's socket is not irqbalance's") {
    if (::geteuid() != 0) return;
    const TempDir directory;
    std::filesystem::permissions(directory.path(), std::filesystem::perms::all);
    REQUIRE(::seteuid(65534) == 0);
    std::optional<Daemon> daemon;
    daemon.emplace(directory.path(), std::vector<std::string>{""});
    REQUIRE(::seteuid(0) == 0);
    const auto answer = IrqbalanceSocket(7, directory.path()).banned();
    REQUIRE_FALSE(answer);
    CHECK(answer.error().where == "somebody else has its socket");
}

TEST_CASE(
    "irqbalance is had to spare the guest's interrupts, and what it spared before it spares on") {
    using namespace std::string_literals;
    const TempTree tree;
    tree.file("proc/7/comm", "irqbalance\n");
    tree.file("proc/7/cmdline", "irqbalance\0"s);
    tree.file("proc/7/status", "Uid:\t0\t0\t0\t0\n");
    tree.file("proc/7/stat", "7 (irqbalance) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 55 0\n");
    const TempDir directory;
    const std::string spares_4 = "SLEEP 10 IRQ 4 LOAD 0 DIFF 0 CLASS 0 BANNED 0";
    const std::string all = "SLEEP 10 IRQ 4 LOAD 0 IRQ 40 LOAD 0 IRQ 41 LOAD 0 BANNED 0";
    Daemon daemon(directory.path(), {spares_4, "", all, "", all, ""});
    const Root root = tree.root();
    SparedInterrupts spared(root, directory.path());
    CHECK(spared.spare({}));
    CHECK(spared.spare({4, 40, 41}));
    CHECK(spared.spare({4, 40, 41}));
    CHECK(spared.spare({4, 52}));
    CHECK(spared.put_back());
    daemon.join();
    CHECK(daemon.heard == std::vector<std::string>{"setup", "settings ban irqs 4 40 41", "setup",
                                                   "settings ban irqs 4 52", "setup",
                                                   "settings ban irqs 4 40 41"});
}

TEST_CASE("the guest of a profile is found as far as it runs, with the functions it has") {
    Desk desk;
    const Profile profile =
        small_profile("[pin]\nvcpus = \"isolated\"\n", "[vm]\nname = \"win11\"\n");
    REQUIRE(desk.scene.apply({profile}).has_value());
    auto& domain = desk.scene.domains().by_uuid.begin()->second;
    const auto facts = [&] {
        GuestHosts guests([&](const std::string&) -> Result<std::unique_ptr<GuestHost>> {
            return connect(desk.scene.domains());
        });
        auto gathered = gather_facts(desk.scene.root(), {profile}, {}, &guests);
        REQUIRE(gathered.has_value());
        return std::move(*gathered);
    };
    CHECK_FALSE(running_guest(desk.scene.root(), facts(), profile));
    domain.running = true;
    domain.live = domain.definition;
    CHECK_FALSE(running_guest(desk.scene.root(), facts(), profile));
    using namespace std::string_literals;
    desk.scene.tree().write("proc/400/comm", "qemu-system-x86\n");
    desk.scene.tree().write("proc/400/cmdline", "qemu\0-uuid\0"s + domain.ref.uuid + "\0"s);
    desk.scene.tree().write("proc/400/stat",
                            "400 (q) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 77 0\n");
    const auto guest = running_guest(desk.scene.root(), facts(), profile);
    REQUIRE(guest.has_value());
    CHECK(*guest == RunningGuest{"win11", 400, "77", {*parse_address("0000:00:14.0")}});
}

TEST_CASE("one follower for each domain, whose name never reaches a path") {
    const TempDir directory;
    const std::string uuid = "2c5b9c4e-0c6c-4a51-9f6e-7d0d7c1c0001";
    {
        const auto first = lock_domain(uuid, directory.path() + "/pin");
        REQUIRE(first.has_value());
        CHECK(is_followed(uuid, directory.path() + "/pin"));
        CHECK(lock_domain(uuid, directory.path() + "/pin").error().trouble == Trouble::locked);
        CHECK(lock_domain("2c5b9c4e", directory.path() + "/pin").has_value());
    }
    CHECK_FALSE(is_followed(uuid, directory.path() + "/pin"));
    CHECK_FALSE(is_followed("another", directory.path() + "/pin"));
    CHECK(lock_domain(uuid, directory.path() + "/pin").has_value());
    CHECK_FALSE(lock_domain("../etc", directory.path() + "/pin"));
    CHECK_FALSE(lock_domain("", directory.path() + "/pin"));
}
