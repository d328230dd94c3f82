// SPDX-License-Identifier: GPL-2.0-or-later
#include <nlohmann/json.hpp>

#include "src/capture.hpp"
#include "src/commands.hpp"

namespace ctrlpass {

Result<int> run_capture(const Options& options, const Console& console) {
    const Root root = TRY(Root::open("/"));
    TRY(capture(root, options.directory));
    if (console.json()) {
        const nlohmann::ordered_json json{
            {"format", 1}, {"command", "capture"}, {"directory", options.directory}};
        console.print(json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) +
                      "\n");
    } else {
        console.print("Captured. To read it, here or elsewhere:\n    ctrlpass inspect --root " +
                      printable(options.directory) + "\n");
    }
    return exit_code::done;
}

}  // namespace ctrlpass
