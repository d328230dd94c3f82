// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <set>

#include "src/plan/show_state.hpp"
#include "tests/toy/toy_world.hpp"

using namespace ctrlpass;
using namespace ctrlpass::tests;

namespace {

using Kind = Fate::Kind;

const Command recovery{"recover", Verb::apply, {}, {}};

World settled(const World& world) { return tests::run(world, recovery).world; }

World rebooted(World world, const Toy& toy) {
    world.machine.reboot(toy.fresh().machine);
    ++world.boot;
    return world;
}

/// Every world that commands, kills, refusals, reboots and other people's hands can lead to within
/// so many steps; each world once.
class Exploration {
  public:
    Exploration(World start, int depth) : start_(std::move(start)), depth_(depth) {}

    void run() {
        add(start_, 0, "start");
        while (!next_.empty()) {
            node_ = next_.front();
            next_.pop_front();
            visit();
        }
    }

    std::size_t worlds() const { return known_.size(); }
    long cases() const { return cases_; }
    int wrongs() const { return wrongs_; }

  private:
    struct Node {
        World world;
        int depth = 0;
        std::string path;
    };

    struct Outcome {
        std::string settled;
        std::string rebooted;
    };

    void add(const World& world, int depth, const std::string& path) {
        if (depth > depth_ || !known_.insert(key_of(world)).second) return;
        next_.push_back({world, depth, path});
    }
    /// What counts of a world: lasting settings, root ports, the meaning of the ledgers. Where
    /// others edit the definition, which of its root ports are left empty is anybody's.
    std::string meaning(World world) const {
        world.machine.states[toy_.module] = false;
        if (is_edited()) world.machine.ports.clear();
        return key_of(world);
    }
    bool is_edited() const { return node_.path.find("by hand hostdev") != std::string::npos; }

    void lead_to(const World& world, const std::string& how) {
        add(world, node_.depth + 1, node_.path + ", " + how);
    }

    void visit() {
        settled_ = settled(node_.world);
        check_settled(settled_, node_.path);
        check_end();
        // What follows a recovery is tried where the recovery leads to.
        if (is_unfinished(node_.world)) {
            try_command(recovery);
        }
        // Where something is left unfinished for good, the others go on.
        if (!is_unfinished(node_.world) || is_unfinished(settled_)) {
            for (const Command& command : toy_.commands()) try_command(command);
        }
        lead_to(rebooted(node_.world, toy_), "reboot");
        for (const Setting& setting : {toy_.a_binding, toy_.a_hostdev}) {
            World changed = node_.world;
            toy_.change_by_hand(changed, setting);
            lead_to(changed, "by hand " + name_of(setting));
        }
    }

    void try_command(const Command& command) {
        const Ran whole = tests::run(node_.world, command);
        ++cases_;
        lead_to(whole.world, command.name);
        check_report(whole, command.name);
        ends_ = {meaning(settled_), meaning(whole.world)};
        ends_after_reboot_ = {meaning(settled(rebooted(settled_, toy_))),
                              meaning(settled(rebooted(whole.world, toy_)))};
        // A rollback that died before every ledger knew of it is finished for those that do.
        if (command.verb == Verb::rollback)
            for (const std::string& profile : command.profiles) {
                Command one = command;
                one.profiles = {profile};
                const World part = tests::run(node_.world, one).world;
                ends_.insert(meaning(part));
                ends_after_reboot_.insert(meaning(settled(rebooted(part, toy_))));
            }
        check_again(whole, command);
        for (const Kind kind : {Kind::dies, Kind::refused, Kind::refused_for_good, Kind::hangs})
            for (int step = 0; step < whole.fate.steps(); ++step) strike(command, {kind, step});
    }

    void strike(const Command& command, Fate fate) {
        static const char* const names[] = {"", "dies", "refused", "refused for good", "hangs"};
        const Ran struck = tests::run(node_.world, command, fate);
        if (!struck.fate.struck()) return;
        ++cases_;
        const std::string how =
            command.name + " [" + names[fate.index()] + " " + std::to_string(fate.at()) + "]";
        lead_to(struck.world, how);
        if (struck.report) check_report(struck, how);
        const Outcome& outcome = outcome_of(struck.world, how);
        check_one_of(outcome.settled, ends_, how);
        check_one_of(outcome.rebooted, ends_after_reboot_, how + ", reboot");
    }

    /// What recovery makes of a world, and of it after a power cut: looked at once.
    const Outcome& outcome_of(const World& world, const std::string& how) {
        const std::string key = (is_edited() ? "edited " : "") + key_of(world);
        auto known = outcomes_.find(key);
        if (known == outcomes_.end()) {
            const World after = settled(world);
            check_settled(after, node_.path + ", " + how);
            const World later = settled(rebooted(world, toy_));
            known = outcomes_.emplace(key, Outcome{meaning(after), meaning(later)}).first;
        }
        return known->second;
    }

    void check_one_of(const std::string& now, const std::set<std::string>& ends,
                      const std::string& how) {
        if (ends.contains(now)) return;
        std::string all;
        for (const std::string& end : ends) all += "\n--- allowed:\n" + end;
        wrong("neither the start nor the end", how, "\n--- is:\n" + now + all);
    }

