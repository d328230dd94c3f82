// SPDX-License-Identifier: GPL-2.0-or-later
// What the planner learns of a guest's memory from libvirt itself, and a hostdev made by hand that
// is taken over and comes back.
#include <doctest/doctest.h>

#include "golden_guest.hpp"
#include "src/commands/session.hpp"
#include "tests/support/fake_kernel.hpp"
#include "tests/support/machine_tree.hpp"
#include "tests/support/temp_tree.hpp"

using namespace ctrlpass;
using namespace ctrlpass::tests;

namespace {

/// The connection that all cases share, for a session that wants one of its own.
class Borrowed final : public GuestHost {
  public:
    explicit Borrowed(GuestHost& host) : host_(host) {}
    Result<std::vector<Domain>> domains() override { return host_.domains(); }
    Result<std::optional<std::string>> hostdev(const DomainRef& domain,
                                               const PciAddress& address) override {
        return host_.hostdev(domain, address);
    }
    Result<> set_hostdev(const DomainRef& domain, const PciAddress& address,
                         const std::optional<std::string>& xml) override {
        return host_.set_hostdev(domain, address, xml);
    }
    Result<std::optional<CpuSet>> pin(const DomainRef& domain, const GuestThread& thread) override {
        return host_.pin(domain, thread);
    }
    Result<> set_pin(const DomainRef& domain, const GuestThread& thread,
                     const std::optional<CpuSet>& cpus) override {
        return host_.set_pin(domain, thread, cpus);
    }
    Result<std::string> definition(const DomainRef& domain) override {
        return host_.definition(domain);
    }
    Result<> tidy(const DomainRef& domain, const std::string& original) override {
        return host_.tidy(domain, original);
    }

  private:
    GuestHost& host_;
};

/// A machine with the function that the domain q35-foreign has, and libvirt itself.
class Desk {
  public:
    explicit Desk(EmbeddedLibvirt& libvirt) : libvirt_(libvirt), kernel_(tree_.directory()) {}

    Result<std::unique_ptr<Session>> session() {
        auto root = Root::open(tree_.directory());
        REQUIRE(root.has_value());
        GuestHosts guests([this](const std::string&) -> Result<std::unique_ptr<GuestHost>> {
            return std::make_unique<Borrowed>(libvirt_.host());
        });
        return Session::open(std::move(*root), kernel_, std::move(guests), state_.path());
    }

    Profile profile(const std::string& domain, const std::string& allow) const {
        const auto parsed =
            parse_profile("format = 1\n[vm]\nname = \"" + domain + "\"\nuri = \"" + libvirt_.uri() +
                              "\"\n[[controller]]\naddress = \"0000:0a:00.3\"\n" + allow,
                          "/p/front.toml");
        REQUIRE(parsed.has_value());
        return *parsed;
    }

  private:
    EmbeddedLibvirt& libvirt_;
    TempDir state_;
    MachineTree tree_ = MachineTree::from(R"({"drivers":["vfio-pci"],"functions":[
        {"address":"0000:0a:00.3","path":"sys/devices/pci0000:00/0000:0a:00.3","class":"0c0330",
         "id":"8086:a36d","driver":"xhci_hcd","group":4}]})");
    FakeKernel kernel_;
};

}  // namespace

TEST_CASE("taken over from libvirt by consent, a hand-made hostdev comes back to the last byte") {
    auto* const libvirt = EmbeddedLibvirt::shared();
    if (!libvirt) return;
    const DomainRef ref = libvirt->define(golden_text("q35-foreign"));
    const std::string before = libvirt->host().definition(ref).value();
    REQUIRE(before.find("ua-by-hand") != before.npos);
    Desk desk(*libvirt);
    {
        const auto session = desk.session();
        REQUIRE(session.has_value());
        const auto refused = apply_profiles(**session, {desk.profile("q35-foreign", "")});
        REQUIRE(refused.has_value());
        CHECK(refused->refused);
        CHECK(libvirt->host().definition(ref).value() == before);
        const auto applied = apply_profiles(
            **session, {desk.profile("q35-foreign", "allow = [\"claimed-by-domain\"]\n")});
        REQUIRE(applied.has_value());
        CHECK_FALSE(applied->report.failure);
    }
    const std::string during = libvirt->host().definition(ref).value();
    CHECK(during.find("ua-by-hand") == during.npos);
    CHECK(during.find("ua-ctrlpass-0000-0a-00-3") != during.npos);
    {
        const auto session = desk.session();
        REQUIRE(session.has_value());
        const auto back = roll_back(**session, {"front"});
        REQUIRE(back.has_value());
        CHECK(back->report.stuck.empty());
    }
    CHECK(libvirt->host().definition(ref).value() == before);
    libvirt->undefine(ref);
}

TEST_CASE("libvirt's own words on a guest's memory are understood") {
    auto* const libvirt = EmbeddedLibvirt::shared();
    if (!libvirt) return;
    std::string xml = golden_text("q35-one");
    xml.insert(xml.find("<vcpu>"), "<memtune><hard_limit unit='MiB'>96</hard_limit></memtune>");
    const DomainRef ref = libvirt->define(xml);
    const DomainMemory memory = described(*libvirt, ref).memory;
    CHECK(memory.size == 64U * 1024U);
    CHECK(memory.hard_limit == 96U * 1024U);
    CHECK_FALSE(memory.iommu);
    libvirt->undefine(ref);
}

TEST_CASE("an image that libvirt saved is seen, and that it is gone") {
    auto* const libvirt = EmbeddedLibvirt::shared();
    if (!libvirt) return;
    const DomainRef ref = libvirt->define(golden_text("q35-one"));
    CHECK_FALSE(described(*libvirt, ref).saved);
    libvirt->start(ref);
    CHECK_FALSE(described(*libvirt, ref).saved);
    libvirt->save(ref);
    const Domain saved = described(*libvirt, ref);
    CHECK(saved.saved);
    CHECK_FALSE(saved.running);
    libvirt->remove_image(ref);
    CHECK_FALSE(described(*libvirt, ref).saved);
    libvirt->undefine(ref);
}
