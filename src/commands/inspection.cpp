// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/commands/inspection.hpp"

#include "iommu/read_host.hpp"
#include "src/commands/ssh_session.hpp"
#include "src/findings/judge.hpp"

namespace ctrlpass {

Result<Inspection> inspect_host(const Root& root) {
    Scope scope{.everything = true, .subjects = {}};
    scope.subjects = [](const std::vector<Place>& places) {
        std::vector<PciAddress> controllers;
        for (const Place& place : places)
            if (controller_type(place.class_code)) controllers.push_back(place.address);
        return controllers;
    };
    Inspection inspection;
    inspection.host = TRY(read_host(root, scope));
    const Host& host = inspection.host;
    std::vector<int> groups;
    for (const Group& group : host.groups) groups.push_back(group.number);
    inspection.holders = read_holders(root, groups, host.nodes);
    const std::string ssh = root.is_live() ? ssh_connection() : "";
    for (const Controller& controller : host.controllers)
        inspection.verdicts[controller.address] =
            verdict_of(host, inspection.holders, controller, ssh);
    return inspection;
}

}  // namespace ctrlpass
