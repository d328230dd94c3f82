// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/names.hpp"
#include "iommu/read_host.hpp"
#include "src/commands/commands.hpp"
#include "src/commands/ssh_session.hpp"
#include "src/findings/judge.hpp"
#include "src/render/inspect.hpp"

namespace ctrlpass {

Result<int> run_inspect(const Options& options, const Console& console) {
    const Root root = TRY(Root::open(options.root));
    Scope scope{.everything = true, .subjects = {}};
    scope.subjects = [](const std::vector<Place>& places) {
        std::vector<PciAddress> controllers;
        for (const Place& place : places)
            if (controller_type(place.class_code)) controllers.push_back(place.address);
        return controllers;
    };
    const Host host = TRY(read_host(root, scope));
    std::vector<int> groups;
    for (const Group& group : host.groups) groups.push_back(group.number);
    const Holders holders = read_holders(root, groups, host.nodes);
    const std::string ssh = root.is_live() ? ssh_connection() : "";
    std::map<PciAddress, Verdict> verdicts;
    for (const Controller& controller : host.controllers)
        verdicts[controller.address] = verdict_of(host, holders, controller, ssh);
    if (console.json()) {
        console.print(inspect_json(host, verdicts));
        return exit_code::done;
    }
    const PciNames names;
    console.print(inspect_text(host, verdicts, names, console.style()));
    if (!holders.complete)
        console.note(
            "who holds the VFIO groups and the devices open, and what other processes have "
            "mounted, is known to root only");
    return exit_code::done;
}

}  // namespace ctrlpass
