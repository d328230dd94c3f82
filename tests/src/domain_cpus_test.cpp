// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>

#include "iommu/cpu_list.hpp"
#include "src/guests/cpuset.hpp"
#include "src/guests/domain_pins.hpp"
#include "src/guests/domain_xml.hpp"

using namespace ctrlpass;

namespace {

using Kind = GuestThread::Kind;

DomainCpus cpus(const std::string& elements) {
    const auto read = cpus_in("<domain>" + elements + "</domain>");
    REQUIRE(read.has_value());
    return *read;
}

std::string pinned(const std::string& elements, const GuestThread& thread,
                   const std::optional<CpuSet>& to) {
    const auto definition = with_pin("<domain>" + elements + "</domain>", thread, to);
    REQUIRE(definition.has_value());
    return definition->substr(8, definition->size() - 17);
}

}  // namespace

TEST_CASE("sets of CPUs are read as libvirt reads them") {
    CHECK(parse_cpuset("0-3,^2") == CpuSet{0, 1, 3});
    CHECK(parse_cpuset(" 1 , 3 - 4 ") == CpuSet{1, 3, 4});
    CHECK(parse_cpuset("0-3,2-5") == CpuSet{0, 1, 2, 3, 4, 5});
    CHECK(parse_cpuset("^1,0-1") == CpuSet{0, 1});  // from left to right
    CHECK(parse_cpuset("8191") == CpuSet{8191});
    for (const char* bad : {"", " ", ",", "1,", "3-1", "^0-1", "1,^1", "^ 1,2", "a", "0x1", "-1",
                            "1-", "8192", "1 2", "1-2-3", "99999999999999999999"}) {
        CAPTURE(bad);
        CHECK_FALSE(parse_cpuset(bad).has_value());
    }
}

TEST_CASE("lists of CPUs are written as the kernel writes them") {
    CHECK(to_cpu_list({}) == "");
    CHECK(to_cpu_list({5}) == "5");
    CHECK(to_cpu_list({0, 1, 2, 3, 8}) == "0-3,8");
    CHECK(to_cpu_list({1, 3, 4, 4294967295}) == "1,3-4,4294967295");
    const CpuSet some{0, 2, 3, 4, 9, 8191};
    CHECK(parse_cpu_list(to_cpu_list(some)) == some);
}

TEST_CASE("a definition tells its vCPUs, their siblings, its I/O threads and where they run") {
    const DomainCpus guest = cpus(R"(
      <vcpu placement='static' current='2'>4</vcpu>
      <iothreads>3</iothreads>
      <iothreadids><iothread id='2'/><iothread id='7'/></iothreadids>
      <cpu mode='host-passthrough'><topology sockets='1' dies='1' cores='2' threads='2'/></cpu>
      <cputune>
        <vcpupin vcpu='0' cpuset='2'/><vcpupin vcpu='3' cpuset='4-7,^5'/>
        <emulatorpin cpuset='0-1'/>
        <iothreadpin iothread='7' cpuset='1'/>
        <vcpusched vcpus='0-2,^1' scheduler='fifo' priority='1'/>
        <vcpusched vcpus='3' scheduler='batch'/>
        <emulatorsched scheduler='rr' priority='1'/>
      </cputune>)");
    CHECK(guest.vcpus == 4);
    CHECK(guest.threads == 2);
    CHECK(guest.iothreads == std::set<unsigned>{1, 2, 7});
    CHECK(guest.fifo == std::set<unsigned>{0, 2});
    CHECK(guest.fifo_emulator);
    CHECK(guest.vcpu_pins == std::map<unsigned, CpuSet>{{0, {2}}, {3, {4, 6, 7}}});
    CHECK(guest.emulator_pin == CpuSet{0, 1});
    CHECK(guest.iothread_pins == std::map<unsigned, CpuSet>{{7, {1}}});
}

TEST_CASE("what a definition does not say is libvirt's default") {
    CHECK(cpus("") == DomainCpus{});
    CHECK(cpus("").vcpus == 1);
    CHECK(cpus("<iothreads>2</iothreads>").iothreads == std::set<unsigned>{1, 2});
    CHECK(cpus("<vcpu> 3 </vcpu>").vcpus == 3);
}

