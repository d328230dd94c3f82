// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/toy/toy_world.hpp"

#include <algorithm>

namespace ctrlpass::tests {

namespace {

using Xml = std::optional<std::string>;

const State absent = Xml{};

/// One command while it runs.
class Process {
  public:
    Process(World& world, Fate& fate) : world_(world) {
        world_.machine.fate = &fate;
        world_.ledger.fate = &fate;
    }
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;
    ~Process() {
        world_.machine.fate = nullptr;
        world_.ledger.fate = nullptr;
    }

    Report recover() {
        const Recorded recorded = world_.ledger.recorded();
        return put_right(unfinished_profiles(recorded, world_.now()), recorded);
    }

    /// All of what the profiles' transactions wait with is kept, or put back.
    Report end_waiting(const Command& command) {
        const Recorded recorded = world_.ledger.recorded();
        std::vector<std::string> waiting;
        for (const auto& [name, ledger] : recorded)
            if (is_waiting(name, recorded, world_.now())) waiting.push_back(name);
        if (command.way == Command::Way::undo) return put_right(waiting, recorded);
        Report report;
        for (const std::string& profile : waiting)
            if (const auto kept = world_.ledger.append(profile, CommitRecord{}); !kept) {
                report.failure = kept.error();
                return report;
            }
        return report;
    }

    std::optional<Report> apply(const Command& command) {
        const Recorded recorded = world_.ledger.recorded();
        Claims claims = make_claims(command.profiles, command.wanted, recorded, world_.boot_id(),
                                    world_.machine.states);
        if (!claims.conflicts.empty()) return std::nullopt;
        const Plan plan{command.profiles, std::move(claims.changes), std::move(claims.holds), {}};
        return execute_apply(plan, begin(command), recorded, world_.machine, world_.ledger,
                             {.wait_until = [] { return std::int64_t{1}; }});
    }

    Report rollback(const Command& command) {
        const Recorded recorded = world_.ledger.recorded();
        std::vector<std::string> applied;
        for (const std::string& profile : command.profiles)
            if (const auto found = recorded.find(profile);
                found != recorded.end() && found->second.is_applied())
                applied.push_back(profile);
        if (applied.empty()) return {};
        const auto plan = plan_rollback(applied, recorded, world_.boot_id(), world_.machine);
        return execute_rollback(plan, begin(command), recorded, world_.machine, world_.ledger);
    }

  private:
    Report put_right(const std::vector<std::string>& profiles, const Recorded& recorded) {
        if (profiles.empty()) return {};
        const auto plan = plan_recovery(profiles, recorded, world_.boot_id(), world_.machine);
        return execute_recovery(plan, recorded, world_.machine, world_.ledger);
    }

    std::map<std::string, BeginRecord> begin(const Command& command) {
        BeginRecord record;
        record.verb = command.verb;
        record.transaction = std::to_string(++world_.transactions);
        record.boot = world_.boot_id();
        record.pending = command.way == Command::Way::pending;
        std::map<std::string, BeginRecord> all;
        for (const std::string& profile : command.profiles) all[profile] = record;
        return all;
    }

