// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/capture/guest_arguments.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>

#include "src/capture/forms.hpp"
#include "src/guests/qemu_arguments.hpp"

namespace ctrlpass {

namespace {

constexpr std::size_t longest_argument = 65536;

constexpr auto options = std::to_array<std::string_view>(
    {"-device",   "-object", "-drive",  "-blockdev",  "-chardev", "-audiodev", "-serial",
     "-parallel", "-hda",    "-hdb",    "-usbdevice", "-hdc",     "-hdd",      "-cdrom",
     "-fda",      "-fdb",    "-sd",     "-mtdblock",  "-pflash",  "-netdev",   "-net",
     "-nic",      "-fsdev",  "-virtfs", "-tpmdev",    "-set",     "-global",   "-pcidevice",
     "-kernel",   "-initrd", "-dtb",    "-mem-path",  "-monitor", "-qmp",      "-debugcon"});
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

/// Nodes are judged whatever key they stand behind: each becomes a pair of its own.
std::string nodes_of(Mask& mask, const std::string& value) {
    std::string kept;
    for (const std::string& node : nodes_in(value)) {
        std::string doubled;
        for (const char c : mask.places.path(node)) doubled += c == ',' ? ",," : std::string(1, c);
        kept += (kept.empty() ? "file=" : ",file=") + doubled;
    }
    return kept;
}

/// A function in the spelling of QEMU behind "host" or "device": "device.x.host=02:00.0".
std::string function_of(const std::string& option, const std::string& key,
                        const std::string& value) {
    if (!parse_qemu_address(value) || value.size() > 32) return "";
    const std::string last = key.substr(key.rfind('.') + 1);
    if (option == "-set" && key.starts_with("device.") && last == "host")
        return "device.x.host=" + value;
    if (option == "-global" && key.starts_with("vfio-pci") && last == "host")
        return "vfio-pci.host=" + value;
    const bool disk = option == "-drive" || option == "-blockdev";
    return disk && last == "device" ? "device=" + value : "";
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

std::string plain_argument(Mask& mask, const std::string& option, const std::string& text) {
    std::string kept;
    bool names_something = false;
    for (const std::string& pair : pairs_of(text)) {
        const auto equals = pair.find('=');
        const std::string key = pair.substr(0, equals);
        std::string made;
        if (equals == pair.npos) {
            made = is_one_of(kinds, pair)  ? pair
                   : pair.starts_with('/') ? mask.places.path(pair)
                   : pair.starts_with("host:") && has_form(pair.substr(5), Form::numbers)
                       ? pair
                       : nodes_of(mask, pair);
            names_something = names_something || made.starts_with('/') ||
                              made.starts_with("host:") || made.starts_with("file=");
        } else {
            const std::string given = pair.substr(equals + 1);
            const std::string value = value_of(mask, key, given);
            constexpr std::string_view nvme = "nvme://";
            if (!value.empty())
                made = key + "=" + value;
            else if (made = function_of(option, key, given); made.empty())
                made = nodes_of(mask, given);
            if (given.starts_with(nvme) &&
                is_pci_address(
                    given.substr(nvme.size(), given.find('/', nvme.size()) - nvme.size())))
                made = "file=" + given.substr(0, given.find('/', nvme.size()) + 1) + "1";
            names_something = names_something || (!made.empty() && key != "driver");
        }
        if (!made.empty()) kept += (kept.empty() ? "" : ",") + made;
    }
    return names_something ? kept : "";
}

/// Texts at any depth; is_nested_deeply has bounded that.
void collect_texts(const nlohmann::json& value, std::vector<std::string>& texts) {
    constexpr std::size_t most = 256;
    if (texts.size() >= most) return;
    if (value.is_string()) texts.push_back(value.get<std::string>());
    if (value.is_structured())
        for (const auto& inner : value) collect_texts(inner, texts);
}

/// QEMU takes objects in objects; the outermost names what a device is, the others nodes.
std::string json_argument(Mask& mask, const std::string& option, const std::string& text) {
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
        if (made.empty()) {
            std::vector<std::string> texts;
            collect_texts(value, texts);
            for (const std::string& inner : texts)
                for (const std::string& node : nodes_in(inner)) {
                    kept["filename" + std::to_string(kept.size())] = mask.places.path(node);
                    names_something = true;
                }
            if (!function_of(option, key, plain).empty()) {
                kept["device"] = plain;
                names_something = true;
            }
            continue;
        }
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
        if (!option.starts_with('-') || value.size() > longest_argument) continue;
        if (option == "-readconfig") {
            kept.push_back(option);
            kept.push_back(value.starts_with('/') ? mask.places.path(value)
                                                  : mask.names.name(value));
            ++i;
            continue;
        }
        // Others count only for the nodes that they name.
        if (!is_one_of(options, option)) {
            const std::string nodes = nodes_of(mask, value);
            if (nodes.empty()) continue;
            kept.push_back("-" + mask.names.name(option));
            kept.push_back(nodes);
            ++i;
            continue;
        }
        ++i;
        const auto first = value.find_first_not_of(" \t\n");
        const bool json = first != value.npos && value[first] == '{' && !is_nested_deeply(value);
        const std::string made =
            json ? json_argument(mask, option, value) : plain_argument(mask, option, value);
        if (made.empty()) continue;
        kept.push_back(option);
        kept.push_back(made);
    }
    return kept;
}

std::string guest_variable(Mask& mask, const std::string& value) {
    const auto card = alsa_card(value);
    if (card && consists_of(*card, "0123456789") && card->size() <= 4) return "hw:" + *card;
    if (card) return "hw:" + mask.names.name(*card);
    std::string kept;
    for (const std::string& node : nodes_in(value))
        kept += (kept.empty() ? "" : ":") + mask.places.path(node);
    return kept;
}

}  // namespace ctrlpass
