// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/ledger/folded.hpp"

#include <algorithm>
#include <ranges>
#include <vector>

#include "src/ledger/fold.hpp"
#include "src/ledger/ledger_text.hpp"

namespace ctrlpass {

namespace {

/// A transaction with what follows it up to the next.
struct Span {
    std::size_t begin = 0;  ///< in the text
    std::size_t end = 0;
    Verb verb = Verb::apply;
    std::string tried_at;  ///< the boot, of an apply at boot
    bool committed = false;
    bool kept = false;
};

/// A ledger with the places of its transactions.
class Transactions {
  public:
    static std::optional<Transactions> in(const std::string& profile, std::string_view text) {
        Transactions all(profile, text);
        const auto read = read_lines(
            text, profile, [&](Record&& record, std::string_view line) { all.add(record, line); });
        if (!read || all.spans_.empty() || all.meaning().unfinished) return std::nullopt;
        return all;
    }

    const RecordedProfile& meaning() const { return fold_.meaning(); }

    /// What the present state comes from: the apply that holds, the last apply, a rollback after
    /// that, and the last trial at a boot.
    void choose() {
        bool rolled_back = false;
        bool applied = false;
        bool holds = false;
        bool on_trial = !meaning().on_trial.has_value();
        for (Span& span : spans_ | std::views::reverse) {
            const bool apply = span.verb == Verb::apply;
            const bool last_rollback = !apply && !applied && !rolled_back;
            const bool committed = apply && meaning().committed && !holds && span.committed;
            const bool trial = !on_trial && span.tried_at == *meaning().on_trial;
            span.kept = (apply && !applied) || last_rollback || committed || trial;
            applied = applied || apply;
            rolled_back = rolled_back || !apply;
            holds = holds || committed;
            on_trial = on_trial || trial;
        }
    }

    FoldedLedger split() const {
        FoldedLedger folded;
        bool has_definitions = false;
        for (const Span& span : spans_) {
            std::string_view rest = text_.substr(span.begin, span.end - span.begin);
            std::string& to = span.kept ? folded.kept : folded.past;
            take_line(rest, to);
            // They belong to the apply that holds; earlier ones may have brought them.
            if (span.kept && span.committed && !has_definitions) {
                for (const DefinitionRecord& definition : meaning().definitions)
                    folded.kept += to_line(definition) + "\n";
                has_definitions = true;
            }
            while (!rest.empty()) take_line(rest, to);
        }
        return folded;
    }

  private:
    Transactions(const std::string& profile, std::string_view text) : text_(text), fold_(profile) {}

    void add(const Record& record, std::string_view line) {
        const auto place = static_cast<std::size_t>(line.data() - text_.data());
        if (const auto* const begin = std::get_if<BeginRecord>(&record))
            spans_.push_back(
                {place, place, begin->verb, begin->at_boot ? begin->boot : "", false, false});
        spans_.back().end = place + line.size();
        if (std::holds_alternative<CommitRecord>(record)) spans_.back().committed = true;
        fold_.add(record);
    }

    /// Definitions hold secrets of guests, and are needed no longer than what is in them.
    static void take_line(std::string_view& rest, std::string& to) {
        constexpr std::string_view definition = "{\"record\":\"definition\"";
        const auto line = rest.substr(0, rest.find('\n') + 1);
        if (!line.starts_with(definition)) to += line;
        rest.remove_prefix(line.size());
    }

    std::string_view text_;
    LedgerFold fold_;
    std::vector<Span> spans_;
};

RecordedProfile meaning_of(const std::string& profile, const std::string& text) {
    LedgerFold fold(profile);
    const auto read = read_lines(text, profile,
                                 [&](const Record& record, std::string_view) { fold.add(record); });
    return read ? fold.meaning() : RecordedProfile{};
}

bool means(const RecordedProfile& one, const RecordedProfile& other) {
    return one == other && one.last_apply.time == other.last_apply.time &&
           one.last_apply.open == other.last_apply.open &&
           one.last_apply.kept == other.last_apply.kept;
}

}  // namespace

std::optional<FoldedLedger> fold_text(const std::string& profile, std::string_view lines) {
    auto transactions = Transactions::in(profile, lines);
    if (!transactions) return std::nullopt;
    transactions->choose();
    FoldedLedger folded = transactions->split();
    if (folded.kept.size() > lines.size() / 2) return std::nullopt;
    const RecordedProfile& meaning = transactions->meaning();
    // The end of a boot may have been told of an apply that is not kept.
    if (!meaning.on_trial && meaning_of(profile, folded.kept).on_trial)
        folded.kept += to_line(BootCompleteRecord{}) + "\n";
    // Whatever was overlooked: a ledger is never exchanged for one that means something else.
    if (!means(meaning_of(profile, folded.kept), meaning)) return std::nullopt;
    return folded;
}

}  // namespace ctrlpass
