// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/support/wishes.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "iommu/cpu_list.hpp"

namespace ctrlpass::tests {

Placement placed(const std::vector<std::pair<std::string, std::string>>& pins) {
    Placement placement;
    for (const auto& [name, list] : pins) {
        const auto setting = setting_named("pin d " + name, {}, {});
        const auto cpus = parse_cpu_list(list);
        REQUIRE_MESSAGE((setting && cpus), name);
        const GuestThread thread = std::get<PinSetting>(*setting).thread;
        const Placement::Place place{*cpus, "isolated"};
        if (thread.kind == GuestThread::Kind::vcpu) placement.vcpus[thread.number] = place;
        if (thread.kind == GuestThread::Kind::iothread) placement.iothreads[thread.number] = place;
        if (thread.kind == GuestThread::Kind::emulator) placement.emulator = place;
    }
    return placement;
}

Wishes read_wishes(const std::string& path) {
    Wishes wishes;
    std::ifstream file(path);
    if (!file) return wishes;
    const auto json = nlohmann::json::parse(file);
    wishes.domain = json.value("domain", "");
    std::vector<std::pair<std::string, std::string>> pins;
    if (json.contains("pins"))
        for (const auto& [name, cpus] : json["pins"].items()) pins.emplace_back(name, cpus);
    wishes.placement = placed(pins);
    if (json.contains("files"))
        for (const auto& one : json["files"])
            wishes.files.push_back({one["path"], one["content"], "starts the follower"});
    return wishes;
}

}  // namespace ctrlpass::tests
