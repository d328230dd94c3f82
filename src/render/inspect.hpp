// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <map>
#include <string>
#include <vector>

#include "iommu/host.hpp"
#include "iommu/names.hpp"
#include "src/findings/finding.hpp"
#include "src/render/text.hpp"

namespace ctrlpass {

/// Can a controller be given away by itself?
struct Verdict {
    enum Kind { free, cost, no };
    Kind kind = free;
    std::vector<Finding> findings;
};
using Verdicts = std::map<PciAddress, Verdict>;

/// The host as a tree: controller, group, verdict, ports, devices, what they carry.
std::string inspect_text(const Host& host, const Verdicts& verdicts, const PciNames& names,
                         Style style);

/// The document of `inspect --json`.
std::string inspect_json(const Host& host, const Verdicts& verdicts);

/// "IOMMU on, interrupts remapped", one line.
std::string iommu_line(const Iommu& iommu, Style style);
/// "would cost: bluetooth, last-keyboard", in the codes of the findings.
std::string verdict_line(const Function& function, const Verdict& verdict);
/// "xHCI", "USB4 host interface"; and as JSON has it: "xhci", "usb4".
std::string title_of(Controller::Type type);
std::string word_of(Controller::Type type);
std::string word_of(Carried::Kind kind);
std::string word_of(Verdict::Kind kind);
/// "Bluetooth adapter", "" where there is no role.
std::string title_of(Carried::Role role);
/// What the host uses a carried thing for, one text each.
std::vector<std::string> uses_of(const Carried& carried);

}  // namespace ctrlpass
