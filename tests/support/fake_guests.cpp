// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/support/fake_guests.hpp"

#include "src/guests/definition_names.hpp"
#include "src/guests/domain_pins.hpp"
#include "src/guests/domain_xml.hpp"

namespace ctrlpass {

namespace {

std::string in_xml(const std::string& text) {
    std::string escaped;
    for (const char c : text) escaped += c == '<' ? "&lt;" : c == '&' ? "&amp;" : std::string(1, c);
    return escaped;
}

constexpr int ports = 32;

std::string bus(int port) {
    return "<address bus='" + std::to_string(port) + "' slot='0' type='pci'/>";
}

std::string root_port(int port) {
    return "<controller index='" + std::to_string(port) + "' model='pcie-root-port' type='pci'/>";
}

/// Our hostdev with the guest-side address that libvirt picks for it.
std::string placed(const std::string& xml, int port) {
    return xml.substr(0, xml.rfind("</")) + bus(port) + "</hostdev>";
}

bool has(const std::string& definition, const std::string& part) {
    return definition.find(part) != std::string::npos;
}

void put_in(std::string& definition, const std::string& xml) {
    std::string added = xml;
    if (has(xml, "ua-ctrlpass-")) {
        int port = 1;
        while (has(definition, bus(port))) ++port;
        added = placed(xml, port);
        if (!has(definition, root_port(port))) added = root_port(port) + added;
    }
    definition.insert(definition.find("</devices>"), added);
}

bool take_out(std::string& definition, const DomainHostdev& hostdev) {
    std::string text = hostdev.xml;
    for (int port = 1; port < ports && !has(definition, text); ++port)
        text = placed(hostdev.xml, port);
    const auto at = definition.find(text);
    if (at != std::string::npos) definition.erase(at, text.size());
    return at != std::string::npos;
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
            domain.cpus = TRY(cpus_in(one.definition));
            domain.defined = TRY(hostdevs_in(one.definition));
            domain.named = TRY(named_in(one.definition));
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
        std::string definition = one->definition;
        for (const DomainHostdev& hostdev : TRY(hostdevs_in(definition))) {
            if (hostdev.address != address) continue;
            if (!take_out(definition, hostdev))
                return fail("the fake keeps hostdevs in normal form only");
        }
        if (xml) put_in(definition, *xml);
        return define(*one, definition);
    }

    Result<std::optional<CpuSet>> pin(const DomainRef& ref, const GuestThread& thread) override {
        const FakeDomains::One* const one = TRY(find(ref));
        const DomainCpus cpus = TRY(cpus_in(one->definition));
        return pin_of(cpus, thread);
    }

    /// Refuses threads that the guest has not, as libvirt does.
    Result<> set_pin(const DomainRef& ref, const GuestThread& thread,
                     const std::optional<CpuSet>& cpus) override {
        FakeDomains::One* const one = TRY(find(ref));
        const DomainCpus guest = TRY(cpus_in(one->definition));
        if (pin_of(guest, thread) == cpus) return {};
        if (cpus && ((thread.kind == GuestThread::Kind::vcpu && thread.number >= guest.vcpus) ||
                     (thread.kind == GuestThread::Kind::iothread &&
                      !guest.iothreads.contains(thread.number))))
            return fail("the guest has no " + to_string(thread));
        const std::string definition = TRY(with_pin(one->definition, thread, cpus));
        return define(*one, definition);
    }

    Result<std::string> definition(const DomainRef& ref) override {
        const FakeDomains::One* const one = TRY(find(ref));
        return one->definition;
    }

    Result<> tidy(const DomainRef& ref, const std::string& original) override {
        FakeDomains::One* const one = TRY(find(ref));
        const auto better = TRY(tidied(one->definition, original));
        return better ? define(*one, *better) : Result<>();
    }

  private:
    Result<> define(FakeDomains::One& one, const std::string& definition) {
        const int number = ++domains_.writes;
        if (domains_.before_write) TRY(domains_.before_write(number));
        one.definition = definition;
        if (domains_.after_write) domains_.after_write(number);
        return {};
    }

    Result<FakeDomains::One*> find(const DomainRef& ref) {
        const auto found = domains_.by_uuid.find(ref.uuid);
        if (found == domains_.by_uuid.end())
            return fail("no domain " + ref.name, {}, {}, Trouble::missing);
        return &found->second;
    }

    FakeDomains& domains_;
};

}  // namespace

DomainRef FakeDomains::add(const std::string& name, const std::string& devices,
                           const std::string& more) {
    const std::string number = std::to_string(by_uuid.size() + 1);
    const DomainRef ref{"qemu:///system", "00000000-0000-4000-8000-00000000000" + number, name};
    One& one = by_uuid[ref.uuid];
    one.ref = ref;
    one.definition = "<domain type=\"qemu\"><name>" + in_xml(name) + "</name><uuid>" + ref.uuid +
                     "</uuid>" + more + "<devices>" + devices + "</devices></domain>";
    return ref;
}

std::unique_ptr<GuestHost> connect(FakeDomains& domains) {
    return std::make_unique<FakeGuestHost>(domains);
}

}  // namespace ctrlpass
