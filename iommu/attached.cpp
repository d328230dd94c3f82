// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/attached.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "iommu/disk_uses.hpp"
#include "iommu/hid.hpp"
#include "iommu/input_roles.hpp"
#include "iommu/network.hpp"
#include "iommu/remote_disks.hpp"

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
    Class{Kind::other, "hidraw", "hidraw"},
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

std::string attribute_of(const Root& root, const std::string& path) {
    return root.attribute(path).value_or("");
}

using Role = Carried::Role;

/// What a raw HID device is; most are no more than keyboards and mice, told elsewhere.
Role hid_role(const Root& root, const std::string& sysfs) {
    constexpr std::uint16_t fido_page = 0xf1d0;
    constexpr std::uint16_t power_page = 0x84;
    const auto descriptor = root.read(sysfs + "/device/report_descriptor");
    for (const std::uint16_t page : hid_applications(descriptor.value_or(""))) {
        if (page == fido_page) return Role::security_key;
        if (page == power_page) return Role::ups;
    }
    return Role::none;
}

/// "1 device connected, MX Keys": the kernel gives no name to a connection, but to the inputs that
/// come over it (bus type 5).
std::string bluetooth_detail(const Root& root, const std::string& adapter) {
    std::size_t connections = 0;
    for (const std::string& name : root.names("sys/class/bluetooth"))
        if (name.starts_with(adapter + ":")) ++connections;
    if (connections == 0) return {};
    std::string text = std::to_string(connections) +
                       (connections == 1 ? " device connected" : " devices connected");
    for (const std::string& name : root.names("sys/class/input")) {
        const std::string home = "sys/class/input/" + name;
        if (name.starts_with("input") && root.attribute(home + "/id/bustype") == "0005")
            text += ", " + attribute_of(root, home + "/name");
    }
    return text;
}

/// The details of one device of a class.
class Describer {
  public:
    explicit Describer(const Root& root, Network& network)
        : root_(root), disks_(root), network_(network) {}

    Carried describe(Kind kind, const std::string& name, const std::string& sysfs) {
        Carried carried;
        carried.kind = kind;
        carried.name = name;
        if (kind == Kind::disk) describe_disk(carried, sysfs);
        if (kind == Kind::input) describe_input(carried, sysfs);
        if (kind == Kind::net) describe_link(carried, sysfs);
        if (kind == Kind::sound) carried.detail = attribute_of(root_, sysfs + "/id");
        if (kind == Kind::video) carried.detail = attribute_of(root_, sysfs + "/name");
        if (name.starts_with("hidraw")) carried.role = hid_role(root_, sysfs);
        if (kind == Kind::other && name.starts_with("lp")) carried.role = Role::printer;
        if (name.starts_with("hci")) {
            carried.role = Role::bluetooth;
            carried.detail = bluetooth_detail(root_, name);
        }
        return carried;
    }

    /// What is mounted could not be read: then nothing is known to be free.
    const std::optional<Error>& trouble() const { return disks_.trouble(); }

  private:
    void describe_disk(Carried& carried, const std::string& sysfs) {
        carried.uses = disks_.of(carried.name);
        carried.detail = size_of(attribute_of(root_, sysfs + "/size"));
    }

    void describe_input(Carried& carried, const std::string& sysfs) {
        const InputRoles roles = read_input_roles(root_, sysfs);
        carried.keyboard = roles.keyboard;
        carried.pointer = roles.pointer;
        carried.bluetooth = roles.bluetooth;
        carried.input = roles.facts;
        carried.detail = roles.facts.label;
        if (roles.keyboard) carried.detail += ", keyboard";
        if (roles.pointer) carried.detail += ", pointer";
        const bool counts = roles.keyboard || roles.pointer;
        if (roles.facts.doubtful || (!counts && !roles.facts.reason.empty()))
            carried.detail += ", " + roles.facts.reason;
    }

    void describe_link(Carried& carried, const std::string& sysfs) {
        if (!std::exchange(network_read_, true)) network_ = read_network(root_);
        carried.detail = attribute_of(root_, sysfs + "/operstate");
        carried.link_uses = link_uses(root_, network_, carried.name);
        if (!remotes_) remotes_ = read_remote_uses(root_, disks_);
        std::ranges::move(
            remote_uses_of(root_, *remotes_, network_, carried.name, carried.link_uses),
            std::back_inserter(carried.link_uses));
    }

    const Root& root_;
    DiskUses disks_;
    Network& network_;
    bool network_read_ = false;
    std::optional<std::vector<RemoteUse>> remotes_;
};

/// Of Bluetooth the adapters, not the connections ("hci0:256").
bool is_wanted(const Class& kind, const std::string& name) {
    return name.starts_with(kind.prefix) && name.find(':') == name.npos;
}

/// The devices of a class. Without the disks nothing is known to be free; other classes may be
/// missing from a kernel.
Result<std::vector<std::string>> names_in(const Root& root, const Class& kind) {
    auto names = root.list("sys/class/" + std::string(kind.name));
    const bool needed = kind.kind == Kind::disk && root.is_live();
    if (!names && names.error().trouble == Trouble::missing && !needed)
        return std::vector<std::string>{};
    return names;
}

bool is_below_any(const std::string& sysfs, std::span<const Place* const> places) {
    return std::ranges::any_of(places, [&](const Place* place) { return is_below(sysfs, *place); });
}

}  // namespace

Result<std::vector<Attached>> read_attached(const Root& root, std::span<const Place* const> places,
                                            Network& network) {
    std::vector<Attached> below;
    std::vector<std::pair<std::string, std::string>> other_inputs;  // name, sysfs
    Describer describer(root, network);
    for (const Class& kind : classes) {
        const std::string home = "sys/class/" + std::string(kind.name) + "/";
        const auto names = TRY(names_in(root, kind));
        for (const std::string& name : names) {
            const auto sysfs = root.resolve(home + name);
            if (!sysfs || !is_wanted(kind, name)) continue;
            const bool ours = is_below_any(*sysfs, places);
            const bool partition = kind.kind == Kind::disk && root.exists(*sysfs + "/partition");
            if ((!ours && kind.kind != Kind::input) || partition) continue;
            if (ours)
                below.push_back({*sysfs, describer.describe(kind.kind, name, *sysfs)});
            else
                other_inputs.emplace_back(name, *sysfs);
        }
    }
    const bool inputs_count = std::ranges::any_of(below, [](const Attached& attached) {
        return attached.carried.pointer || may_be_way_in(attached.carried);
    });
    if (const auto& trouble = describer.trouble()) return std::unexpected(*trouble);
    if (!inputs_count) return below;
    for (const auto& [name, sysfs] : other_inputs) {
        Attached input{sysfs, describer.describe(Kind::input, name, sysfs)};
        // Made by programs, some of them from a keyboard that is leaving. BlueZ makes the inputs
        // of Bluetooth devices in this way too, and those are real.
        if (!sysfs.starts_with("sys/devices/virtual/") || input.carried.bluetooth)
            below.push_back(std::move(input));
    }
    return below;
}

}  // namespace ctrlpass
