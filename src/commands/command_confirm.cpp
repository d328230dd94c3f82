// SPDX-License-Identifier: GPL-2.0-or-later
#include <nlohmann/json.hpp>
#include <set>

#include "src/commands/unconfirmed.hpp"
#include "src/commands/writing.hpp"
#include "src/ledger/broken.hpp"
#include "src/ledger/recorded_names.hpp"
#include "src/render/json.hpp"
#include "src/render/render.hpp"

namespace ctrlpass {

namespace {

using Names = std::vector<std::string>;

/// Why there is nothing to keep. `before` is what the ledgers said when the command began.
std::unexpected<Error> nothing_to_keep(const std::string& name, const Recorded& before,
                                       const Moment& now) {
    const std::string what = "cannot confirm " + name;
    const auto& unfinished = before.at(name).unfinished;
    if (!unfinished || !unfinished->waits_until) return fail(what, "it does not wait for that");
    if (unfinished->begin.boot != now.boot)
        return fail(what,
                    "the machine was rebooted since: its bindings are gone, and what would have "
                    "lasted is put back",
                    "Apply it again.");
    return fail(what, "its time is over: it is put back", "Apply it again.");
}

/// `left`: where it is not known whether there is anything to keep.
void print(const Names& kept, const std::vector<Stuck>& left, const Console& console) {
    if (console.json()) {
        nlohmann::ordered_json json{{"format", 1}, {"command", "confirm"}, {"profiles", kept}};
        for (const Stuck& stuck : left)
            json["stuck"].push_back({{"setting", stuck.setting}, {"reason", stuck.reason}});
        return console.print(document_text(json));
    }
    for (const std::string& name : kept)
        console.print(name + " is kept. The way back:\n    ctrlpass rollback " + name + "\n");
    if (left.empty()) return;
    Report report;
    report.stuck = left;
    console.print(
        report_text(report, console.style()) +
        "\nNot known whether this boot is the first with what is listed as stuck: it is not "
        "marked as complete for that.\n");
}

/// libvirt answers as soon as the guests that start with it have started. One that does not
/// answer is not waited for any longer.
void wait_for_guests(const Options& options, const Console& console) {
    const auto recorded = read_ledgers(options.state);
    if (!recorded) return;
    std::set<std::string> uris;
    for (const auto& [name, ledger] : *recorded)
        if (ledger.on_trial && ledger.committed && !ledger.committed->domain.uri.empty())
            uris.insert(ledger.committed->domain.uri);
    for (const std::string& uri : uris) {
        const auto guests = open_libvirt(uri, std::chrono::seconds(options.deadline));
        if (!guests)
            console.note("cannot tell whether the guests of " + uri +
                         " have started: " + guests.error().where);
    }
}

/// This boot came to its end: what was applied in it may be applied at the next.
Result<int> complete_boot(const Options& options, const Console& console) {
    TRY(require_root());
    wait_for_guests(options, console);
    LiveKernel kernel{std::chrono::seconds(options.deadline)};
    const auto session = TRY(open_in_time(options, kernel));
    Names kept;
    Names all;
    for (const auto& [name, ledger] : session->recorded()) {
        all.push_back(name);
        if (ledger.on_trial != session->boot()) continue;
        TRY(session->ledger().append(name, BootCompleteRecord{}));
        kept.push_back(name);
    }
    const auto left = left_for_broken_ledgers(all, session->recorded());
    print(kept, left, console);
    return left.empty() ? exit_code::done : exit_code::stuck;
}

Result<int> confirm(const Options& options, const Console& console) {
    // Before what is over its time is put back.
    const Recorded before = TRY(read_ledgers(options.state));
    const Names names = TRY(recorded_names(options.names, before));
    if (!options.names.empty()) TRY(check_readable(names, before));
    LiveKernel kernel{std::chrono::seconds(options.deadline)};
    const auto session = TRY(open_session(options, kernel, console));
    Names kept;
    for (const std::string& name : names) {
        if (is_waiting(name, session->recorded(), session->now()))
            kept.push_back(name);
        else if (!options.names.empty())
            return nothing_to_keep(name, before, session->now());
    }
    if (kept.empty())
        for (const std::string& name : names)
            if (const auto& open = before.at(name).unfinished; open && open->waits_until)
                return nothing_to_keep(name, before, session->now());
    if (kept.empty()) return fail("nothing waits to be confirmed");
    TRY(keep(*session, kept));
    print(kept, {}, console);
    return exit_code::done;
}

}  // namespace

Result<int> run_confirm(const Options& options, const Console& console) {
    return options.boot ? complete_boot(options, console) : confirm(options, console);
}

}  // namespace ctrlpass
