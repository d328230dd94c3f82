// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/capture/options.hpp"

#include <algorithm>
#include <array>

#include "src/capture/forms.hpp"

namespace ctrlpass::filters {

namespace {

std::string each_joined(const std::string& text, char separator, const auto& make) {
    std::string kept;
    for (const std::string_view part : parts_between(text, separator))
        kept += (kept.empty() ? "" : std::string(1, separator)) + make(std::string(part));
    return kept;
}

}  // namespace

std::string known_options(const std::string& text, std::span<const std::string_view> known,
                          const MakeOption& make) {
    std::string kept;
    for (const std::string_view option : parts_between(text, ',')) {
        const auto equals = option.find('=');
        const std::string key(option.substr(0, equals));
        const std::string value(equals == option.npos ? "" : option.substr(equals + 1));
        const bool plain = std::ranges::find(known, key) != known.end() &&
                           (value.empty() || consists_of(value, "0123456789smhd"));
        const std::string made = plain ? std::string(option) : make(key, value);
        if (!made.empty()) kept += (kept.empty() ? "" : ",") + made;
    }
    return kept;
}

std::string mount_options(Mask& mask, const std::string& text, bool network) {
    constexpr auto known = std::to_array<std::string_view>({"noauto",
                                                            "auto",
                                                            "nofail",
                                                            "ro",
                                                            "sw",
                                                            "user",
                                                            "users",
                                                            "bind",
                                                            "rbind",
                                                            "loop",
                                                            "_netdev",
                                                            "defaults",
                                                            "x-systemd.automount",
                                                            "x-initrd.mount",
                                                            "x-systemd.device-timeout",
                                                            "pri",
                                                            "offset",
                                                            "sizelimit",
                                                            "nobootwait",
                                                            "bootwait"});
    return known_options(text, known, [&](const std::string& key, const std::string& value) {
        constexpr auto devices = std::to_array<std::string_view>(
            {"device", "journal_path", "journal_dev", "jdev", "logdev", "rtdev", "log_dev",
             "x-systemd.requires", "x-systemd.requires-mounts-for", "loop"});
        const auto path = [&](const std::string& one) { return mask.places.path(one); };
        if (std::ranges::find(devices, key) != devices.end() && value.starts_with('/'))
            return key + "=" + path(value);
        if (key == "trans" && has_form(value, Form::word)) return key + "=" + value;
        if (key == "lowerdir+" || key == "datadir+") return key + "=" + path(value);
        if (key == "lowerdir") return key + "=" + each_joined(value, ':', path);
        if (key == "upperdir" || key == "workdir") return key + "=" + path(value);
        const bool server = key == "addr" || key == "mountaddr" || key == "ip";
        if (network && server) return key + "=" + mask.addresses.address(value);
        return std::string();
    });
}

std::string mount_source(Mask& mask, const std::string& type, const std::string& source) {
    const auto name = [&](const std::string& part) { return mask.names.name(part); };
    const auto path = [&](const std::string& part) { return mask.places.path(part); };
    constexpr auto fixed =
        std::to_array<std::string_view>({"overlay", "tmpfs", "rootfs", "none", "ramfs", "aufs",
                                         "unionfs", "composefs", "squashfs"});
    if (std::ranges::find(fixed, source) != fixed.end()) return source;
    if (type == "zfs") return each_joined(source, '/', name);
    if (source.find(':') != source.npos && source.starts_with("/dev/"))
        return each_joined(source, ':', path);
    return mask.places.spec(source);
}

}  // namespace ctrlpass::filters
