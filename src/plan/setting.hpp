// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <variant>

#include "iommu/address.hpp"
#include "iommu/cpus.hpp"
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

/// What of a guest has a place of its own: a vCPU, an I/O thread, and all the rest of QEMU.
struct GuestThread {
    enum class Kind { vcpu, emulator, iothread };
    Kind kind = Kind::emulator;
    unsigned number = 0;  ///< of the vCPU, or the id of the I/O thread
    auto operator<=>(const GuestThread&) const = default;
};
/// "vcpu 0", "emulator", "iothread 1".
std::string to_string(const GuestThread& thread);

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
struct PinSetting {
    DomainRef domain;
    GuestThread thread;
    auto operator<=>(const PinSetting&) const = default;
};
struct FileSetting {
    std::string path;  ///< absolute
    auto operator<=>(const FileSetting&) const = default;
};
using Setting =
    std::variant<ModuleSetting, BindingSetting, HostdevSetting, PinSetting, FileSetting>;

/// A file's content, or that it is absent. How many folders above an absent one are missing is
/// remembered for the way back, and not compared: once they are there, others may use them too.
struct FileState {
    std::optional<std::string> content;
    unsigned missing_folders = 0;
    friend bool operator==(const FileState& a, const FileState& b) {
        return a.content == b.content;
    }
};

/// The state of a setting, in the same order: is the module loaded; driver and override; the
/// hostdev's XML in normal form, or absent; the CPUs, or absent; the file.
using State =
    std::variant<bool, Binding, std::optional<std::string>, std::optional<CpuSet>, FileState>;

/// "module vfio-pci", "binding 0000:01:00.0", "hostdev win11 0000:01:00.0", "pin win11 vcpu 0",
/// "file /etc/…": the kind is the first word, the subject the rest.
std::string kind_of(const Setting& setting);
std::string subject_of(const Setting& setting);
std::string name_of(const Setting& setting);

/// The domain in whose persistent definition the setting is; null for all others.
const DomainRef* domain_of(const Setting& setting);

/// From the name, with the domain's URI and UUID for those that have one.
std::optional<Setting> setting_named(std::string_view name, const std::string& uri,
                                     const std::string& uuid);

/// What a ledger remembers: nothing, until the machine reboots, or for good.
enum class Memory { none, until_reboot, for_good };
Memory memory_of(const Setting& setting);

/// Are they equal, or do both say the same in the words of two versions of ctrlpass? A file that an
/// older one wrote for the same setting is then no drift and no other profile's wish.
bool is_equivalent(const State& a, const State& b);

/// Is `now` the state before, the state after, or one that the setting's own writing passes
/// through on the way between them? Anything else is foreign: somebody else's doing.
bool is_on_the_way(const State& now, const State& before, const State& after);

}  // namespace ctrlpass