TEST_CASE("what is not understood counts as not said") {
    for (const char* count : {"0", "-1", "many", "4294967295", "99999999999999999999", "1.5"})
        CHECK(cpus("<vcpu>" + std::string(count) + "</vcpu>").vcpus == 1);
    CHECK(cpus("<iothreads>4294967295</iothreads>").iothreads.empty());
    CHECK(cpus("<cpu><topology threads='x'/></cpu>").threads == 1);
    CHECK(cpus("<cputune><vcpupin vcpu='0' cpuset='all'/><vcpupin cpuset='1'/>"
               "<emulatorpin/><vcpusched vcpus='' scheduler='fifo'/></cputune>") == DomainCpus{});
    CHECK_FALSE(cpus_in("<network/>").has_value());
    CHECK_FALSE(cpus_in("<domain>").has_value());
}

TEST_CASE("a pin is written where libvirt writes it, and taken out without a trace") {
    const std::string none = "<vcpu>4</vcpu><os/>";
    const std::string one = pinned(none, {Kind::vcpu, 1}, CpuSet{2, 3});
    CHECK(one == "<vcpu>4</vcpu><cputune><vcpupin vcpu=\'1\' cpuset=\'2-3\'/></cputune><os/>");
    std::string all = pinned(one, {Kind::iothread, 1}, CpuSet{0});
    all = pinned(all, {Kind::emulator, 0}, CpuSet{0, 1});
    all = pinned(all, {Kind::vcpu, 3}, CpuSet{5});
    all = pinned(all, {Kind::vcpu, 0}, CpuSet{4});
    CHECK(all ==
          "<vcpu>4</vcpu><cputune><vcpupin vcpu=\'0\' cpuset=\'4\'/><vcpupin vcpu=\'1\' "
          "cpuset=\'2-3\'/>"
          "<vcpupin vcpu=\'3\' cpuset=\'5\'/><emulatorpin cpuset=\'0-1\'/>"
          "<iothreadpin iothread=\'1\' cpuset=\'0\'/></cputune><os/>");
    for (const GuestThread thread :
         {GuestThread{Kind::vcpu, 0}, GuestThread{Kind::vcpu, 3}, GuestThread{Kind::emulator, 0},
          GuestThread{Kind::iothread, 1}})
        all = pinned(all, thread, std::nullopt);
    CHECK(all == one);
    CHECK(pinned(one, {Kind::vcpu, 1}, std::nullopt) == none);
    CHECK(pinned(none, {Kind::vcpu, 1}, std::nullopt) == none);
    const std::string tuned = "<vcpu>1</vcpu><cputune><shares>9</shares></cputune>";
    const std::string added = pinned(tuned, {Kind::emulator, 0}, CpuSet{1});
    CHECK(added.find("<shares>9</shares><emulatorpin") != added.npos);
    CHECK(pinned(added, {Kind::emulator, 0}, std::nullopt) == tuned);
    CHECK_FALSE(with_pin("<domain/>", {Kind::emulator, 0}, CpuSet{}).has_value());
}

TEST_CASE("ids of I/O threads that libvirt spelled out are tidied, those that say more are not") {
    const std::string original = "<domain><iothreads>2</iothreads></domain>";
    const auto with = [](const std::string& ids, const std::string& more = "") {
        return "<domain><iothreads>2</iothreads><iothreadids>" + ids + "</iothreadids>" + more +
               "</domain>";
    };
    const std::string plain = "<iothread id='1'/><iothread id='2'/>";
    CHECK(*tidied(with(plain), original) == original);
    const auto other = tidied(with(plain, "<title>new</title>"), original);
    REQUIRE((other && *other));
    CHECK((*other)->find("iothreadids") == std::string::npos);
    CHECK((*other)->find("<title>new") != std::string::npos);
    for (const auto& said :
         {with("<iothread id='1'/><iothread id='3'/>"),
          with("<iothread id='1' thread_pool_min='2'/><iothread id='2'/>"),
          with("<iothread id='1'><poll max='3'/></iothread><iothread id='2'/>"),
          with(plain, "<cputune><iothreadpin iothread='1' cpuset='0'/></cputune>")})
        CHECK(*tidied(said, original) == std::nullopt);
    CHECK(*tidied(with(plain, "<title>new</title>"), with(plain)) == std::nullopt);
}
