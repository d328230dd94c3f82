// SPDX-License-Identifier: GPL-2.0-or-later
#include <nlohmann/json.hpp>

#include "iommu/read_host.hpp"
#include "src/commands/commands.hpp"
#include "src/profile/profile_text.hpp"

namespace ctrlpass {

Result<int> run_init(const Options& options, const Console& console) {
    const auto address = parse_address(options.controller);
    if (!address)
        return fail("'" + printable(options.controller) + "' is no PCI address", {},
                    "It is written in full, such as 0000:0a:00.3; see:\n    ctrlpass inspect",
                    Trouble::bad_input);
    const Root root = TRY(Root::open(options.root));
    Scope scope;
    scope.subjects = [&](const std::vector<Place>&) { return std::vector{*address}; };
    const Host host = TRY(read_host(root, scope));
    const Function* const function = host.function(*address);
    if (function == nullptr)
        return fail("there is no function " + to_string(*address), {}, "See:\n    ctrlpass inspect",
                    Trouble::missing);
    if (is_bridge(function->place.class_code))
        return fail("cannot write a profile for " + to_string(*address),
                    "it is a bridge or a USB4 host interface: it stays with the host",
                    "Choose a controller:\n    ctrlpass inspect");
    const PciNames names;
    const std::string text = profile_text(host, names, *function, options.vm);
    if (console.json()) {
        const nlohmann::ordered_json json{{"format", 1}, {"command", "init"}, {"profile", text}};
        console.print(json.dump(2) + "\n");
    } else {
        console.print(text);
    }
    return exit_code::done;
}

}  // namespace ctrlpass
