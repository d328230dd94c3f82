// SPDX-License-Identifier: GPL-2.0-or-later
// Encrypted devices that are opened at boot, what holds their keys and their headers.
#include <algorithm>
#include <array>
#include <string_view>

#include "iommu/lines.hpp"
#include "iommu/table_reader.hpp"

namespace ctrlpass {

namespace {

/// Of an option "name=value" the value.
std::optional<std::string> value_of(const std::string& option, std::string_view name) {
    if (!option.starts_with(name) || option.size() <= name.size() || option[name.size()] != '=')
        return std::nullopt;
    return option.substr(name.size() + 1);
}

/// Scripts of Debian's cryptsetup that take no device: what stands in the key field is a name, a
/// path or nothing (README.keyscripts).
bool takes_no_device(const std::string& script) {
    constexpr std::array<std::string_view, 9> known{
        "askpass",        "decrypt_derived", "decrypt_gnupg",  "decrypt_gnupg-sc", "decrypt_keyctl",
        "decrypt_opensc", "decrypt_ssl",     "decrypt_pkcs11", "passdev"};
    return std::ranges::find(known, script.substr(script.rfind('/') + 1)) != known.end();
}

void read_options(TableReader& reader, const std::string& place, const std::string& mapping,
                  const std::string& options, bool key_is_told) {
    for (const std::string& option : parts_of(options, ',')) {
        for (const std::string_view name : {"header", "tcrypt-keyfile", "keyfile"})
            if (const auto value = value_of(option, name))
                reader.add_any(
                    place, *value,
                    (name == "header" ? " for the header of " : " for the key of ") + mapping);
        const auto script = value_of(option, "keyscript");
        if (script && !key_is_told && !takes_no_device(*script))
            reader.add_unclear("not known whether " + place + " takes the key of " + mapping +
                               " from it: keyscript " + *script + " was not understood");
    }
}

/// NAME DEVICE KEY OPTIONS. With keyscript=passdev the key is DEVICE:PATH[:TIMEOUT], otherwise
/// PATH[:DEVICE], or the device itself (crypttab(5) of Debian and of systemd).
void read_crypttab(TableReader& reader, const std::string& path) {
    reader.for_each_line(path, [&](const std::string& place, const auto& fields) {
        if (fields.size() < 2) return;
        if (is_device(unquoted(fields[1])))
            reader.add(place, fields[1], " as " + fields[0]);
        else
            reader.add_any(place, fields[1], " as " + fields[0]);
        const bool told =
            fields.size() > 2 && reader.add_any(place, fields[2], " for the key of " + fields[0]);
        if (fields.size() > 3) read_options(reader, place, fields[0], fields[3], told);
    });
}

/// OpenRC's dmcrypt: assignments as sh reads them, a new device at each target= or swap=.
void read_dmcrypt(TableReader& reader) {
    std::string mapping;
    reader.for_each_line("etc/conf.d/dmcrypt", [&](const std::string& place, const auto& fields) {
        std::string line = fields[0];
        for (std::size_t i = 1; i < fields.size(); ++i) line += " " + fields[i];
        const auto equals = line.find('=');
        if (equals == line.npos) return;
        const std::string key = line.substr(0, equals);
        std::string value = unquoted(line.substr(equals + 1));
        if (key == "target" || key == "swap") mapping = value;
        if (key == "source") reader.add_any(place, value, " as " + mapping);
        // "/path/of/key:gpg", which may be on the device of remdev=.
        if (key == "key") value.erase(std::min(value.rfind(':'), value.size()));
        if (key == "key" || key == "remdev")
            reader.add_any(place, value, " for the key of " + mapping);
        if (key == "header") reader.add_any(place, value, " for the header of " + mapping);
    });
}

/// NAME DATA-DEVICE HASH-DEVICE ROOT-HASH OPTIONS (veritytab(5)).
void read_veritytab(TableReader& reader) {
    reader.for_each_line("etc/veritytab", [&](const std::string& place, const auto& fields) {
        if (fields.size() > 1) reader.add_any(place, fields[1], " as " + fields[0]);
        if (fields.size() > 2) reader.add_any(place, fields[2], " for the hashes of " + fields[0]);
        for (const std::string& option :
             parts_of(fields.size() > 4 ? fields[4] : std::string(), ','))
            if (const auto value = value_of(option, "fec-device"))
                reader.add_any(place, *value, " for the error correction of " + fields[0]);
    });
}

/// NAME DEVICE KEY-FILE OPTIONS (integritytab(5)).
void read_integritytab(TableReader& reader) {
    reader.for_each_line("etc/integritytab", [&](const std::string& place, const auto& fields) {
        if (fields.size() > 1) reader.add_any(place, fields[1], " as " + fields[0]);
        if (fields.size() > 2) reader.add_any(place, fields[2], " for the key of " + fields[0]);
        for (const std::string& option :
             parts_of(fields.size() > 3 ? fields[3] : std::string(), ','))
            if (const auto value = value_of(option, "data-device"))
                reader.add_any(place, *value, " for the data of " + fields[0]);
    });
}

}  // namespace

void read_crypttabs(TableReader& reader) {
    read_crypttab(reader, "etc/crypttab");
    read_crypttab(reader, "etc/crypttab.initramfs");  // Arch Linux
    read_dmcrypt(reader);
    read_veritytab(reader);
    read_integritytab(reader);
}

}  // namespace ctrlpass
