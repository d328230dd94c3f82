// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <array>

#include "iommu/lines.hpp"
#include "iommu/mounts.hpp"
#include "src/capture/filters.hpp"
#include "src/capture/forms.hpp"
#include "src/capture/options.hpp"

namespace ctrlpass::filters {

namespace {

/// Every line stays a line: findings name them by number.
template <typename Make>
std::string line_by_line(const std::string& text, const Make& make) {
    std::string kept;
    for (const std::string& line : lines_of(text)) {
        const auto fields = fields_of(line);
        const bool empty = fields.empty() || fields[0].starts_with('#');
        kept += (empty ? std::string("#") : make(fields)) + "\n";
    }
    return kept;
}

std::string escaped(const std::string& field) {
    std::string text;
    for (const char c : field) {
        constexpr std::string_view digits = "01234567";
        const auto byte = static_cast<unsigned char>(c);
        if (byte > ' ' && byte != '\\' && byte != 0x7f) {
            text += c;
            continue;
        }
        text += '\\';
        for (const int shift : {6, 3, 0}) text += digits[byte >> static_cast<unsigned>(shift) & 7U];
    }
    return text.empty() ? "none" : text;
}

std::string plain_word(const std::string& word) {
    return has_form(word, Form::word) ? word : "none";
}

/// The first in the places that make a system, below which everything is.
bool is_of_the_system(const std::string& where) {
    constexpr auto places =
        std::to_array<std::string_view>({"/", "/usr", "/etc", "/var", "/home", "/boot", "/boot/efi",
                                         "/efi", "/sysroot", "/proc/cpuinfo"});
    return std::ranges::find(places, where) != places.end();
}

bool is_network_type(const std::string& type) {
    constexpr auto types = std::to_array<std::string_view>(
        {"nfs", "nfs4", "cifs", "smb3", "ceph", "9p", "fuse.glusterfs", "fuse.sshfs", "overlay"});
    return std::ranges::find(types, type) != types.end();
}

/// The key of crypttab: a file, a device, or one on the other, in both orders (crypttab(5) of
/// systemd and of Debian).
std::string key_of(Mask& mask, const std::string& key) {
    if (key.empty() || key == "none" || key == "-") return key.empty() ? "none" : key;
    const auto is_device = [](const std::string& text) {
        constexpr auto beginnings = std::to_array<std::string_view>(
            {"/dev/", "UUID=", "PARTUUID=", "LABEL=", "PARTLABEL=", "ID="});
        return std::ranges::any_of(beginnings, [&](auto start) { return text.starts_with(start); });
    };
    // Names below /dev/disk/by-path have colons.
    auto colon = key.find(':');
    while (colon != key.npos && is_device(key) && colon + 1 < key.size() && key[colon + 1] != '/')
        colon = key.find(':', colon + 1);
    if (colon == key.npos)
        return is_device(key) || key.starts_with('/') ? mask.places.spec(key)
                                                      : mask.names.name(key);
    const std::string first = key.substr(0, colon);
    std::string second = key.substr(colon + 1);
    std::string rest;
    if (const auto next = second.rfind(':'); next != second.npos && is_device(first)) {
        rest = has_form(second.substr(next + 1), Form::number) ? second.substr(next) : "";
        second.resize(next);
    }
    return mask.places.spec(first) + ":" + mask.places.spec(second) + rest;
}

std::string crypt_option(Mask& mask, const std::string& key, const std::string& value) {
    constexpr auto scripts = std::to_array<std::string_view>(
        {"passdev", "decrypt_derived", "decrypt_keyctl", "decrypt_gnupg", "decrypt_gnupg-sc",
         "decrypt_opensc", "decrypt_ssl", "decrypt_openct"});
    if (key == "header" || key == "tcrypt-keyfile" || key == "keyfile")
        return key + "=" + key_of(mask, value);
    if (key == "keyscript") {
        const std::string name = value.substr(value.rfind('/') + 1);
        return std::ranges::find(scripts, name) != scripts.end()
                   ? key + "=" + name
                   : key + "=" + mask.names.name(name);
    }
    if (key == "tpm2-device" || key == "fido2-device")
        return key + "=" + (value == "auto" ? value : mask.places.spec(value));
    if (key == "pkcs11-uri") return key + "=auto";
    return "";
}

}  // namespace

std::string fstab(Mask& mask, const std::string&, const std::string& text) {
    return line_by_line(text, [&](const auto& fields) -> std::string {
        if (fields.size() < 2) return "#";
        const std::string type = fields.size() > 2 ? plain_word(fields[2]) : "auto";
        const std::string options = fields.size() > 3 ? mount_options(mask, fields[3]) : "";
        const bool nowhere = fields[1] == "none" || fields[1] == "swap";
        return escaped(mask.places.spec(fields[0])) + " " +
               escaped(nowhere ? fields[1] : mask.places.path(fields[1])) + " " + type + " " +
               (options.empty() ? "defaults" : options);
    });
}

std::string crypttab(Mask& mask, const std::string&, const std::string& text) {
    constexpr auto known = std::to_array<std::string_view>(
        {"luks",    "plain",        "tcrypt",          "bitlk",        "swap",
         "tmp",     "noauto",       "nofail",          "discard",      "initramfs",
         "_netdev", "loud",         "quiet",           "readonly",     "read-only",
         "tries",   "timeout",      "keyfile-timeout", "keyfile-size", "keyfile-offset",
         "keyslot", "tcrypt-hidden"});
    return line_by_line(text, [&](const auto& fields) -> std::string {
        if (fields.size() < 2) return "#";
        std::string line = escaped(mask.names.mapped(fields[0])) + " " +
                           escaped(mask.places.spec(fields[1])) + " " +
                           escaped(key_of(mask, fields.size() > 2 ? fields[2] : ""));
        const std::string options =
            fields.size() < 4
                ? ""
                : known_options(fields[3], known, [&](const auto& key, const auto& value) {
                      return crypt_option(mask, key, value);
                  });
        return line + (options.empty() ? "" : " " + escaped(options));
    });
}

/// Of the mounts those of disks, those by network, and what the system's own places are, whatever
/// that is: others name containers and users.
std::string mountinfo(Mask& mask, const std::string&, const std::string& text) {
    std::string kept;
    for (const std::string& line : lines_of(text)) {
        const auto fields = fields_of(line);
        const auto dash = std::ranges::find(fields, "-");
        if (fields.size() < 5 || fields.end() - dash < 3) continue;
        const Mount mount{fields[2], dash[2], dash[1], fields[4]};
        const bool wanted =
            may_be_on_disk(mount) || is_network_type(mount.type) || is_of_the_system(mount.where);
        if (!wanted || !has_form(fields[2], Form::numbers)) continue;
        const auto number = [](const std::string& field) {
            return has_form(field, Form::number) ? field : "0";
        };
        const bool on_disk = may_be_on_disk(mount);
        const std::string options =
            fields.end() - dash > 3 ? mount_options(mask, dash[3], !on_disk) : "";
        kept += number(fields[0]) + " " + number(fields[1]) + " " + fields[2] + " / " +
                escaped(mask.places.path(mount.where)) + " rw - " + plain_word(mount.type) + " " +
                escaped(mount_source(mask, mount.type, mount.source)) + " rw" +
                (options.empty() ? "" : "," + escaped(options)) + "\n";
    }
    return kept;
}

std::string swaps(Mask& mask, const std::string&, const std::string& text) {
    std::string kept;
    for (const std::string& line : lines_of(text)) {
        const auto fields = fields_of(line);
        if (!fields.empty() && fields[0].starts_with('/'))
            kept += escaped(mask.places.path(fields[0])) + "\n";
    }
    return kept;
}

std::string udev_data(Mask& mask, const std::string&, const std::string& text) {
    std::string kept;
    const auto add = [&](const std::string& key, const std::string& value) {
        kept += "E:" + key + "=" + value + "\n";
    };
    for (const std::string& line : lines_of(text)) {
        const auto equals = line.find('=');
        if (!line.starts_with("E:") || equals == line.npos) continue;
        const std::string key = line.substr(2, equals - 2);
        const std::string value = line.substr(equals + 1);
        constexpr auto words = std::to_array<std::string_view>(
            {"ID_FS_TYPE", "ID_FS_USAGE", "ID_FS_VERSION", "ID_PART_ENTRY_SCHEME",
             "ID_PART_ENTRY_NUMBER", "ID_SECURITY_TOKEN"});
        if (key.ends_with("UUID") || key == "ID_FS_UUID_ENC" || key == "ID_FS_UUID_SUB" ||
            key == "ID_FS_UUID_SUB_ENC")
            add(key, mask.names.id(value));
        else if (key == "ID_FS_LABEL" || key == "ID_FS_LABEL_ENC" || key == "ID_PART_ENTRY_NAME")
            add(key, mask.names.name(value));
        else if (key == "ID_SERIAL" || key == "ID_SERIAL_SHORT" || key == "ID_WWN")
            add(key, mask.names.serial(value));
        else if ((std::ranges::find(words, key) != words.end() || key.starts_with("ID_INPUT")) &&
                 has_form(value, Form::word))
            add(key, value);
    }
    return kept;
}

/// The numbers of its volumes, and whether it was exported.
std::string volume_group(Mask& mask, const std::string&, const std::string& text) {
    std::string kept;
    for (const std::string& line : lines_of(text)) {
        const auto id = line.find("id = \"");
        const auto end = id == line.npos ? line.npos : line.find('"', id + 6);
        if (end != line.npos)
            kept += "id = \"" + mask.names.id(line.substr(id + 6, end - id - 6)) + "\"\n";
        if (line.find("\"EXPORTED\"") != line.npos) kept += "status = [\"EXPORTED\"]\n";
    }
    return kept;
}

/// KEY=VALUE words (lvmdevices(8)).
std::string lvm_devices(Mask& mask, const std::string&, const std::string& text) {
    return line_by_line(text, [&](const auto& fields) {
        std::string line;
        for (const std::string& field : fields) {
            const auto equals = field.find('=');
            if (equals == field.npos) continue;
            const std::string key = field.substr(0, equals);
            const std::string value = field.substr(equals + 1);
            const bool name = key == "IDNAME" || key == "DEVNAME";
            const std::string kept =
                value == "."                     ? value
                : name && value.starts_with('/') ? mask.places.path(value)
                : name                           ? mask.names.serial(value)
                : key == "PVID"                  ? mask.names.id(value)
                : (key == "IDTYPE" || key == "PART") && has_form(value, Form::word) ? value
                                                                                    : "";
            if (!kept.empty()) line += (line.empty() ? "" : " ") + key + "=" + kept;
        }
        return line.empty() ? std::string("#") : line;
    });
}

}  // namespace ctrlpass::filters
