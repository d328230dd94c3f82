// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/plan/setting.hpp"

namespace ctrlpass {

namespace {

struct KindOf {
    std::string operator()(const ModuleSetting&) const { return "module"; }
    std::string operator()(const BindingSetting&) const { return "binding"; }
    std::string operator()(const HostdevSetting&) const { return "hostdev"; }
};

struct SubjectOf {
    std::string operator()(const ModuleSetting& setting) const { return setting.module; }
    std::string operator()(const BindingSetting& setting) const {
        return to_string(setting.address);
    }
    std::string operator()(const HostdevSetting& setting) const {
        return setting.domain.name + " " + to_string(setting.address);
    }
};

struct MemoryOf {
    Memory operator()(const ModuleSetting&) const { return Memory::none; }
    Memory operator()(const BindingSetting&) const { return Memory::until_reboot; }
    Memory operator()(const HostdevSetting&) const { return Memory::for_good; }
};

/// States between before and after, the two ends left aside.
struct PassesThrough {
    const State& before;
    const State& after;
    bool operator()(bool) const { return false; }
    /// Override written and old driver, no driver, new driver and old override (on the way back).
    bool operator()(const Binding& now) const {
        const auto& from = std::get<Binding>(before);
        const auto& to = std::get<Binding>(after);
        const bool driver_ours =
            !now.driver || now.driver == from.driver || now.driver == to.driver;
        // Binding to a driver that the wanted override does not name needs that name for a moment.
        const bool override_ours =
            now.override_name == from.override_name || now.override_name == to.override_name ||
            (now.override_name &&
             (now.override_name == from.driver || now.override_name == to.driver));
        return driver_ours && override_ours;
    }
    /// One hostdev is taken out before the other is put in.
    bool operator()(const std::optional<std::string>& now) const { return !now; }
};

}  // namespace

std::string kind_of(const Setting& setting) { return std::visit(KindOf{}, setting); }
std::string subject_of(const Setting& setting) { return std::visit(SubjectOf{}, setting); }
std::string name_of(const Setting& setting) { return kind_of(setting) + " " + subject_of(setting); }
Memory memory_of(const Setting& setting) { return std::visit(MemoryOf{}, setting); }

std::optional<Setting> setting_named(std::string_view name, const std::string& uri,
                                     const std::string& uuid) {
    const auto space = name.find(' ');
    if (space == name.npos) return std::nullopt;
    const auto kind = name.substr(0, space);
    const auto subject = name.substr(space + 1);
    if (kind == "module") return ModuleSetting{std::string(subject)};
    if (kind == "binding") {
        if (const auto address = parse_address(subject)) return BindingSetting{*address};
    }
    if (kind == "hostdev") {
        // Domain names may hold spaces, addresses never do.
        const auto last = subject.rfind(' ');
        if (last == subject.npos) return std::nullopt;
        if (const auto address = parse_address(subject.substr(last + 1)))
            return HostdevSetting{{uri, uuid, std::string(subject.substr(0, last))}, *address};
    }
    return std::nullopt;
}

bool is_on_the_way(const State& now, const State& before, const State& after) {
    if (now == before || now == after) return true;
    if (now.index() != before.index() || now.index() != after.index()) return false;
    return std::visit(PassesThrough{before, after}, now);
}

}  // namespace ctrlpass
