// SPDX-License-Identifier: GPL-2.0-or-later
#include <nlohmann/json.hpp>

#include "iommu/read_host.hpp"
#include "src/commands/commands.hpp"
#include "src/plan/repin.hpp"
#include "src/profile/profile_file.hpp"
#include "src/profile/profile_text.hpp"
#include "src/profile/schema_line.hpp"
#include "src/render/json.hpp"
#include "src/render/render_json.hpp"

namespace ctrlpass {

namespace {

/// The address of --controller; nothing where it was not given.
Result<std::optional<PciAddress>> chosen(const Options& options) {
    if (options.controller.empty()) return std::nullopt;
    const auto address = parse_address(options.controller);
    if (!address)
        return fail("'" + printable(options.controller) + "' is no PCI address", {},
                    "It is written in full, such as 0000:0a:00.3; see:\n    ctrlpass inspect",
                    Trouble::bad_input);
    return address;
}

void print(const Console& console, const std::string& text) {
    if (!console.json()) return console.print(text);
    const nlohmann::ordered_json json{{"format", 1}, {"command", "init"}, {"profile", text}};
    console.print(document_text(json));
}

Result<int> init_new(const PciAddress& address, const Options& options, const Console& console) {
    const Root root = TRY(Root::open(options.root));
    Scope scope;
    scope.subjects = [&](const std::vector<Place>&) { return std::vector{address}; };
    const Host host = TRY(read_host(root, scope));
    const Function* const function = host.function(address);
    if (function == nullptr)
        return fail("there is no function " + to_string(address), {}, "See:\n    ctrlpass inspect",
                    Trouble::missing);
    if (is_bridge(function->place.class_code))
        return fail("cannot write a profile for " + to_string(address),
                    "it is a bridge or a USB4 host interface: it stays with the host",
                    "Choose a controller:\n    ctrlpass inspect");
    print(console, schema_line() + profile_text(host, PciNames(), *function, options.vm));
    if (function->serial_hidden)
        console.note("only root can read the serial number of " + to_string(address) +
                     ": the profile does not pin it");
    return exit_code::done;
}

/// What is not found is told, and nothing is written: half a profile would be taken for a whole.
Result<int> init_from(const std::optional<PciAddress>& address, const Options& options,
                      const Console& console) {
    const ProfileFile file = TRY(read_profile_file(options.from, Trust::anyone));
    const Profile profile = TRY(parse_profile(file.text, file.path));
    const Root root = TRY(Root::open(options.root));
    const Host host = TRY(read_host(root, Scope{.everything = true, .subjects = {}}));
    const Repinned repinned = TRY(repin(profile, host, address));
    if (!repinned.findings.empty()) {
        if (console.json()) console.print(init_json(repinned.findings));
        for (const Finding& finding : repinned.findings)
            console.say({printable(finding.message), finding.code, finding.hint});
        return exit_code::refused;
    }
    print(console, schema_line_of(file.text) + profile_text(host, PciNames(), profile, repinned));
    for (const std::string& note : repinned.notes) console.note(note);
    return exit_code::done;
}

}  // namespace

Result<int> run_init(const Options& options, const Console& console) {
    const auto address = TRY(chosen(options));
    if (options.from.empty()) return init_new(*address, options, console);
    return init_from(address, options, console);
}

}  // namespace ctrlpass
