// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/guests/domain_memory.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <pugixml.hpp>
#include <string_view>

#include "src/guests/domain_xml_text.hpp"

namespace ctrlpass {

namespace {

constexpr std::uint64_t highest = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint64_t gibibyte = 1U << 20U;  // in KiB

/// Bytes of libvirt's units (virScaleInteger); without one it is KiB.
std::optional<std::uint64_t> bytes_of(std::string_view unit) {
    if (unit.empty() || unit == "KiB" || unit == "k") return 1024;
    if (unit == "b" || unit == "bytes" || unit == "B") return 1;
    constexpr std::string_view prefixes = "KMGTPE";
    const auto power = prefixes.find(unit.front());
    const auto rest = unit.substr(1);
    const bool binary = rest.empty() || rest == "iB";
    if (power == prefixes.npos || (!binary && rest != "B")) return std::nullopt;
    std::uint64_t bytes = 1;
    for (std::size_t i = 0; i <= power; ++i) bytes *= binary ? 1024U : 1000U;
    return bytes;
}

/// The element's size in KiB, rounded up; one that is larger than any counts as the largest.
std::optional<std::uint64_t> size_of(const pugi::xml_node& element) {
    std::string_view text = element.child_value();
    const auto first = text.find_first_not_of(" \t\r\n");
    if (first == text.npos) return std::nullopt;
    text.remove_prefix(first);
    std::uint64_t number = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc::result_out_of_range) return highest / 1024;
    const auto unit = bytes_of(element.attribute("unit").value());
    if (error != std::errc{} || !unit) return std::nullopt;
    if (number > highest / *unit) return highest / 1024;
    const std::uint64_t bytes = number * *unit;
    return bytes / 1024 + (bytes % 1024 == 0 ? 0U : 1U);
}

}  // namespace

Result<DomainMemory> memory_in(const std::string& domain_xml) {
    pugi::xml_document document;
    TRY(parse_xml(document, domain_xml, "the domain's definition", "domain"));
    const auto domain = document.document_element();
    DomainMemory memory;
    memory.size = size_of(domain.child("memory")).value_or(0);
    memory.hard_limit = size_of(domain.child("memtune").child("hard_limit"));
    memory.iommu = !domain.child("devices").child("iommu").empty();
    return memory;
}

std::uint64_t locked_for(const DomainMemory& memory, std::size_t devices) {
    const std::uint64_t times = memory.iommu ? std::max<std::size_t>(devices, 1) : 1;
    if (memory.size > (highest - gibibyte) / times) return highest;
    return memory.size * times + gibibyte;
}

}  // namespace ctrlpass
