// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/guests/domain_cpus.hpp"

#include <cstring>
#include <pugixml.hpp>

#include "iommu/cpu_list.hpp"
#include "iommu/lines.hpp"
#include "iommu/number.hpp"
#include "src/guests/cpuset.hpp"
#include "src/guests/domain_xml_text.hpp"

namespace ctrlpass {

namespace {

/// Of vCPUs, threads, I/O threads: more than any guest has is not understood.
constexpr unsigned most = highest_cpu + 1;

std::optional<unsigned> count_in(std::string_view text) {
    const auto count = number_in<unsigned>(trimmed(text));
    return count && *count <= most ? count : std::nullopt;
}

std::optional<unsigned> id_in(const pugi::xml_node& element, const char* attribute) {
    return number_in<unsigned>(element.attribute(attribute).value());
}

/// Those with an id, and what libvirt adds to make as many as there are to be: the lowest ids that
/// are free (virDomainIOThreadIDDefArrayInit).
std::set<unsigned> iothreads_of(const pugi::xml_node& domain) {
    std::set<unsigned> ids;
    for (const auto& thread : domain.child("iothreadids").children("iothread"))
        if (const auto id = id_in(thread, "id"); id && *id != 0) ids.insert(*id);
    const unsigned count = count_in(domain.child_value("iothreads")).value_or(0);
    for (unsigned id = 1; ids.size() < count; ++id) ids.insert(id);
    return ids;
}

bool is_real_time(const pugi::xml_node& scheduled) {
    const char* const scheduler = scheduled.attribute("scheduler").value();
    return std::strcmp(scheduler, "fifo") == 0 || std::strcmp(scheduler, "rr") == 0;
}

std::optional<CpuSet> cpuset_of(const pugi::xml_node& pin) {
    return parse_cpuset(pin.attribute("cpuset").value());
}

std::map<unsigned, CpuSet> pins_of(const pugi::xml_node& tune, const char* element,
                                   const char* attribute) {
    std::map<unsigned, CpuSet> pins;
    for (const auto& pin : tune.children(element)) {
        const auto number = id_in(pin, attribute);
        const auto cpus = cpuset_of(pin);
        if (number && cpus) pins.emplace(*number, *cpus);
    }
    return pins;
}

}  // namespace

Result<DomainCpus> cpus_in(const std::string& domain_xml) {
    pugi::xml_document document;
    TRY(parse_xml(document, domain_xml, "the domain's definition", "domain"));
    const auto domain = document.document_element();
    const auto tune = domain.child("cputune");
    DomainCpus cpus;
    cpus.vcpus = std::max(1U, count_in(domain.child_value("vcpu")).value_or(1));
    const auto topology = domain.child("cpu").child("topology");
    cpus.threads = std::max(1U, count_in(topology.attribute("threads").value()).value_or(1));
    cpus.iothreads = iothreads_of(domain);
    for (const auto& scheduled : tune.children("vcpusched"))
        if (is_real_time(scheduled))
            if (const auto vcpus = parse_cpuset(scheduled.attribute("vcpus").value()))
                cpus.fifo.insert(vcpus->begin(), vcpus->end());
    cpus.fifo_emulator = is_real_time(tune.child("emulatorsched"));
    cpus.vcpu_pins = pins_of(tune, "vcpupin", "vcpu");
    cpus.emulator_pin = cpuset_of(tune.child("emulatorpin"));
    cpus.iothread_pins = pins_of(tune, "iothreadpin", "iothread");
    return cpus;
}

}  // namespace ctrlpass
