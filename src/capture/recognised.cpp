// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/capture/recognised.hpp"

#include <algorithm>
#include <array>

#include "iommu/ids_options.hpp"
#include "iommu/lines.hpp"
#include "iommu/script_facts.hpp"
#include "src/capture/forms.hpp"

namespace ctrlpass::filters {

namespace {

constexpr auto known_words = std::to_array<std::string_view>({"vfio-pci",
                                                              "vfio_pci",
                                                              "vfio",
                                                              "vfio_iommu_type1",
                                                              "vfio-iommu-type1",
                                                              "vfio_virqfd",
                                                              "vfio_pci_core",
                                                              "pci-stub",
                                                              "pci_stub",
                                                              "xen-pciback",
                                                              "xen_pciback",
                                                              "pciback",
                                                              "xhci_hcd",
                                                              "xhci_pci",
                                                              "xhci-pci",
                                                              "xhci-hcd",
                                                              "ehci_hcd",
                                                              "ehci_pci",
                                                              "ehci-pci",
                                                              "ohci_hcd",
                                                              "ohci_pci",
                                                              "ohci-pci",
                                                              "uhci_hcd",
                                                              "usb_storage",
                                                              "usb-storage",
                                                              "driver_override",
                                                              "new_id",
                                                              "remove_id",
                                                              "bind",
                                                              "unbind",
                                                              "drivers_probe",
                                                              "ids",
                                                              "driverctl",
                                                              "set-override",
                                                              "unset-override",
                                                              "modprobe",
                                                              "insmod",
                                                              "virsh",
                                                              "nodedev-detach",
                                                              "nodedev-dettach",
                                                              "nodedev-reattach",
                                                              "echo",
                                                              "printf",
                                                              "tee",
                                                              "for",
                                                              "in",
                                                              "do",
                                                              "done",
                                                              "while",
                                                              "setpci",
                                                              "remove",
                                                              "rescan"});

/// The programs that bind nothing by themselves, and shells: what they are called is no secret.
bool is_usual_program(std::string_view path) {
    constexpr auto names = std::to_array<std::string_view>(
        {"sh",     "bash",  "dash",    "env",       "echo",     "tee",      "cat",
         "test",   "grep",  "sed",     "awk",       "setpci",   "lspci",    "logger",
         "printf", "sleep", "udevadm", "systemctl", "modprobe", "python3",  "rm",
         "mkdir",  "chown", "chmod",   "true",      "false",    "driverctl"});
    const auto slash = path.rfind('/');
    constexpr auto folders =
        std::to_array<std::string_view>({"/bin", "/sbin", "/usr/bin", "/usr/sbin"});
    return std::ranges::find(folders, path.substr(0, slash)) != folders.end() &&
           std::ranges::find(names, path.substr(slash + 1)) != names.end();
}

/// One of the facts as only_facts() writes them: of a program its place.
std::string masked_fact(Mask& mask, std::string_view fact) {
    const bool path = fact.starts_with('/') && fact.find('/', 1) != fact.npos;
    if (!path || is_usual_program(fact)) return std::string(fact);
    return mask.places.path(std::string(fact));
}

}  // namespace

bool is_known_word(std::string_view word) {
    return std::ranges::find(known_words, word) != known_words.end();
}

bool is_id_list(std::string_view text) {
    return text.size() >= 9 && is_pci_id(text.substr(0, 9)) && text.size() <= 1024 &&
           consists_of(text, "0123456789abcdefABCDEF:,*");
}

bool is_lending_key(std::string_view key) {
    const auto dot = key.rfind('.');
    const std::string_view parameter = key.substr(std::min(dot, key.size() - 1) + 1);
    return dot != key.npos && (parameter == "ids" || parameter == "hide") &&
           !ids_driver_of(key.substr(0, dot)).empty() && key.find('/') == key.npos;
}

bool is_option_value(std::string_view value) {
    return value.size() <= 1024 && consists_of(value, "0123456789abcdefABCDEFxX:,.*()\"");
}

std::string_view without_comment(std::string_view line) {
    for (std::size_t at = line.find('#'); at != line.npos; at = line.find('#', at + 1))
        if (at == 0 || line[at - 1] == ' ' || line[at - 1] == '\t' || line[at - 1] == ';')
            return line.substr(0, at);
    return line;
}

std::string recognised(Mask& mask, std::string_view line) {
    std::string kept;
    constexpr std::string_view between = " ; ";
    for (const std::string& facts : lines_of(only_facts(line)))
        for (std::size_t begin = 0; begin < facts.size();) {
            const auto end = std::min(facts.find(between, begin), facts.size());
            const auto fact = std::string_view(facts).substr(begin, end - begin);
            if (!fact.empty())
                kept += std::string(kept.empty() ? "" : between) + masked_fact(mask, fact);
            begin = end + between.size();
        }
    return kept;
}

}  // namespace ctrlpass::filters