    World& world_;
};

std::string text_of(const Setting& setting) {
    if (const auto* const binding = std::get_if<BindingSetting>(&setting))
        return "binding " + std::string(1, static_cast<char>('0' + binding->address.bus));
    if (const auto* const hostdev = std::get_if<HostdevSetting>(&setting))
        return "hostdev " + std::string(1, static_cast<char>('0' + hostdev->address.bus));
    return "module";
}

struct TextOfState {
    std::string operator()(bool loaded) const { return loaded ? "loaded" : "-"; }
    std::string operator()(const Binding& binding) const {
        return binding.driver.value_or("-") + "/" + binding.override_name.value_or("-");
    }
    std::string operator()(const Xml& xml) const { return xml.value_or("-"); }
    std::string operator()(const std::optional<CpuSet>& cpus) const {
        return cpus ? to_cpu_list(*cpus) : "-";
    }
    std::string operator()(const FileState& file) const { return file.content.value_or("-"); }
};

std::string text_of(const Setting& setting, const State& state) {
    return text_of(setting) + "=" + std::visit(TextOfState{}, state) + "; ";
}

std::string key_of(const RecordedProfile& ledger, const std::string& boot) {
    std::string key = ledger.is_applied() ? "applied" : "-";
    for (const Entry& entry : ledger.entries)
        if (is_valid(entry, boot))
            key += "|entry " + text_of(entry.setting, entry.origin) +
                   text_of(entry.setting, entry.after);
    for (const DefinitionRecord& definition : ledger.definitions) key += "|xml " + definition.xml;
    if (!ledger.unfinished) return key;
    const Unfinished& open = *ledger.unfinished;
    key += open.begin.verb == Verb::apply ? "|applying " : "|rolling back ";
    if (open.begin.boot != boot) key += "in another boot ";
    if (open.waits_until) key += "waits until " + std::to_string(*open.waits_until) + " ";
    // A rollback goes on from the entries that are left, whatever it announced.
    if (open.begin.verb == Verb::rollback) return key;
    for (const IntentRecord& intent : open.intents)
        key += "|intent " + text_of(intent.setting, intent.before) +
               text_of(intent.setting, intent.origin) + text_of(intent.setting, intent.after) +
               (intent.wanted ? "" : "back");
    for (const HoldRecord& hold : open.holds)
        key += "|hold " + text_of(hold.setting, hold.origin) + text_of(hold.setting, hold.state);
    return key;
}

template <typename Body>
Ran ran(const World& world, Fate fate, const Body& body) {
    Ran result{world, fate, std::nullopt};
    try {
        Process process(result.world, result.fate);
        result.report = body(process, result);
    } catch (const Killed&) {
        result.report.reset();
    }
    return result;
}

}  // namespace

std::map<Setting, State> World::lasting_states() const {
    auto lasting = machine.states;
    std::erase_if(lasting, [](const auto& one) { return memory_of(one.first) == Memory::none; });
    return lasting;
}

std::string key_of(const World& world) {
    std::string key;
    for (const auto& [setting, state] : world.machine.states) key += text_of(setting, state);
    for (const Setting& port : world.machine.ports) key += "port of " + text_of(port) + ";";
    std::map<std::string, int> transactions;
    for (const auto& [name, ledger] : world.ledger.recorded()) {
        if (ledger == RecordedProfile{.name = name}) continue;
        key += "\n" + name + " " + key_of(ledger, world.boot_id());
        // Which ledgers are of one transaction matters, its number does not.
        for (const auto* begin : {ledger.committed ? &*ledger.committed : nullptr,
                                  ledger.unfinished ? &ledger.unfinished->begin : nullptr})
            if (begin != nullptr) {
                const int next = static_cast<int>(transactions.size());
                key += "#" +
                       std::to_string(transactions.emplace(begin->transaction, next).first->second);
            }
    }
    return key;
}

bool is_unfinished(const World& world) {
    return !unfinished_profiles(world.ledger.recorded(), world.now()).empty();
}

Ran run(const World& world, const Command& command, Fate fate) {
    return ran(world, fate, [&](Process& process, Ran& result) -> std::optional<Report> {
        const Report recovered = process.recover();
        result.left = is_unfinished(result.world);
        if (command.profiles.empty()) return recovered;
        if (command.way == Command::Way::keep || command.way == Command::Way::undo)
            return process.end_waiting(command);
        const Recorded recorded = result.world.ledger.recorded();
        result.refused = std::ranges::any_of(command.profiles, [&](const std::string& profile) {
            return recorded.contains(profile) && recorded.at(profile).unfinished;
        });
        if (result.refused) return recovered;
        if (command.verb == Verb::rollback) return process.rollback(command);
        const auto report = process.apply(command);
        result.refused = !report;
        return report.value_or(Report{});
    });
}

Toy::Toy() : ours(Binding{"vfio-pci", "vfio-pci"}), by_hand(Binding{"by-hand", "by-hand"}) {
    const DomainRef domain{"qemu:///system", "u", "vm"};
    shared_binding = BindingSetting{{0, 1, 0, 0}};
    a_binding = BindingSetting{{0, 2, 0, 0}};
    b_binding = BindingSetting{{0, 3, 0, 0}};
    shared_hostdev = HostdevSetting{domain, {0, 1, 0, 0}};
    a_hostdev = HostdevSetting{domain, {0, 2, 0, 0}};
}

World Toy::fresh() const {
    World world;
    world.machine.states = {{module, false},
                            {shared_binding, Binding{"ehci-pci", {}}},
                            {a_binding, Binding{"xhci_hcd", {}}},
                            {b_binding, Binding{"xhci_hcd", "xhci_hcd"}},
                            {shared_hostdev, absent},
                            {a_hostdev, absent}};
    return world;
}

World Toy::half_way() const {
    World world = fresh();
    world.machine.states[module] = true;
    world.machine.states[shared_binding] = ours;
    world.machine.states[a_hostdev] = Xml{"old"};
    world.machine.ports = {a_hostdev};
    return world;
}

std::vector<Command> Toy::commands() const {
    const State loaded = true;
    const State here = Xml{"here"};
    const State changed = Xml{"changed"};
    const auto all = [](const std::string& profile, std::map<Setting, State> states) {
        std::vector<Wanted> wanted;
        for (auto& [setting, state] : states) wanted.push_back({profile, setting, state, "wanted"});
        return wanted;
    };
    const auto a =
        all("A", {{module, loaded}, {shared_binding, ours}, {a_binding, ours}, {a_hostdev, here}});
    const auto other_a = all(
        "A", {{module, loaded}, {a_binding, ours}, {shared_hostdev, here}, {a_hostdev, changed}});
    const auto little_a = all("A", {{module, loaded}, {shared_binding, ours}});
    const auto b = all(
        "B", {{module, loaded}, {shared_binding, ours}, {b_binding, ours}, {shared_hostdev, here}});
    const auto both = [](std::vector<Wanted> first, const std::vector<Wanted>& second) {
        first.insert(first.end(), second.begin(), second.end());
        return first;
    };
    return {{"apply A", Verb::apply, {"A"}, a},
            {"apply B", Verb::apply, {"B"}, b},
            {"apply A B", Verb::apply, {"A", "B"}, both(a, b)},
            {"apply other A", Verb::apply, {"A"}, other_a},
            {"apply little A", Verb::apply, {"A"}, little_a},
            {"apply B other A", Verb::apply, {"B", "A"}, both(b, other_a)},
            {"apply A pending", Verb::apply, {"A"}, a, Command::Way::pending},
            {"apply B A pending", Verb::apply, {"B", "A"}, both(b, a), Command::Way::pending},
            {"apply other A pending", Verb::apply, {"A"}, other_a, Command::Way::pending},
            {"keep", Verb::apply, {"A"}, {}, Command::Way::keep},
            {"undo", Verb::apply, {"A"}, {}, Command::Way::undo},
            {"rollback A", Verb::rollback, {"A"}, {}},
            {"rollback B", Verb::rollback, {"B"}, {}},
            {"rollback A B", Verb::rollback, {"A", "B"}, {}}};
}

void Toy::change_by_hand(World& world, const Setting& setting) const {
    State& state = world.machine.states.at(setting);
    const bool binding = std::holds_alternative<BindingSetting>(setting);
    const State foreign = binding ? by_hand : State(Xml{"by hand"});
    state = state == foreign ? fresh().machine.states.at(setting) : foreign;
    if (binding) return;
    // Other people's hostdevs use ports of their own, and go with the port that they came to.
    if (!std::get<Xml>(state)) world.machine.ports.erase(setting);
}

}  // namespace ctrlpass::tests
