// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/plan/setting.hpp"

#include "iommu/number.hpp"
#include "src/guests/hook_versions.hpp"

namespace ctrlpass {

namespace {

struct KindOf {
    std::string operator()(const ModuleSetting&) const { return "module"; }
    std::string operator()(const BindingSetting&) const { return "binding"; }
    std::string operator()(const HostdevSetting&) const { return "hostdev"; }
    std::string operator()(const PinSetting&) const { return "pin"; }
    std::string operator()(const FileSetting&) const { return "file"; }
};

struct SubjectOf {
    std::string operator()(const ModuleSetting& setting) const { return setting.module; }
    std::string operator()(const BindingSetting& setting) const {
        return to_string(setting.address);
    }
    std::string operator()(const HostdevSetting& setting) const {
        return setting.domain.name + " " + to_string(setting.address);
    }
    std::string operator()(const PinSetting& setting) const {
        return setting.domain.name + " " + to_string(setting.thread);
    }
    std::string operator()(const FileSetting& setting) const { return setting.path; }
};

struct DomainOf {
    const DomainRef* operator()(const ModuleSetting&) const { return nullptr; }
    const DomainRef* operator()(const BindingSetting&) const { return nullptr; }
    const DomainRef* operator()(const HostdevSetting& setting) const { return &setting.domain; }
    const DomainRef* operator()(const PinSetting& setting) const { return &setting.domain; }
    const DomainRef* operator()(const FileSetting&) const { return nullptr; }
};

struct MemoryOf {
    Memory operator()(const ModuleSetting&) const { return Memory::none; }
    Memory operator()(const BindingSetting&) const { return Memory::until_reboot; }
    Memory operator()(const HostdevSetting&) const { return Memory::for_good; }
    Memory operator()(const PinSetting&) const { return Memory::for_good; }
    Memory operator()(const FileSetting&) const { return Memory::for_good; }
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
    bool operator()(const std::optional<CpuSet>&) const { return false; }
    /// One is renamed over the other. Another version may have renewed either.
    bool operator()(const FileState& now) const {
        return is_equivalent(now, before) || is_equivalent(now, after);
    }
};

/// A name of something in a domain: that of the domain, which may hold spaces, and the rest.
struct InDomain {
    std::string domain;
    std::string_view rest;
};

/// Split before the last words; nothing where there are not as many.
std::optional<InDomain> split(std::string_view subject, int words) {
    auto space = subject.size();
    for (int i = 0; i < words; ++i) {
        if (space == 0) return std::nullopt;
        space = subject.rfind(' ', space - 1);
        if (space == subject.npos) return std::nullopt;
    }
    return InDomain{std::string(subject.substr(0, space)), subject.substr(space + 1)};
}

std::optional<GuestThread> thread_named(std::string_view name) {
    using Kind = GuestThread::Kind;
    if (name == "emulator") return GuestThread{Kind::emulator, 0};
    const auto space = name.find(' ');
    if (space == name.npos) return std::nullopt;
    const auto number = number_in<unsigned>(name.substr(space + 1));
    if (!number) return std::nullopt;
    const auto kind = name.substr(0, space);
    if (kind == "vcpu") return GuestThread{Kind::vcpu, *number};
    if (kind == "iothread") return GuestThread{Kind::iothread, *number};
    return std::nullopt;
}

std::optional<Setting> hostdev_named(std::string_view subject, DomainRef domain) {
    const auto parts = split(subject, 1);
    const auto address = parts ? parse_address(parts->rest) : std::nullopt;
    if (!address) return std::nullopt;
    domain.name = parts->domain;
    return HostdevSetting{std::move(domain), *address};
}

std::optional<Setting> pin_named(std::string_view subject, DomainRef domain) {
    for (const int words : {1, 2}) {
        const auto parts = split(subject, words);
        const auto thread = parts ? thread_named(parts->rest) : std::nullopt;
        if (!thread) continue;
        domain.name = parts->domain;
        return PinSetting{std::move(domain), *thread};
    }
    return std::nullopt;
}

}  // namespace

std::string to_string(const GuestThread& thread) {
    switch (thread.kind) {
        case GuestThread::Kind::vcpu:
            return "vcpu " + std::to_string(thread.number);
        case GuestThread::Kind::iothread:
            return "iothread " + std::to_string(thread.number);
        case GuestThread::Kind::emulator:
            break;
    }
    return "emulator";
}

std::string kind_of(const Setting& setting) { return std::visit(KindOf{}, setting); }
std::string subject_of(const Setting& setting) { return std::visit(SubjectOf{}, setting); }
std::string name_of(const Setting& setting) { return kind_of(setting) + " " + subject_of(setting); }
const DomainRef* domain_of(const Setting& setting) { return std::visit(DomainOf{}, setting); }
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
    if (kind == "hostdev") return hostdev_named(subject, {uri, uuid, {}});
    if (kind == "pin") return pin_named(subject, {uri, uuid, {}});
    if (kind == "file" && subject.starts_with('/')) return FileSetting{std::string(subject)};
    return std::nullopt;
}

bool is_equivalent(const State& a, const State& b) {
    if (a == b) return true;
    const auto* const one = std::get_if<FileState>(&a);
    const auto* const other = std::get_if<FileState>(&b);
    if (one == nullptr || other == nullptr || !one->content || !other->content) return false;
    const auto state = state_named_by_hook(*one->content);
    return state && state == state_named_by_hook(*other->content);
}

bool is_on_the_way(const State& now, const State& before, const State& after) {
    if (now == before || now == after) return true;
    if (now.index() != before.index() || now.index() != after.index()) return false;
    return std::visit(PassesThrough{before, after}, now);
}

}  // namespace ctrlpass
