// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/profile/pin_section.hpp"

#include <array>

#include "iommu/cpu_list.hpp"
#include "src/render/suggest.hpp"

namespace ctrlpass {

namespace {

constexpr auto list_form =
    "A CPU list is written 2-3,10: each range from the lower to the higher number, each CPU once, "
    "none above 8191.";

bool is_word(const std::string& text) {
    return !text.empty() && ((text.front() >= 'a' && text.front() <= 'z') ||
                             (text.front() >= 'A' && text.front() <= 'Z'));
}

Result<std::string> cpu_text(const Section& section, std::string_view key, const toml::node& node) {
    const auto* const text = node.as_string();
    if (text == nullptr) return section.bad(node, section.at(key) + " must be text");
    return text->get();
}

/// The kind whose word is `word`; a list of CPUs otherwise.
Result<CpuWish> cpu_wish(const Section& section, std::string_view key, const toml::node& node,
                         std::string_view word, CpuKind kind) {
    const std::string text = TRY(cpu_text(section, key, node));
    if (text == word) return CpuWish(kind);
    if (const auto cpus = parse_cpu_list(text)) return CpuWish(*cpus);
    const std::array words{word};
    return section.bad(node, section.at(key) + " is '" + text + "'",
                       is_word(text)
                           ? suggestion(text, words)
                           : list_form + std::string(" Or it is \"") + std::string(word) + "\".");
}

Result<std::optional<CpuWish>> optional_wish(const Section& section, std::string_view key,
                                             std::string_view word, CpuKind kind) {
    const toml::node* const node = section.table.get(key);
    if (node == nullptr) return std::optional<CpuWish>{};
    const CpuWish wish = TRY(cpu_wish(section, key, *node, word, kind));
    return std::optional(wish);
}

using VcpuWish = decltype(PinWish::vcpus);

Result<VcpuWish> vcpus_of(const Section& section) {
    constexpr std::string_view key = "vcpus";
    constexpr std::array<std::string_view, 1> words{"isolated"};
    const toml::node* const node = section.table.get(key);
    if (node == nullptr) return VcpuWish{};
    if (const auto* const list = node->as_array()) {
        if (list->empty())
            return section.bad(*node, section.at(key) + " is empty",
                               "It has an entry for each vCPU, such as [\"2\", \"3\"].");
        std::vector<CpuSet> entries;
        for (const toml::node& entry : *list) {
            const std::string text = TRY(cpu_text(section, key, entry));
            const auto cpus = parse_cpu_list(text);
            if (!cpus)
                return section.bad(entry, "an entry of " + section.at(key) + " is '" + text + "'",
                                   list_form);
            entries.push_back(*cpus);
        }
        return VcpuWish(std::move(entries));
    }
    const std::string text = TRY(cpu_text(section, key, *node));
    if (text == words.front()) return VcpuWish(CpuKind::isolated);
    return section.bad(*node, section.at(key) + " is '" + text + "'",
                       is_word(text) ? suggestion(text, words)
                                     : "It is \"isolated\", or a list with an entry for each vCPU, "
                                       "such as [\"2\", \"3\"].");
}

}  // namespace

Result<PinWish> pin_wish_of(const Section& section) {
    constexpr std::array<std::string_view, 4> known{"vcpus", "emulator", "iothreads", "interrupts"};
    TRY(only_known_keys(section, known));
    PinWish wish;
    wish.vcpus = TRY(vcpus_of(section));
    wish.emulator = TRY(optional_wish(section, "emulator", "housekeeping", CpuKind::housekeeping));
    wish.iothreads =
        TRY(optional_wish(section, "iothreads", "housekeeping", CpuKind::housekeeping));
    wish.interrupts = TRY(optional_wish(section, "interrupts", "isolated", CpuKind::isolated));
    return wish;
}

}  // namespace ctrlpass
