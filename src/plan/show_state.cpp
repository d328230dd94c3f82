// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/plan/show_state.hpp"

#include <algorithm>

#include "src/render/text.hpp"

namespace ctrlpass {

namespace {

struct Shown {
    std::string operator()(bool loaded) const { return loaded ? "loaded" : "not loaded"; }
    std::string operator()(const Binding& binding) const {
        const std::string driver = binding.driver.value_or("no driver");
        if (!binding.override_name) return printable(driver);
        return printable(driver) + ", override " + printable(*binding.override_name);
    }
    std::string operator()(const std::optional<std::string>& xml) const {
        if (!xml) return "absent";
        return xml->find("managed='yes'") != xml->npos ? "managed='yes'" : "managed='no'";
    }
    std::string operator()(const std::optional<CpuSet>& cpus) const {
        return cpus ? to_cpu_list(*cpus) : "absent";
    }
    std::string operator()(const FileState& file) const {
        if (!file.content) return "absent";
        const auto lines = std::ranges::count(*file.content, '\n') +
                           (file.content->empty() || file.content->ends_with('\n') ? 0 : 1);
        return std::to_string(lines) + (lines == 1 ? " line, " : " lines, ") +
               std::to_string(file.content->size()) + " bytes";
    }
};

}  // namespace

std::string shown(const State& state) { return std::visit(Shown{}, state); }

}  // namespace ctrlpass
