// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/stuck.hpp"
#include "src/commands/commands.hpp"
#include "src/commands/metrics_of.hpp"
#include "src/commands/output_file.hpp"
#include "src/commands/session.hpp"
#include "src/execute/live_machine.hpp"
#include "src/ledger/recorded_names.hpp"

namespace ctrlpass {

namespace {

/// A copy of another machine has no libvirt to be asked.
GuestHosts guests_of(const Root& root) {
    if (root.is_live()) return GuestHosts();
    return GuestHosts([](const std::string& uri) -> Result<std::unique_ptr<GuestHost>> {
        return fail("cannot ask " + uri, "below --root there is no libvirt");
    });
}

/// What cannot be told of one guest is left out; the rest is worth having.
std::map<std::string, Misplaced> all_misplaced(const Root& root, const Recorded& recorded,
                                               GuestHosts& guests, const Console& console,
                                               const std::string& state) {
    std::map<std::string, Misplaced> all;
    if (!root.is_live()) return all;
    for (const auto& [name, ledger] : recorded) {
        const auto misplaced = read_misplaced(root, ledger, guests, state);
        if (!misplaced)
            console.note("cannot tell where the guest of profile " + name +
                         " runs: " + misplaced.error().what);
        else if (*misplaced)
            all[name] = **misplaced;
    }
    return all;
}

}  // namespace

Result<int> run_metrics(const Options& options, const Console& console) {
    const Root root = TRY(Root::open(options.root));
    // The usual ledger is of this host and says nothing about another one.
    const bool has_ledger = root.is_live() || options.state != usual_state;
    const Recorded recorded = TRY(has_ledger ? read_ledgers(options.state) : Recorded{});
    const auto names = TRY(recorded_names({}, recorded));
    GuestHosts guests = guests_of(root);
    LiveKernel kernel;
    Disk disk;
    LiveMachine machine(root, kernel, guests, disk);
    const Moment now{root.attribute("proc/sys/kernel/random/boot_id").value_or(""),
                     seconds_since_boot()};
    MetricsFacts facts;
    facts.seen = TRY(inspect_host(root));
    facts.profiles = read_status(names, recorded, machine, now);
    facts.misplaced = all_misplaced(root, recorded, guests, console, options.state);
    facts.stuck_writes = read_stuck_writes(root).size();
    const auto metrics = metrics_of(facts);
    const std::string text = console.json() ? metrics_json(metrics) : metrics_text(metrics);
    if (options.output.empty())
        console.print(text);
    else
        TRY(write_output_file(options.output, text));
    return exit_code::done;
}

}  // namespace ctrlpass
