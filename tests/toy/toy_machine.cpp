// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/toy/toy_machine.hpp"

#include <algorithm>

namespace ctrlpass::tests {

namespace {

/// The states on the way from one to the other, the last one included.
struct Steps {
    const State& now;
    std::vector<State> operator()(bool loaded) const { return {loaded}; }
    std::vector<State> operator()(const Binding& wanted) const {
        std::vector<State> steps;
        Binding at = std::get<Binding>(now);
        const auto add = [&](const Binding& next) {
            if (next != at) steps.emplace_back(next);
            at = next;
        };
        add({at.driver, wanted.override_name});
        if (at.driver != wanted.driver) add({std::nullopt, at.override_name});
        add(wanted);
        return steps;
    }
    std::vector<State> operator()(const std::optional<std::string>& wanted) const {
        std::vector<State> steps;
        if (std::get<std::optional<std::string>>(now))
            steps.emplace_back(std::optional<std::string>{});
        if (wanted) steps.emplace_back(wanted);
        return steps;
    }
    std::vector<State> operator()(const std::optional<CpuSet>& wanted) const { return {wanted}; }
    std::vector<State> operator()(const FileState& wanted) const { return {wanted}; }
};

std::string port_line(const Setting& setting) { return "port for " + name_of(setting) + "\n"; }

}  // namespace

bool Fate::step() {
    const int now = count_++;
    const bool mine = now == step_ || (kind_ == Kind::refused_for_good && now >= step_);
    if (!mine || kind_ == Kind::none) return true;
    struck_ = true;
    if (kind_ == Kind::dies) throw Killed{};
    return false;
}

bool Fate::write(const std::optional<Setting>& setting) {
    ++writes_;
    const bool good = step();
    if (!good && kind_ == Kind::hangs && setting) hung_.insert(*setting);
    return good;
}

bool Fate::append() {
    if (kind_ != Kind::hangs) return step();
    ++count_;
    return true;
}

Result<State> ToyMachine::read(const Setting& setting) {
    if (fate != nullptr) fate->touch(setting);
    const auto found = states.find(setting);
    if (found == states.end())
        return fail("cannot read " + name_of(setting), "it is not there", {}, Trouble::missing);
    return found->second;
}

Result<> ToyMachine::write(const Setting& setting, const State& state) {
    fate->touch(setting);
    const auto found = states.find(setting);
    if (found == states.end())
        return fail("cannot write " + name_of(setting), "it is not there", {}, Trouble::missing);
    if (found->second == state) return {};
    for (const State& step : std::visit(Steps{found->second}, state)) TRY(step_to(setting, step));
    return {};
}

Result<> ToyMachine::step_to(const Setting& setting, const State& state) {
    if (!fate->write(setting)) {
        if (fate->hangs(setting))
            return fail("writing " + name_of(setting) + " hangs", {}, {}, Trouble::stuck);
        return fail("cannot write " + name_of(setting), "refused");
    }
    states[setting] = state;
    if (std::holds_alternative<HostdevSetting>(setting) &&
        std::get<std::optional<std::string>>(state))
        ports.insert(setting);
    return {};
}

std::string ToyMachine::hostdevs() const {
    std::string text;
    for (const auto& [setting, state] : states)
        if (const auto* const xml = std::get_if<std::optional<std::string>>(&state))
            text += xml->value_or("-") + " ";
    return text;
}

Result<std::string> ToyMachine::definition(const DomainRef&) {
    std::string text = hostdevs() + "\n";
    for (const Setting& port : ports) text += port_line(port);
    return text;
}

Result<> ToyMachine::tidy(const DomainRef&, const std::string& original) {
    const bool as_before = original.starts_with(hostdevs() + "\n");
    const auto is_over = [&](const Setting& port) {
        const auto& hostdev = std::get<std::optional<std::string>>(states.at(port));
        return (!hostdev || as_before) && original.find(port_line(port)) == original.npos;
    };
    if (std::ranges::none_of(ports, is_over)) return {};
    if (!fate->write(std::nullopt)) return fail("cannot tidy", "refused");
    std::erase_if(ports, is_over);
    return {};
}

void ToyMachine::reboot(const ToyMachine& booted) {
    for (auto& [setting, state] : states)
        if (memory_of(setting) != Memory::for_good) state = booted.states.at(setting);
}

Result<> ToyLedger::append(const std::string& profile, const Record& record) {
    if (!fate->append()) return fail("cannot write ledger " + profile, "disk full");
    records[profile].push_back(record);
    return {};
}

Recorded ToyLedger::recorded() const {
    Recorded recorded;
    for (const auto& [profile, all] : records) recorded.emplace(profile, fold(profile, all));
    return recorded;
}

}  // namespace ctrlpass::tests
