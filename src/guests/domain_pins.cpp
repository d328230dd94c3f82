// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/guests/domain_pins.hpp"

#include <algorithm>
#include <array>
#include <pugixml.hpp>

#include "iommu/number.hpp"
#include "src/guests/domain_xml_text.hpp"

namespace ctrlpass {

namespace {

/// How a thread's pin is written.
struct PinElement {
    const char* name;
    const char* number;  ///< the attribute with the thread's number; null where there is one only
};

PinElement element_of(const GuestThread& thread) {
    switch (thread.kind) {
        case GuestThread::Kind::vcpu:
            return {"vcpupin", "vcpu"};
        case GuestThread::Kind::iothread:
            return {"iothreadpin", "iothread"};
        case GuestThread::Kind::emulator:
            break;
    }
    return {"emulatorpin", nullptr};
}

pugi::xml_node find_pin(const pugi::xml_node& tune, const GuestThread& thread) {
    const auto [name, number] = element_of(thread);
    for (const auto& pin : tune.children(name))
        if (number == nullptr ||
            number_in<unsigned>(pin.attribute(number).value()) == thread.number)
            return pin;
    return {};
}

/// The last child that libvirt writes before one of this name.
pugi::xml_node last_of(const pugi::xml_node& parent, std::initializer_list<const char*> names) {
    pugi::xml_node last;
    for (const auto& child : parent.children())
        if (std::ranges::find(names, std::string_view(child.name())) != names.end()) last = child;
    return last;
}

pugi::xml_node insert(pugi::xml_node parent, const char* name, const pugi::xml_node& before) {
    return before ? parent.insert_child_after(name, before) : parent.prepend_child(name);
}

/// Where libvirt would write it: numbers ascend, vCPUs come before the emulator, I/O threads last.
pugi::xml_node add_pin(pugi::xml_node tune, const GuestThread& thread) {
    const auto [name, number] = element_of(thread);
    auto before =
        last_of(tune, {"shares", "global_period", "global_quota", "period", "quota",
                       "emulator_period", "emulator_quota", "iothread_period", "iothread_quota"});
    for (const auto& pin : tune.children()) {
        const std::string_view other = pin.name();
        const bool same_kind = other == name;
        const bool earlier =
            (same_kind &&
             number_in<unsigned>(pin.attribute(number).value()).value_or(0) < thread.number) ||
            (!same_kind && other == "vcpupin") ||
            (other == "emulatorpin" && thread.kind == GuestThread::Kind::iothread);
        if (earlier) before = pin;
    }
    auto pin = insert(tune, name, before);
    if (number != nullptr) pin.append_attribute(number) = thread.number;
    return pin;
}

bool is_empty(const pugi::xml_node& element) {
    return !element.first_child() && !element.first_attribute();
}

}  // namespace

std::optional<CpuSet> pin_of(const DomainCpus& cpus, const GuestThread& thread) {
    if (thread.kind == GuestThread::Kind::emulator) return cpus.emulator_pin;
    const auto& pins = thread.kind == GuestThread::Kind::vcpu ? cpus.vcpu_pins : cpus.iothread_pins;
    const auto found = pins.find(thread.number);
    return found == pins.end() ? std::nullopt : std::optional(found->second);
}

Result<std::string> with_pin(const std::string& definition, const GuestThread& thread,
                             const std::optional<CpuSet>& cpus) {
    if (cpus && cpus->empty()) return fail("cannot pin " + to_string(thread) + " to no CPU");
    pugi::xml_document document;
    TRY(parse_xml(document, definition, "the domain's definition", "domain"));
    auto domain = document.document_element();
    auto tune = domain.child("cputune");
    auto pin = find_pin(tune, thread);
    if (cpus) {
        if (!tune)
            tune = insert(domain, "cputune",
                          last_of(domain, {"name", "uuid", "memory", "currentMemory", "vcpu",
                                           "vcpus", "iothreads", "iothreadids"}));
        if (!pin) pin = add_pin(tune, thread);
        pin.remove_attribute("cpuset");
        pin.append_attribute("cpuset") = to_cpu_list(*cpus).c_str();
    } else if (pin) {
        tune.remove_child(pin);
        if (is_empty(tune)) domain.remove_child(tune);
    }
    return raw_text(domain);
}

}  // namespace ctrlpass