    /// The report says what is so.
    void check_report(const Ran& ran, const std::string& how) {
        if (ran.fate.touched_again()) wrong("touched what hangs", how, "");
        if (ran.refused || ran.left) return;
        const Report& report = *ran.report;
        const bool same = ran.world.lasting_states() == settled_.lasting_states();
        if (report.failure && report.stuck.empty() && !same)
            wrong("said that everything is as it was", how, key_of(ran.world));
        if (!report.changed && !same) wrong("said that nothing changed", how, key_of(ran.world));
        if (!report.failure && report.stuck.empty() && ran.fate.struck())
            wrong("a failure that was not said", how, key_of(ran.world));
    }

    /// The same command again writes no setting.
    void check_again(const Ran& whole, const Command& command) {
        const Ran again = tests::run(whole.world, command);
        if (whole.refused || !whole.report->stuck.empty()) return;
        if (again.fate.writes() != 0 || meaning(again.world) != meaning(whole.world))
            wrong("not the same when done again", command.name, key_of(again.world));
    }

    /// No setting is left between two states, and no first state is forgotten.
    void check_settled(const World& world, const std::string& path) {
        const Recorded recorded = world.ledger.recorded();
        for (const auto& [setting, state] : world.lasting_states()) {
            if (const auto* const binding = std::get_if<Binding>(&state);
                binding != nullptr && state != toy_.ours && state != toy_.by_hand &&
                state != start_.machine.states.at(setting) &&
                state != toy_.fresh().machine.states.at(setting))
                wrong("left between two states", path, key_of(world));
            if (is_ours(setting, state) && !remembers(recorded, setting, world.boot_id()))
                wrong("the first state is lost", path, key_of(world));
        }
    }

    bool is_ours(const Setting& setting, const State& state) const {
        if (state == start_.machine.states.at(setting)) return false;
        if (std::holds_alternative<Binding>(state)) return state == toy_.ours;
        const auto& xml = std::get<std::optional<std::string>>(state);
        return xml == "here" || xml == "changed";
    }

    static bool remembers(const Recorded& recorded, const Setting& setting,
                          const std::string& boot) {
        return std::ranges::any_of(recorded, [&](const auto& ledger) {
            const auto& [begin, intents, holds, until] =
                ledger.second.unfinished.value_or(Unfinished{});
            const bool waits = until && begin.boot == boot;
            return std::ranges::any_of(ledger.second.entries,
                                       [&](const Entry& entry) {
                                           return entry.setting == setting &&
                                                  entry.origin != entry.after &&
                                                  is_valid(entry, boot);
                                       }) ||
                   (waits && std::ranges::any_of(intents,
                                                 [&](const IntentRecord& intent) {
                                                     return intent.setting == setting &&
                                                            intent.origin != intent.after;
                                                 })) ||
                   (waits && std::ranges::any_of(holds, [&](const HoldRecord& hold) {
                        return hold.setting == setting && hold.origin != hold.state;
                    }));
        });
    }

    /// Rolled back altogether, the machine is as it was at the very first, except for what others
    /// changed by hand.
    void check_end() {
        const Command all{"rollback A B", Verb::rollback, {"A", "B"}, {}};
        const Command undo{"undo", Verb::apply, {"A"}, {}, Command::Way::undo};
        const Ran end = tests::run(tests::run(node_.world, undo).world, all);
        const bool by_hand = node_.path.find("by hand") != std::string::npos;
        const bool booted = node_.path.find("reboot") != std::string::npos;
        const World first = booted ? rebooted(start_, toy_) : start_;
        if (!by_hand && (end.world.lasting_states() != first.lasting_states() ||
                         end.world.machine.ports != first.machine.ports))
            wrong("not the very start after rolling back", node_.path, key_of(end.world));
    }

    void wrong(const std::string& what, const std::string& how, const std::string& detail) {
        if (++wrongs_ > 3) return;
        FAIL_CHECK(what << "\n    after: " << node_.path << "\n    then: " << how << "\nfrom:\n"
                        << key_of(node_.world) << "\n"
                        << detail);
    }

    Toy toy_;
    World start_;
    int depth_;
    std::deque<Node> next_;
    std::set<std::string> known_;
    std::map<std::string, Outcome> outcomes_;
    Node node_;
    World settled_;
    std::set<std::string> ends_;
    std::set<std::string> ends_after_reboot_;
    long cases_ = 0;
    int wrongs_ = 0;
};

void explore(const World& start, int depth) {
    const auto begun = std::chrono::steady_clock::now();
    Exploration exploration(start, depth);
    exploration.run();
    const auto seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun);
    MESSAGE(exploration.worlds() << " worlds, " << exploration.cases() << " commands tried, "
                                 << seconds.count() << " s");
    CHECK(exploration.wrongs() == 0);
}

}  // namespace

TEST_CASE("from a fresh machine every interrupted command ends at its start or its end") {
    explore(Toy().fresh(), 2);
}

TEST_CASE("from a machine where some is so already every interrupted command ends likewise") {
    explore(Toy().half_way(), 2);
}

TEST_CASE("longer histories end likewise" * doctest::skip()) {
    explore(Toy().fresh(), 4);
    explore(Toy().half_way(), 4);
}
