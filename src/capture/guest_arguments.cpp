// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/capture/guest_arguments.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>

#include "src/capture/forms.hpp"

namespace ctrlpass {

namespace {

constexpr std::size_t longest_argument = 65536;

constexpr auto options = std::to_array<std::string_view>(
    {"-device", "-object", "-drive", "-blockdev", "-chardev", "-audiodev", "-serial", "-parallel",
     "-hda", "-hdb", "-usbdevice"});
/// What the first word of a value may be: the device, or what is behind it.
constexpr auto kinds = std::to_array<std::string_view>({"vfio-pci",
                                                        "vfio-pci-nohotplug",
                                                        "vfio-pci-igd-lpc-bridge",
                                                        "usb-host",
                                                        "host_device",
                                                        "host_cdrom",
                                                        "input-linux",
                                                        "serial",
                                                        "tty",
                                                        "parallel",
                                                        "parport",
                                                        "alsa",
                                                        "oss",
                                                        "host-device",
                                                        "tpm-passthrough",
                                                        "rng-random",
                                                        "scsi-generic",
                                                        "scsi-block",
                                                        "none",
                                                        "raw"});
constexpr auto keys = std::to_array<std::string_view>(
    {"driver", "qom-type", "host", "hostbus", "hostaddr", "hostport", "hostdevice", "vendorid",
     "productid", "sysfsdev", "evdev", "filename", "file", "path", "dev", "in.dev", "out.dev"});

bool is_one_of(const auto& list, std::string_view word) {
    return std::ranges::find(list, word) != list.end();
}

/// "" for what names nothing of the host.
std::string value_of(Mask& mask, std::string_view key, const std::string& value) {
    if (!is_one_of(keys, key)) return "";
    if (value.starts_with('/')) return mask.places.path(value);
    if (key == "driver" || key == "qom-type") return is_one_of(kinds, value) ? value : "";
    if (is_pci_address(value)) return value;
    if (key == "in.dev" || key == "out.dev")
        return value.starts_with("hw:") && consists_of(value.substr(3), "0123456789,") ? value : "";
    const bool number = key.starts_with("host") || key.ends_with("id");
    return number && has_form(value, Form::numbers) && value.size() <= 16 ? value : "";
}

/// A comma within a value is doubled.
std::vector<std::string> pairs_of(const std::string& text) {
    std::vector<std::string> pairs(1);
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == ',' && text.compare(i, 2, ",,") != 0)
            pairs.emplace_back();
        else
            pairs.back() += text[i == text.size() - 1 ? i : text[i] == ',' ? i++ : i];
    }
    return pairs;
}

std::string plain_argument(Mask& mask, const std::string& text) {
    std::string kept;
    bool names_something = false;
    for (const std::string& pair : pairs_of(text)) {
        const auto equals = pair.find('=');
        const std::string key = pair.substr(0, equals);
        std::string made;
        if (equals == pair.npos) {
            made = is_one_of(kinds, pair)  ? pair
                   : pair.starts_with('/') ? mask.places.path(pair)
                   : pair.starts_with("host:") && has_form(pair.substr(5), Form::numbers) ? pair
                                                                                          : "";
            names_something = names_something || pair.starts_with('/') || pair.starts_with("host:");
        } else {
            const std::string value = value_of(mask, key, pair.substr(equals + 1));
            if (!value.empty()) made = key + "=" + value;
            names_something = names_something || (!value.empty() && key != "driver");
        }
        if (!made.empty()) kept += (kept.empty() ? "" : ",") + made;
    }
    return names_something ? kept : "";
}

/// QEMU takes objects in objects; only the outermost names what a device is.
std::string json_argument(Mask& mask, const std::string& text) {
    const auto given = nlohmann::json::parse(text, nullptr, false);
    if (!given.is_object()) return "";
    nlohmann::ordered_json kept = nlohmann::ordered_json::object();
    bool names_something = false;
    for (const auto& [key, value] : given.items()) {
        const std::string plain = value.is_string() ? value.get<std::string>()
                                  : value.is_number_unsigned()
                                      ? std::to_string(value.get<std::uint64_t>())
                                      : "";
        const std::string made = value_of(mask, key, plain);
        if (made.empty()) continue;
        if (value.is_string())
            kept[key] = made;
        else
            kept[key] = value.get<std::uint64_t>();
        names_something = names_something || (key != "driver" && key != "qom-type");
    }
    return names_something ? kept.dump() : "";
}

/// Deep JSON would need a deep stack.
bool is_nested_deeply(const std::string& text) {
    constexpr int deepest = 32;
    int depth = 0;
    for (const char c : text) {
        depth += c == '{' || c == '[' ? 1 : c == '}' || c == ']' ? -1 : 0;
        if (depth > deepest) return true;
    }
    return false;
}

}  // namespace

std::vector<std::string> guest_arguments(Mask& mask, const std::vector<std::string>& arguments) {
    std::vector<std::string> kept;
    for (std::size_t i = 0; i + 1 < arguments.size(); ++i) {
        // QEMU takes "--device" for "-device".
        const std::string option =
            arguments[i].starts_with("--") ? arguments[i].substr(1) : arguments[i];
        const std::string& value = arguments[i + 1];
        if (!is_one_of(options, option) || value.size() > longest_argument) continue;
        ++i;
        const auto first = value.find_first_not_of(" \t\n");
        const bool json = first != value.npos && value[first] == '{' && !is_nested_deeply(value);
        const std::string made = json ? json_argument(mask, value) : plain_argument(mask, value);
        if (made.empty()) continue;
        kept.push_back(option);
        kept.push_back(made);
    }
    return kept;
}

}  // namespace ctrlpass
