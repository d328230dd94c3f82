// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "iommu/address.hpp"
#include "iommu/result.hpp"
#include "src/pins/wish.hpp"

namespace ctrlpass {

/// What must be true of a function besides its place.
struct Pins {
    std::optional<std::string> path;  ///< bridge path; with it `address` is a hint
    std::optional<PciAddress> address;
    std::optional<PciId> id;
    std::optional<PciId> subsystem;
    std::optional<std::string> serial;
    bool operator==(const Pins&) const = default;
};

struct ProfileMember {
    Pins pins;
    bool guest = false;  ///< true: also given to the guest
    bool operator==(const ProfileMember&) const = default;
};

/// Who binds a controller: ctrlpass at boot, or libvirt when the guest starts.
enum class When { boot, vm_start };

struct ProfileController {
    Pins pins;
    When when = When::boot;
    std::vector<std::string> allow;
    std::vector<ProfileMember> members;
    bool operator==(const ProfileController&) const = default;
};

struct ProfileVm {
    std::string name;
    std::string uri = "qemu:///system";
    bool operator==(const ProfileVm&) const = default;
};

/// A TOML profile as a value.
struct Profile {
    std::string name;    ///< file name without .toml
    std::string path;    ///< absolute
    std::string digest;  ///< of the bytes: "sha256:…"
    std::string description;
    std::vector<std::string> allow;
    std::optional<ProfileVm> vm;
    std::vector<ProfileController> controllers;
    std::optional<PinWish> wish;  ///< [pin]
    std::string pin;              ///< the lines of [pin], to be written again
    bool operator==(const Profile&) const = default;
};

/// The digest of these bytes: "sha256:…".
std::string sha256_of(const std::string& text);

/// Errors are `bad_input` with FILE:LINE:COLUMN as place.
Result<Profile> parse_profile(const std::string& text, const std::string& path);

}  // namespace ctrlpass
