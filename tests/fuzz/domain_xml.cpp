// SPDX-License-Identifier: GPL-2.0-or-later
// Definitions of domains, by anybody who may define one: the input is two texts with a zero byte
// between them.
#include "src/guests/domain_xml.hpp"

#include <algorithm>

#include "src/capture/captured_guest.hpp"
#include "src/guests/definition_names.hpp"
#include "src/guests/domain_pins.hpp"
#include "tests/fuzz/fuzzing.hpp"

using namespace ctrlpass;
using namespace ctrlpass::fuzzing;

namespace {

/// Nothing where the definition cannot be read.
std::optional<std::vector<std::string>> devices_of(const std::string& definition) {
    const auto hostdevs = hostdevs_in(definition);
    if (!hostdevs) return std::nullopt;
    std::vector<std::string> devices;
    for (const DomainHostdev& hostdev : *hostdevs) devices.push_back(hostdev.xml);
    std::ranges::sort(devices);
    return devices;
}

void check_element(const std::string& element) {
    const auto once = normal_form(element);
    if (!once) return;
    const auto twice = normal_form(*once);
    require(twice.has_value(), "a normal form can be read", *once);
    require(*twice == *once, "the normal form of a normal form is itself", *once + "\n" + *twice);
}

void check_devices(const std::string& definition) {
    const auto hostdevs = hostdevs_in(definition);
    if (!hostdevs) return;
    for (const DomainHostdev& hostdev : *hostdevs) {
        check_element(hostdev.xml);
        if (!hostdev.ours) continue;
        require(hostdev.xml.find(hostdev_alias(hostdev.address)) != std::string::npos,
                "ours have our alias", hostdev.xml);
    }
}

void check_tidied(const std::string& current, const std::string& original) {
    const auto better = tidied(current, original);
    if (!better || !*better) return;
    const auto again = tidied(**better, original);
    require(again.has_value(), "a tidied definition can be read", **better);
    require(!*again, "and is tidy", **better);
    if (**better == original) return;
    require(devices_of(**better) == devices_of(current), "no device is lost", **better);
}

void check_boot(const std::string& definition, const std::string& element) {
    const auto with = with_boot_device(definition, element);
    if (!with || !*with) return;
    const auto again = with_boot_device(**with, element);
    require(again.has_value() && !*again, "the device stands in place of <os><boot/>", **with);
}

void check_pins(const std::string& definition) {
    const auto before = cpus_in(definition);
    if (!before) return;
    const CpuSet cpus{0, 1, 5};
    for (const GuestThread thread :
         {GuestThread{GuestThread::Kind::vcpu, 1}, GuestThread{GuestThread::Kind::emulator, 0},
          GuestThread{GuestThread::Kind::iothread, 1}}) {
        const auto with = with_pin(definition, thread, cpus);
        require(with.has_value(), "what can be read can be pinned", definition);
        const auto read = cpus_in(*with);
        require(read && pin_of(*read, thread) == cpus, "and is", *with);
    }
}

void check_captured(const std::string& definition) {
    Mask mask;
    const auto copy = captured_guest(mask, definition);
    if (!copy) return;
    const auto before = hostdevs_in(definition);
    const auto after = hostdevs_in(*copy);
    if (!before) return;
    require(after && after->size() == before->size(), "a copy has the functions", *copy);
    for (std::size_t i = 0; i < before->size(); ++i)
        require((*after)[i].address == (*before)[i].address, "at their addresses", *copy);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text = text_of(data, size);
    const auto zero = std::min(text.find('\0'), text.size());
    const std::string first = text.substr(0, zero);
    const std::string second = text.substr(std::min(zero + 1, text.size()));
    check_element(first);
    check_devices(first);
    require(!hostdevs_in(first) || named_in(first).has_value(), "what can be read can be named",
            first);
    check_pins(first);
    const auto same = is_same_definition(first, first);
    require(!same || *same, "a definition is the same as itself", first);
    check_tidied(first, second);
    check_tidied(second, first);
    check_boot(first, second);
    check_captured(first);
    return 0;
}
