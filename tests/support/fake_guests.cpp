// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/support/fake_guests.hpp"

#include "src/guests/domain_xml.hpp"

namespace ctrlpass {

namespace {

std::string in_xml(const std::string& text) {
    std::string escaped;
    for (const char c : text) escaped += c == '<' ? "&lt;" : c == '&' ? "&amp;" : std::string(1, c);
    return escaped;
}

class FakeGuestHost final : public GuestHost {
  public:
    explicit FakeGuestHost(FakeDomains& domains) : domains_(domains) {}

    Result<std::vector<Domain>> domains() override {
        std::vector<Domain> all;
        for (const auto& [uuid, one] : domains_.by_uuid) {
            Domain domain{.ref = one.ref, .running = one.running};
            domain.persistent = one.persistent;
            domain.saved = one.saved;
            domain.memory = TRY(memory_in(one.definition));
            domain.defined = TRY(hostdevs_in(one.definition));
            if (one.running) domain.live = TRY(hostdevs_in(one.live));
            all.push_back(std::move(domain));
        }
        return all;
    }

    Result<std::optional<std::string>> hostdev(const DomainRef& ref,
                                               const PciAddress& address) override {
        const FakeDomains::One* const one = TRY(find(ref));
        for (const DomainHostdev& hostdev : TRY(hostdevs_in(one->definition)))
            if (hostdev.address == address) return std::optional(hostdev.xml);
        return std::optional<std::string>{};
    }

    Result<> set_hostdev(const DomainRef& ref, const PciAddress& address,
                         const std::optional<std::string>& xml) override {
        FakeDomains::One* const one = TRY(find(ref));
        ++domains_.writes;
        if (domains_.before_write) domains_.before_write(domains_.writes);
        for (const DomainHostdev& hostdev : TRY(hostdevs_in(one->definition))) {
            if (hostdev.address != address) continue;
            const auto at = one->definition.find(hostdev.xml);
            if (at == std::string::npos) return fail("the fake keeps hostdevs in normal form only");
            one->definition.erase(at, hostdev.xml.size());
        }
        if (xml) one->definition.insert(one->definition.find("</devices>"), *xml);
        return {};
    }

    Result<std::string> definition(const DomainRef& ref) override {
        const FakeDomains::One* const one = TRY(find(ref));
        return one->definition;
    }

    Result<> tidy(const DomainRef& ref, const std::string& original) override {
        FakeDomains::One* const one = TRY(find(ref));
        const auto better = TRY(tidied(one->definition, original));
        if (better) one->definition = *better;
        return {};
    }

  private:
    Result<FakeDomains::One*> find(const DomainRef& ref) {
        const auto found = domains_.by_uuid.find(ref.uuid);
        if (found == domains_.by_uuid.end())
            return fail("no domain " + ref.name, {}, {}, Trouble::missing);
        return &found->second;
    }

    FakeDomains& domains_;
};

}  // namespace

DomainRef FakeDomains::add(const std::string& name, const std::string& devices) {
    const std::string number = std::to_string(by_uuid.size() + 1);
    const DomainRef ref{"qemu:///system", "00000000-0000-4000-8000-00000000000" + number, name};
    One& one = by_uuid[ref.uuid];
    one.ref = ref;
    one.definition = "<domain type=\"qemu\"><name>" + in_xml(name) + "</name><uuid>" + ref.uuid +
                     "</uuid><devices>" + devices + "</devices></domain>";
    return ref;
}

std::unique_ptr<GuestHost> connect(FakeDomains& domains) {
    return std::make_unique<FakeGuestHost>(domains);
}

}  // namespace ctrlpass
