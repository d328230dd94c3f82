// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <vector>

#include "src/pins/place.hpp"

namespace ctrlpass::tests {

/// tests/cpus/placements/NAME.json, read.
struct PlacementCase {
    std::string name;
    std::string expected_path;
    std::string machine;
    Cpus host;
    DomainCpus guest;
    PinWish wish;
    std::vector<int> nodes;
    std::map<std::string, CpuSet> others;

    /// It refers to this value.
    PinCase question() const { return {"front", "win11", wish, guest, host, nodes, others}; }
};

std::vector<PlacementCase> read_placement_cases();
PlacementCase placement_case(const std::string& name);

/// As if the host was booted with the words of a hint. False when it names none.
bool isolate_as_told(Cpus& host, const std::string& hint);

}  // namespace ctrlpass::tests
