// SPDX-License-Identifier: GPL-2.0-or-later
#include <nlohmann/json.hpp>

#include "src/audit/history.hpp"
#include "src/commands/commands.hpp"
#include "src/ledger/recorded_names.hpp"
#include "src/ledger/state_json.hpp"
#include "src/plan/show_state.hpp"
#include "src/render/json.hpp"

namespace ctrlpass {

namespace {

using Json = nlohmann::ordered_json;

std::string verb_of(const BeginRecord& begin) {
    const std::string verb = begin.verb == Verb::apply ? "apply" : "rollback";
    return begin.at_boot ? verb + " at boot" : verb;
}

/// When it was ended and by whom, where that was later or somebody else.
std::string ended_text(const PastTransaction& past) {
    const Signature& ended = past.ended;
    const bool other = !ended.who.empty() && ended.who != past.begin.who;
    if (ended.time.empty() || (!other && !past.begin.pending)) return "";
    return " " + printable(ended.time) + (other ? " by " + printable(ended.who) : "");
}

std::string text_of(const PastTransaction& past, Style style) {
    const bool well = past.ending == Ending::kept || past.ending == Ending::rolled_back;
    std::string text =
        printable(past.begin.time) + "  " + style.paint(Ink::strong, past.profile) + "  " +
        verb_of(past.begin) + " by " + printable(past.begin.who) + ": " +
        style.paint(well ? Ink::good : Ink::warning, std::string(to_string(past.ending))) +
        ended_text(past) + "\n";
    std::size_t width = 0;
    for (const PastChange& change : past.changes)
        width = std::max(width, width_of(printable(name_of(change.setting))));
    for (const PastChange& change : past.changes)
        text += "  " +
                style.paint(change.done ? Ink::good : Ink::warning, change.done ? "~" : "!") + " " +
                padded(printable(name_of(change.setting)), width) + "  " +
                printable(shown(change.before)) + "  →  " + printable(shown(change.after)) +
                (change.done ? "" : "  (not done)") + "\n";
    return text;
}

Json json_of(const PastTransaction& past) {
    Json json{{"profile", past.profile},
              {"time", past.begin.time},
              {"verb", past.begin.verb == Verb::apply ? "apply" : "rollback"},
              {"at_boot", past.begin.at_boot},
              {"who", past.begin.who},
              {"transaction", past.begin.transaction},
              {"boot", past.begin.boot},
              {"accepted", past.begin.accepted},
              {"ending", to_string(past.ending)},
              {"ended_time", past.ended.time.empty() ? Json(nullptr) : Json(past.ended.time)},
              {"ended_by", past.ended.who.empty() ? Json(nullptr) : Json(past.ended.who)}};
    json["changes"] = Json::array();
    for (const PastChange& change : past.changes)
        json["changes"].push_back({{"setting", name_of(change.setting)},
                                   {"kind", kind_of(change.setting)},
                                   {"subject", subject_of(change.setting)},
                                   {"before", state_to_json(change.before)},
                                   {"after", state_to_json(change.after)},
                                   {"done", change.done}});
    return json;
}

}  // namespace

Result<int> run_log(const Options& options, const Console& console) {
    const Recorded recorded = TRY(read_ledgers(options.state));
    const auto names = TRY(recorded_names(options.names, recorded));
    std::vector<std::string> notes;
    const Records records = TRY(read_records(options.state, notes));
    const auto history = history_of(names, records);
    for (const std::string& note : notes) console.note(note);
    int code = exit_code::done;
    for (const std::string& name : names) {
        if (!recorded.at(name).broken) continue;
        console.say(recorded.at(name).broken->error);
        code = exit_code::failed;
    }
    if (console.json()) {
        Json json{{"format", 1}, {"command", "log"}, {"transactions", Json::array()}};
        for (const PastTransaction& past : history) json["transactions"].push_back(json_of(past));
        console.print(document_text(json));
        return code;
    }
    if (history.empty()) console.print("Nothing was ever applied.\n");
    for (const PastTransaction& past : history) console.print(text_of(past, console.style()));
    return code;
}

}  // namespace ctrlpass
