// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/names.hpp"
#include "src/commands/commands.hpp"
#include "src/commands/look_around.hpp"
#include "src/render/inspect.hpp"

namespace ctrlpass {

Result<int> run_inspect(const Options& options, const Console& console) {
    const Root root = TRY(Root::open(options.root));
    const Surroundings found = TRY(look_around(root));
    if (console.json()) {
        console.print(inspect_json(found.host, found.verdicts));
        return exit_code::done;
    }
    const PciNames names;
    console.print(inspect_text(found.host, found.verdicts, names, console.style()));
    if (!found.complete)
        console.note(
            "who holds the VFIO groups and the devices open, and what other processes have "
            "mounted, is known to root only");
    return exit_code::done;
}

}  // namespace ctrlpass
