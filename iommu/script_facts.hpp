// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "iommu/host.hpp"

namespace ctrlpass {

/// What a script, a unit or a table says about the binding of PCI functions, outside its comments;
/// lines count from 1. Nothing of it is run or expanded.
struct ScriptFacts {
    struct Verb {
        int line = 0;
        std::string word;   ///< "driver_override", "new_id", "bind", "unbind", "nodedev-detach"
        bool sure = false;  ///< a file of sysfs or a command, not merely that word
        bool operator==(const Verb&) const = default;
    };
    /// Full, short (02:00.0) or as libvirt names it (pci_0000_02_00_0).
    std::vector<std::pair<int, PciAddress>> addresses;
    std::vector<std::pair<int, PciId>> ids;              ///< 1b21:2142, "1b21 2142", a modalias
    std::vector<std::pair<int, std::uint16_t>> numbers;  ///< 0x1b21
    std::vector<Verb> verbs;
    std::vector<std::pair<int, std::string>> paths;  ///< absolute ones of files that it may run
    /// `modprobe vfio-pci ids=…`, with the ids as they stand there.
    std::vector<std::pair<int, IdsOption>> options;
    bool vfio = false;    ///< names vfio-pci
    bool is_cut = false;  ///< there is more than is taken of one file

    bool is_sure() const;    ///< has a verb that is sure
    bool names_any() const;  ///< names some function by address, id or option
    bool operator==(const ScriptFacts&) const = default;
};

ScriptFacts script_facts(std::string_view text);

/// The line that names the function by its address.
std::optional<int> line_of_address(const ScriptFacts& facts, const PciAddress& address);
/// The line that names it by its vendor and device.
std::optional<int> line_of_id(const ScriptFacts& facts, const PciId& id);

/// The option that takes the function, with its line.
std::optional<std::pair<int, IdsOption>> option_for(const ScriptFacts& facts,
                                                    const Function& function);

/// A text with the same facts in the same lines, and nothing else: what may leave the machine.
std::string only_facts(std::string_view text);

/// Is there anything in the text that could be such a fact? A cheap look, before the lines.
bool may_have_facts(std::string_view text);

}  // namespace ctrlpass
