// SPDX-License-Identifier: GPL-2.0-or-later
// Tables of dm-verity and dm-integrity, of targets and logins, and guests of Proxmox VE.
#include <algorithm>
#include <array>

#include "iommu/lines.hpp"
#include "iommu/target_tables.hpp"
#include "iommu/unit_files.hpp"
#include "src/capture/filters.hpp"
#include "src/capture/forms.hpp"
#include "src/capture/guest_arguments.hpp"
#include "src/guests/qemu_arguments.hpp"

namespace ctrlpass::filters {

namespace {

/// Every line stays one; what `make` makes of its fields.
template <typename Make>
std::string table_lines(const std::string& text, const Make& make) {
    std::string kept;
    for (const std::string& line : lines_of(text)) {
        const auto fields = fields_of(line);
        if (!fields.empty() && !fields[0].starts_with('#')) kept += make(fields);
        kept += "\n";
    }
    return kept;
}

std::string device_of(Mask& mask, const std::string& field) {
    const bool none = field.empty() || field == "-" || field == "none";
    return none ? "-" : mask.places.spec(field);
}

/// Of a list of options the one that names a device.
std::string device_option(Mask& mask, const std::string& options, const std::string& key) {
    for (const std::string& option : parts_of(options, ','))
        if (option.starts_with(key + "="))
            return " " + key + "=" + mask.places.spec(option.substr(key.size() + 1));
    return "";
}

/// Values on the lines on which they stood.
template <typename Make>
std::string on_lines(const std::vector<FiledValue>& values, const Make& make) {
    std::string kept;
    int line = 1;
    for (const FiledValue& value : values) {
        for (; line < value.line; ++line) kept += "\n";
        kept += make(value);
    }
    return kept + "\n";
}

std::string quoted(const std::string& text) {
    std::string safe = text;
    std::ranges::replace_if(
        safe, [](char c) { return c == '"' || c == '\\' || c == '<' || c == '&'; }, '_');
    return "\"" + safe + "\"";
}

/// The parts of a guest's line that name something of the host.
std::string guest_part(Mask& mask, const std::string& kind, const std::string& part) {
    const auto equals = part.find('=');
    const std::string key = equals == part.npos ? "" : part.substr(0, equals);
    const std::string value = part.substr(equals == part.npos ? 0 : equals + 1);
    if (key == "mapping") return "mapping=" + mask.names.name(value);
    const bool device = (kind == "hostpci" || kind == "usb") && (key.empty() || key == "host");
    if (device && consists_of(value, "0123456789abcdefABCDEFx:.;-") && value.size() <= 64)
        return part;
    for (const std::string& node : nodes_in(part))
        return (key == "file" ? "file=" : "") + mask.places.path(node);
    return "";
}

std::string guest_arguments_line(Mask& mask, const std::string& value) {
    std::string kept;
    for (const std::string& word : guest_arguments(mask, unit_words(value))) {
        const bool blank = word.find_first_of(" '") != word.npos;
        kept += " " + (blank ? "'" + word + "'" : word);
    }
    return kept.empty() ? "" : "args:" + kept;
}

}  // namespace

std::string veritytab(Mask& mask, const std::string&, const std::string& text) {
    return table_lines(text, [&](const auto& fields) -> std::string {
        if (fields.size() < 2) return "#";
        return mask.names.mapped(fields[0]) + " " + device_of(mask, fields[1]) + " " +
               device_of(mask, fields.size() > 2 ? fields[2] : "") + " -" +
               (fields.size() > 4 ? device_option(mask, fields[4], "fec-device") : "");
    });
}

std::string integritytab(Mask& mask, const std::string&, const std::string& text) {
    return table_lines(text, [&](const auto& fields) -> std::string {
        if (fields.size() < 2) return "#";
        return mask.names.mapped(fields[0]) + " " + device_of(mask, fields[1]) + " " +
               device_of(mask, fields.size() > 2 ? fields[2] : "") +
               (fields.size() > 3 ? device_option(mask, fields[3], "data-device") : "");
    });
}

/// Of saveconfig.json the devices of its backing stores; no user, no password.
std::string saved_targets(Mask& mask, const std::string&, const std::string& text) {
    return on_lines(saved_stores(text), [&](const FiledValue& store) {
        return "{\"dev\": " + quoted(mask.places.path(store.text)) +
               ", \"name\": " + quoted(mask.names.name(store.of)) + "}";
    });
}

std::string tgt(Mask& mask, const std::string&, const std::string& text) {
    return table_lines(text, [&](const auto& fields) -> std::string {
        std::string key = fields[0];
        if (key.starts_with('<')) key.erase(0, 1);
        if ((key != "backing-store" && key != "direct-store") || fields.size() < 2) return "";
        std::string device = fields[1];
        while (device.ends_with('>')) device.pop_back();
        return device.starts_with('/') ? key + " " + mask.places.path(device) : "";
    });
}

std::string pam_mount(Mask& mask, const std::string&, const std::string& text) {
    return on_lines(pam_volumes(text), [&](const FiledValue& volume) {
        return "<volume path=" + quoted(mask.places.spec(volume.text)) +
               (volume.of.empty() ? "" : " mountpoint=" + quoted(mask.places.path(volume.of))) +
               "/>";
    });
}

/// A guest of Proxmox VE (qm.conf(5)), as far as its first snapshot.
std::string proxmox_guest(Mask& mask, const std::string&, const std::string& text) {
    std::string kept;
    for (const std::string& line : lines_of(text)) {
        if (line.starts_with('[')) break;
        const auto colon = line.find(':');
        const std::string key = line.substr(0, colon);
        std::string made;
        if (colon != line.npos && has_form(key, Form::word)) {
            const std::string value =
                line.substr(line.find_first_not_of(" \t", colon + 1) == line.npos
                                ? line.size()
                                : line.find_first_not_of(" \t", colon + 1));
            const std::string kind = key.substr(0, key.find_last_not_of("0123456789") + 1);
            std::string parts;
            if (key != "args")
                for (const std::string& part : parts_of(value, ',')) {
                    const std::string one = guest_part(mask, kind, part);
                    if (!one.empty()) parts += (parts.empty() ? "" : ",") + one;
                }
            made = key == "args"   ? guest_arguments_line(mask, value)
                   : parts.empty() ? ""
                                   : key + ": " + parts;
        }
        kept += made + "\n";
    }
    return kept;
}

}  // namespace ctrlpass::filters
