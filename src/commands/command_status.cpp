// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <nlohmann/json.hpp>

#include "iommu/lines.hpp"
#include "iommu/stuck.hpp"
#include "src/boot/skip.hpp"
#include "src/commands/armed_way_back.hpp"
#include "src/commands/awaited.hpp"
#include "src/commands/commands.hpp"
#include "src/commands/log_error.hpp"
#include "src/commands/profile_status.hpp"
#include "src/commands/session.hpp"
#include "src/execute/live_machine.hpp"
#include "src/ledger/recorded_names.hpp"
#include "src/ledger/state_json.hpp"
#include "src/render/json.hpp"
#include "src/render/render.hpp"

namespace ctrlpass {

namespace {

/// What of a profile is known whose ledger cannot be read.
std::string text_of(const BrokenLedger& broken, Style style) {
    const Error& error = broken.error;
    std::string text = style.paint(Ink::bad, "its ledger cannot be read") + ": " +
                       printable(error.where.empty() ? error.what : error.where) + "\n";
    for (const std::string& line : lines_of(error.hint)) text += "    " + printable(line) + "\n";
    for (const Setting& setting : broken.settings)
        text += "  " + style.paint(Ink::warning, "?") + " " + printable(name_of(setting)) +
                "  is named by it, and left alone\n";
    if (!broken.is_known) text += "  What it claims is not known: new applies are refused.\n";
    return text;
}

using Json = nlohmann::ordered_json;

std::string text_of(const ProfileStatus& status, Style style) {
    std::string text = style.paint(Ink::strong, status.name) + "  ";
    if (status.ledger.broken) return text + text_of(*status.ledger.broken, style);
    if (status.waits()) {
        const std::string left = std::to_string(status.seconds_left);
        text += style.paint(Ink::warning,
                            status.armed == false
                                ? "applied, and waits " + left + " s to be kept:"
                                : "applied, and put back in " + left + " s unless it is kept:") +
                " ctrlpass confirm " + status.name + "\n";
    } else if (status.is_due()) {
        text += style.paint(Ink::bad, "applied, not confirmed in time, and not put back yet") +
                (status.waits_for.empty() ? "; the next apply or rollback does that"
                                          : ": that waits for " + printable(status.waits_for)) +
                "\n";
    } else if (status.ledger.unfinished) {
        const auto& begin = status.ledger.unfinished->begin;
        const bool is_unconfirmed = status.ledger.unfinished->waits_until.has_value();
        text +=
            style.paint(Ink::bad, is_unconfirmed ? "an apply was not confirmed and is not put back"
                                  : begin.verb == Verb::apply ? "an apply was interrupted"
                                                              : "a rollback is unfinished");
        text += " (" + printable(begin.time) + "); the next apply or rollback puts it right\n";
    } else if (!status.ledger.is_applied()) {
        return text + "not applied\n";
    } else {
        text +=
            (status.drift() == true ? style.paint(Ink::warning, "applied, and something differs")
                                    : style.paint(Ink::good, "applied")) +
            " " + printable(status.ledger.committed->time) + " by " +
            printable(status.ledger.committed->who) + "\n";
    }
    if (status.armed == false)
        text += style.paint(Ink::warning, "! ") +
                "the process that would put it back is gone: only the next apply or rollback does "
                "that\n    ctrlpass rollback " +
                status.name + "\n";
    if (status.skipped)
        text += style.paint(Ink::warning, "! ") +
                "not applied at boot: " + printable(status.skipped->message) + "\n    " +
                status.skipped->hint + "\n";
    if (status.text_lost)
        text += style.paint(Ink::warning, "! ") +
                printable(status.text_lost->what + ": " + status.text_lost->where) +
                "\n    the start of its guest cannot be judged; " +
                on_one_line(status.text_lost->hint) + "\n";
    std::size_t width = 0;
    for (const StatusLine& line : status.lines)
        width = std::max(width, width_of(printable(name_of(line.setting))));
    for (const StatusLine& line : status.lines) {
        text += "  " + style.paint(line.drift ? Ink::warning : Ink::good, line.drift ? "~" : "=") +
                " " + padded(printable(name_of(line.setting)), width) + "  " +
                shown(line.recorded) + "\n";
        if (!line.remark.empty()) text += "      " + printable(line.remark) + "\n";
    }
    return text;
}

Json json_of(const ProfileStatus& status) {
    Json json{{"name", status.name},
              {"applied", status.ledger.is_applied()},
              {"unfinished", status.ledger.unfinished.has_value()},
              {"pending", status.waits()},
              {"drift", status.drift() ? Json(*status.drift()) : Json(nullptr)}};
    if (status.waits()) json["seconds_left"] = status.seconds_left;
    if (status.armed) json["armed"] = *status.armed;
    if (status.ledger.committed) {
        json["time"] = status.ledger.committed->time;
        json["who"] = status.ledger.committed->who;
        json["path"] = status.ledger.committed->profile_path;
        json["digest"] = status.ledger.committed->profile_digest;
    }
    if (status.is_due())
        json["waits_for"] = status.waits_for.empty() ? Json(nullptr) : Json(status.waits_for);
    if (const auto& broken = status.ledger.broken) {
        json["error"] = {{"what", broken->error.what},
                         {"where", broken->error.where},
                         {"hint", broken->error.hint}};
        json["claims_known"] = broken->is_known;
        json["named"] = Json::array();
        for (const Setting& setting : broken->settings) json["named"].push_back(name_of(setting));
    }
    json["skipped_at_boot"] = status.skipped ? Json(status.skipped->message) : Json(nullptr);
    json["text_lost"] = status.text_lost ? Json(status.text_lost->where) : Json(nullptr);
    json["settings"] = Json::array();
    for (const StatusLine& line : status.lines)
        json["settings"].push_back({{"setting", name_of(line.setting)},
                                    {"kind", kind_of(line.setting)},
                                    {"subject", subject_of(line.setting)},
                                    {"recorded", state_to_json(line.recorded)},
                                    {"now", line.now ? state_to_json(*line.now) : Json(nullptr)},
                                    {"drift", line.drift},
                                    {"remark", line.remark}});
    return json;
}

using StuckWrites = std::map<PciAddress, StuckWrite>;

std::string text_of(const StuckWrites& stuck, Style style) {
    std::string text;
    for (const auto& [address, write] : stuck)
        text += style.paint(Ink::bad, "stuck") + "  " + to_string(address) + "  " +
                printable(shown(write)) +
                ": it is refused until that ends or the machine reboots\n";
    return text;
}

Json json_of(const StuckWrites& stuck) {
    Json json = Json::array();
    for (const auto& [address, write] : stuck)
        json.push_back(
            {{"address", to_string(address)}, {"process", write.process}, {"file", write.file}});
    return json;
}

void print(const std::vector<ProfileStatus>& all, const StuckWrites& stuck,
           const Console& console) {
    if (console.json()) {
        Json json{{"format", 1}, {"command", "status"}, {"profiles", Json::array()}};
        for (const ProfileStatus& status : all) json["profiles"].push_back(json_of(status));
        json["stuck"] = json_of(stuck);
        console.print(document_text(json));
        return;
    }
    if (all.empty()) console.print("Nothing is applied.\n");
    for (const ProfileStatus& status : all) console.print(text_of(status, console.style()));
    console.print(text_of(stuck, console.style()));
}

}  // namespace

Result<int> run_status(const Options& options, const Console& console) {
    const Root root = TRY(Root::open("/"));
    const std::string boot = root.attribute("proc/sys/kernel/random/boot_id").value_or("");
    const Recorded recorded = TRY(read_ledgers(options.state));
    const auto names = TRY(recorded_names(options.names, recorded));
    GuestHosts guests;
    LiveKernel kernel;
    Disk disk;
    LiveMachine machine(root, kernel, guests, disk);
    const Moment now{boot, seconds_since_boot()};
    auto all = read_status(names, recorded, machine, now);
    for (ProfileStatus& status : all) {
        if (status.is_due())
            status.waits_for = awaited(status.name, root, options.state, recorded, machine, guests);
        if (status.is_due() || status.waits())
            status.armed = is_armed(root, status.ledger.unfinished->begin.transaction);
    }
    look_for_texts(all, options.state);
    if (const auto off = switched_off(root.attribute("proc/cmdline").value_or("")))
        console.note(off->message + ": nothing was applied at boot");
    print(all, read_stuck_writes(root), console);
    if (std::ranges::any_of(
            all, [](const ProfileStatus& status) { return status.ledger.broken.has_value(); }))
        return exit_code::failed;
    const bool drift = std::ranges::any_of(
        all, [](const ProfileStatus& status) { return status.drift() == true; });
    return options.exit_code && drift ? exit_code::changes : exit_code::done;
}

}  // namespace ctrlpass
