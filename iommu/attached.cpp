// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/attached.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "iommu/disk_uses.hpp"
#include "iommu/input_roles.hpp"

namespace ctrlpass {

namespace {

using Kind = Carried::Kind;

/// A class of sysfs and which of its devices are worth a line.
struct Class {
    Kind kind;
    std::string_view name;
    std::string_view prefix;  ///< of the devices' names; the class has others beside them
};
constexpr std::array classes{
    Class{Kind::disk, "block", ""},         Class{Kind::net, "net", ""},
    Class{Kind::input, "input", "input"},   Class{Kind::sound, "sound", "card"},
    Class{Kind::serial, "tty", "tty"},      Class{Kind::video, "video4linux", "video"},
    Class{Kind::other, "bluetooth", "hci"}, Class{Kind::other, "usbmisc", ""},
};

/// "7.5 GiB" from a number of 512-byte sectors.
std::string size_of(const std::string& sectors) {
    std::uint64_t count = 0;
    std::from_chars(sectors.data(), sectors.data() + sectors.size(), count);
    constexpr std::array units{"KiB", "MiB", "GiB", "TiB", "PiB"};
    double size = static_cast<double>(count) / 2;
    std::size_t unit = 0;
    for (; size >= 1024 && unit + 1 < units.size(); ++unit) size /= 1024;
    std::string text = std::to_string(size);
    text.resize(text.find('.') + (size < 10 ? 2 : 0));
    return text + " " + units.at(unit);
}

std::string use_text(const DiskUse& use) {
    switch (use.kind) {
        case DiskUse::Kind::mount:
            return use.node + " mounted on " + use.where;
        case DiskUse::Kind::swap:
            return use.node + " swapped to";
        case DiskUse::Kind::holder:
            break;
    }
    return use.node + " held by " + use.where;
}

std::string attribute_of(const Root& root, const std::string& path) {
    return root.attribute(path).value_or("");
}

/// The details of one device of a class.
class Describer {
  public:
    explicit Describer(const Root& root) : root_(root), disks_(root) {}

    Carried describe(Kind kind, const std::string& name, const std::string& sysfs) {
        Carried carried{.kind = kind, .name = name, .detail = {}, .uses = {}};
        if (kind == Kind::disk) describe_disk(carried, sysfs);
        if (kind == Kind::input) describe_input(carried, sysfs);
        if (kind == Kind::net) carried.detail = attribute_of(root_, sysfs + "/operstate");
        if (kind == Kind::sound) carried.detail = attribute_of(root_, sysfs + "/id");
        if (kind == Kind::video) carried.detail = attribute_of(root_, sysfs + "/name");
        if (kind == Kind::other)
            carried.detail = name.starts_with("hci")  ? "Bluetooth adapter"
                             : name.starts_with("lp") ? "printer"
                                                      : "";
        return carried;
    }

    /// What is mounted could not be read: then nothing is known to be free.
    const std::optional<Error>& trouble() const { return disks_.trouble(); }

  private:
    void describe_disk(Carried& carried, const std::string& sysfs) {
        carried.uses = disks_.of(carried.name);
        carried.detail = size_of(attribute_of(root_, sysfs + "/size"));
        for (const DiskUse& use : carried.uses) carried.detail += ", " + use_text(use);
    }

    void describe_input(Carried& carried, const std::string& sysfs) {
        const InputRoles roles = read_input_roles(root_, sysfs);
        carried.keyboard = roles.keyboard;
        carried.pointer = roles.pointer;
        carried.detail = attribute_of(root_, sysfs + "/name");
        if (roles.keyboard) carried.detail += ", keyboard";
        if (roles.pointer) carried.detail += ", pointer";
        if (!roles.sham.empty()) carried.detail += ", " + roles.sham;
        carried.bluetooth = roles.bluetooth;
    }

    const Root& root_;
    DiskUses disks_;
};

bool is_below_any(const std::string& sysfs, std::span<const Place* const> places) {
    return std::ranges::any_of(places, [&](const Place* place) { return is_below(sysfs, *place); });
}

}  // namespace

Result<std::vector<Attached>> read_attached(const Root& root,
                                            std::span<const Place* const> places) {
    std::vector<Attached> below;
    std::vector<Attached> other_inputs;
    Describer describer(root);
    for (const Class& kind : classes) {
        const std::string home = "sys/class/" + std::string(kind.name) + "/";
        for (const std::string& name : root.names(home)) {
            const auto sysfs = root.resolve(home + name);
            if (!sysfs || !name.starts_with(kind.prefix)) continue;
            const bool ours = is_below_any(*sysfs, places);
            const bool partition = kind.kind == Kind::disk && root.exists(*sysfs + "/partition");
            if ((!ours && kind.kind != Kind::input) || partition) continue;
            Attached attached{*sysfs, describer.describe(kind.kind, name, *sysfs)};
            // Made by programs, some of them from a keyboard that is leaving. BlueZ makes the
            // inputs of Bluetooth devices in this way too, and those are real.
            const bool made =
                kind.kind == Kind::input && sysfs->starts_with("sys/devices/virtual/");
            if (made && !attached.carried.bluetooth) continue;
            (ours ? below : other_inputs).push_back(std::move(attached));
        }
    }
    const bool inputs_count = std::ranges::any_of(below, [](const Attached& attached) {
        return attached.carried.pointer || may_be_way_in(attached.carried);
    });
    if (const auto& trouble = describer.trouble()) return std::unexpected(*trouble);
    if (inputs_count) std::ranges::move(other_inputs, std::back_inserter(below));
    return below;
}

}  // namespace ctrlpass
