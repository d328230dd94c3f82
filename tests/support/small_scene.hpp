// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "tests/support/scene.hpp"

namespace ctrlpass::tests {

/// An xHCI at 0000:00:14.0 in a group of its own, and another one; `of_first` adds members to the
/// first, `more` to the machine.
inline Scene small_scene(const std::string& of_first = "", const std::string& more = "") {
    const std::string id = of_first.find("\"id\"") == of_first.npos ? R"("id":"8086:a36d",)" : "";
    return Scene(MachineTree::from(
        R"({"roots":{"pci0000:00":"\\_SB_.PC00"},"drivers":["vfio-pci"],"functions":[
        {"address":"0000:00:14.0","path":"sys/devices/pci0000:00/0000:00:14.0","class":"0c0330",)" +
        id + R"("driver":"xhci_hcd","group":4)" + of_first + R"(},
        {"address":"0000:00:15.0","path":"sys/devices/pci0000:00/0000:00:15.0","class":"0c0330",
         "id":"8086:a36d","driver":"xhci_hcd","group":5}])" +
        more + "}"));
}

inline Profile small_profile(const std::string& text = "", const std::string& before = "") {
    const auto profile = parse_profile(
        "format = 1\n" + before + "[[controller]]\naddress = \"0000:00:14.0\"\n" + text,
        "/p/front.toml");
    REQUIRE_MESSAGE(profile.has_value(), profile.error().what);
    return *profile;
}

inline const Finding* find(const Plan& plan, const std::string& code) {
    const auto found = std::ranges::find(plan.findings, code, &Finding::code);
    return found == plan.findings.end() ? nullptr : &*found;
}

inline std::string message(const Plan& plan, const std::string& code) {
    const Finding* const found = find(plan, code);
    return found == nullptr ? "" : found->message;
}

inline std::string hint(const Plan& plan, const std::string& code) {
    const Finding* const found = find(plan, code);
    return found == nullptr ? "" : found->hint;
}

inline bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace ctrlpass::tests
