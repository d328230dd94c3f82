// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/commands/look_around.hpp"

#include "iommu/read_host.hpp"
#include "src/commands/ssh_session.hpp"
#include "src/findings/judge.hpp"

namespace ctrlpass {

Result<Surroundings> look_around(const Root& root) {
    Scope scope{.everything = true, .subjects = {}};
    scope.subjects = [](const std::vector<Place>& places) {
        std::vector<PciAddress> controllers;
        for (const Place& place : places)
            if (controller_type(place.class_code)) controllers.push_back(place.address);
        return controllers;
    };
    Surroundings found;
    found.host = TRY(read_host(root, scope));
    std::vector<int> groups;
    for (const Group& group : found.host.groups) groups.push_back(group.number);
    const Holders holders = read_holders(root, groups, found.host.nodes);
    found.complete = holders.complete;
    const std::string ssh = root.is_live() ? ssh_connection() : "";
    for (const Controller& controller : found.host.controllers)
        found.verdicts[controller.address] = verdict_of(found.host, holders, controller, ssh);
    return found;
}

}  // namespace ctrlpass
