// SPDX-License-Identifier: GPL-2.0-or-later
#include <nlohmann/json.hpp>

#include "src/commands/capture.hpp"
#include "src/commands/commands.hpp"
#include "src/plan/gather.hpp"

namespace ctrlpass {

Result<int> run_capture(const Options& options, const Console& console) {
    Root root = TRY(Root::open("/"));
    GuestHosts guests;
    std::vector<Domain> domains;
    auto asked = guests.domains("qemu:///system");
    if (asked)
        domains = std::move(*asked);
    else
        console.note("the guests' definitions are left out: " + asked.error().what + ", " +
                     asked.error().where);
    TRY(capture(root, domains, options.directory));
    if (console.json()) {
        const nlohmann::ordered_json json{
            {"format", 1}, {"command", "capture"}, {"directory", options.directory}};
        console.print(json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) +
                      "\n");
    } else {
        console.print("Captured. To read it, here or elsewhere:\n    ctrlpass inspect --root " +
                      shell_word(options.directory) + "\n");
    }
    return exit_code::done;
}

}  // namespace ctrlpass
