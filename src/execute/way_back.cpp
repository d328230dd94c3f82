// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/execute/way_back.hpp"

#include "src/plan/show_state.hpp"

namespace ctrlpass {

namespace {

/// Is it a state to be left in? A function without a driver is not.
struct IsRest {
    bool operator()(bool) const { return true; }
    bool operator()(const Binding& binding) const { return binding.driver.has_value(); }
    bool operator()(const std::optional<std::string>&) const { return true; }
    bool operator()(const std::optional<CpuSet>&) const { return true; }
    bool operator()(const FileState&) const { return true; }
};

}  // namespace

std::string reason_of(const Error& error) {
    return error.what + (error.where.empty() ? "" : ": " + error.where) +
           (error.trouble == Trouble::stuck && !error.hint.empty() ? "\n" + error.hint : "");
}

std::string foreign_reason(const State& now, const State& to, const State& other) {
    return "it is " + shown(now) + ", which ctrlpass did not do; bring it by hand to " + shown(to) +
           " or " + shown(other);
}

bool WayBack::go(const std::string& profile, const Setting& setting, const State& to,
                 const State& other) {
    const auto now = machine_.read(setting);
    if (!now && now.error().trouble == Trouble::missing) return true;
    if (!now) {
        leave(profile, setting, reason_of(now.error()));
        return false;
    }
    if (*now == to) return true;
    if (!is_on_the_way(*now, to, other)) {
        leave(profile, setting, foreign_reason(*now, to, other));
        return false;
    }
    const auto put_back = put(setting, to);
    if (put_back) {
        report_.restored.push_back(name_of(setting));
        ledger_.made({profile, setting, *now, to, true});
        return true;
    }
    std::string reason = reason_of(put_back.error());
    // Never leave a function without a driver: what was there is better than nothing.
    const bool hangs = put_back.error().trouble == Trouble::stuck;
    const bool left = !hangs && std::visit(IsRest{}, *now) && put(setting, *now);
    if (!left && !hangs) reason += "; nor could it be left as it was";
    report_.changed = report_.changed || !left;
    leave(profile, setting, reason);
    return false;
}

Result<> WayBack::put(const Setting& setting, const State& to) {
    TRY(machine_.write(setting, to));
    const State then = TRY(machine_.read(setting));
    if (then != to) return fail("it is " + shown(then) + " after the write");
    return {};
}

void WayBack::leave(const std::string& profile, const Setting& setting, const std::string& reason) {
    report_.stuck.push_back({profile, name_of(setting), reason});
}

bool WayBack::tidy(const std::string& profile, const DomainRef& domain,
                   const std::string& original) {
    const auto tidied = machine_.tidy(domain, original);
    if (tidied || tidied.error().trouble == Trouble::missing) return true;
    report_.stuck.push_back({profile, "definition of " + domain.name, reason_of(tidied.error())});
    return false;
}

}  // namespace ctrlpass
