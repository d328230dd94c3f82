// SPDX-License-Identifier: GPL-2.0-or-later
#include <nlohmann/json.hpp>

#include "src/commands/capture.hpp"
#include "src/commands/commands.hpp"
#include "src/plan/gather.hpp"
#include "src/render/json.hpp"

namespace ctrlpass {

Result<int> run_capture(const Options& options, const Console& console) {
    Root root = TRY(Root::open("/"));
    const auto ask_domains = [&]() -> std::vector<Domain> {
        GuestHosts guests;
        auto domains = guests.domains("qemu:///system");
        if (domains) return std::move(*domains);
        console.note("the guests' definitions are left out: " + domains.error().what + ", " +
                     domains.error().where);
        return {};
    };
    TRY(capture(root, ask_domains, options.directory));
    if (console.json()) {
        const nlohmann::ordered_json json{
            {"format", 1}, {"command", "capture"}, {"directory", options.directory}};
        console.print(document_text(json));
    } else {
        console.print("Captured. To read it, here or elsewhere:\n    ctrlpass inspect --root " +
                      shell_word(options.directory) + "\n");
    }
    return exit_code::done;
}

}  // namespace ctrlpass
