// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/names.hpp"
#include "src/commands/commands.hpp"
#include "src/commands/inspection.hpp"
#include "src/commands/watch_ports.hpp"
#include "src/render/inspect_dot.hpp"

namespace ctrlpass {

Result<int> run_inspect(const Options& options, const Console& console) {
    if (options.watch) return watch_ports(console);
    const Root root = TRY(Root::open(options.root));
    const Inspection seen = TRY(inspect_host(root));
    if (console.json()) {
        console.print(inspect_json(seen.host, seen.verdicts));
        return exit_code::done;
    }
    const PciNames names;
    if (options.dot) {
        console.print(
            inspect_dot(seen.host, seen.verdicts, [&](const PciId& id) { return names.name(id); }));
        return exit_code::done;
    }
    console.print(inspect_text(seen.host, seen.verdicts, names, console.style()));
    if (!seen.holders.complete)
        console.note(
            "who holds the VFIO groups and the devices open, and what other processes have "
            "mounted, is known to root only");
    return exit_code::done;
}

}  // namespace ctrlpass
