// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <variant>

#include "iommu/address.hpp"
#include "iommu/result.hpp"
#include "vfio/binding.hpp"

namespace ctrlpass {

/// A domain as it is remembered: by URI and UUID; the name is for people, and may change.
struct DomainRef {
    std::string uri;
    std::string uuid;
    std::string name;
    friend bool operator==(const DomainRef& a, const DomainRef& b) {
        return a.uri == b.uri && a.uuid == b.uuid;
    }
    friend auto operator<=>(const DomainRef& a, const DomainRef& b) {
        return std::tie(a.uri, a.uuid) <=> std::tie(b.uri, b.uuid);
    }
};

/// A setting of the machine: it has a name, a state that can be read and one that can be written.
/// The kinds stand in their rank: apply goes down this list, rollback up.
struct ModuleSetting {
    std::string module;
    auto operator<=>(const ModuleSetting&) const = default;
};
struct BindingSetting {
    PciAddress address;
    auto operator<=>(const BindingSetting&) const = default;
};
struct HostdevSetting {
    DomainRef domain;
    PciAddress address;
    auto operator<=>(const HostdevSetting&) const = default;
};
using Setting = std::variant<ModuleSetting, BindingSetting, HostdevSetting>;

/// The state of a setting, in the same order: is the module loaded; driver and override; the
/// hostdev's XML in normal form, or absent.
using State = std::variant<bool, Binding, std::optional<std::string>>;

/// "module vfio-pci", "binding 0000:01:00.0", "hostdev win11 0000:01:00.0": the kind is the first
/// word, the subject the rest.
std::string kind_of(const Setting& setting);
std::string subject_of(const Setting& setting);
std::string name_of(const Setting& setting);

/// From the name, with the domain's URI and UUID for those that have one.
std::optional<Setting> setting_named(std::string_view name, const std::string& uri,
                                     const std::string& uuid);

/// What a ledger remembers: nothing, until the machine reboots, or for good.
enum class Memory { none, until_reboot, for_good };
Memory memory_of(const Setting& setting);

/// Is `now` the state before, the state after, or one that the setting's own writing passes
/// through on the way between them? Anything else is foreign: somebody else's doing.
bool is_on_the_way(const State& now, const State& before, const State& after);

}  // namespace ctrlpass
