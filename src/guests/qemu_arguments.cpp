// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/guests/qemu_arguments.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>

#include "iommu/number.hpp"

namespace ctrlpass {

namespace {

using Properties = std::vector<std::pair<std::string, std::string>>;

constexpr std::size_t longest_value = 64U << 10U;
constexpr std::size_t longest_shown = 120;
constexpr int deepest_value = 8;

/// KEY=VALUE with commas between, a doubled comma standing for one; the first may have no key.
Properties key_values(const std::string& text) {
    Properties properties;
    std::string word;
    const auto end_word = [&] {
        const auto equals = word.find('=');
        const bool implied = equals == word.npos;
        // Of a later word without a value the key is a switch: "multifunction".
        if (implied && !properties.empty())
            properties.emplace_back(word, "on");
        else
            properties.emplace_back(implied ? "" : word.substr(0, equals),
                                    implied ? word : word.substr(equals + 1));
        word.clear();
    };
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != ',') {
            word += text[i];
        } else if (i + 1 < text.size() && text[i + 1] == ',') {
            word += ',';
            ++i;
        } else {
            end_word();
        }
    }
    end_word();
    return properties;
}

/// {"file": {"filename": "/dev/sdb"}} is file.filename=/dev/sdb.
void flatten(const nlohmann::json& value, const std::string& key, int depth, Properties& found) {
    if (depth == 0) return;
    if (value.is_string()) {
        found.emplace_back(key, value.get<std::string>());
    } else if (value.is_number_unsigned()) {
        found.emplace_back(key, std::to_string(value.get<std::uint64_t>()));
    } else if (value.is_object() || value.is_array()) {
        for (const auto& [name, inner] : value.items())
            flatten(inner, key.empty() ? name : key + "." + name, depth - 1, found);
    }
}

/// QEMU takes single quotes in JSON as well.
Properties json_values(std::string text) {
    auto value = nlohmann::json::parse(text, nullptr, false);
    if (value.is_discarded()) {
        std::ranges::replace(text, '\'', '"');
        value = nlohmann::json::parse(text, nullptr, false);
    }
    Properties properties;
    if (!value.is_discarded()) flatten(value, "", deepest_value, properties);
    return properties;
}

Properties properties_of(std::string value) {
    if (value.size() > longest_value) value.resize(longest_value);
    if (value.starts_with("json:")) value.erase(0, 5);
    return value.starts_with('{') ? json_values(value) : key_values(value);
}

std::string value_of(const Properties& properties, std::string_view key) {
    std::string value;
    for (const auto& [name, text] : properties)
        if (name == key) value = text;
    return value;
}

/// Decimal, 0x… or octal, as strtoul reads it; what is only right as hexadecimal is taken for that.
std::optional<unsigned> qemu_number(std::string_view text) {
    if (text.starts_with("0x") || text.starts_with("0X"))
        return number_in<unsigned>(text.substr(2), 16);
    if (text.size() > 1 && text.starts_with('0'))
        if (const auto octal = number_in<unsigned>(text, 8)) return octal;
    if (const auto decimal = number_in<unsigned>(text); decimal && !text.starts_with('0'))
        return decimal;
    return number_in<unsigned>(text, 16);
}

/// 0 means any, as if it were not there.
std::optional<unsigned> number_of(const Properties& properties, std::string_view key) {
    const auto number = qemu_number(value_of(properties, key));
    return number && *number != 0 ? number : std::nullopt;
}

class Arguments {
  public:
    void read(const std::vector<std::string>& arguments) {
        for (std::size_t i = 0; i < arguments.size(); ++i) {
            std::string_view option = arguments[i];
            if (!option.starts_with('-')) continue;
            option.remove_prefix(option.starts_with("--") ? 2 : 1);
            const bool has_value = i + 1 < arguments.size() && !arguments[i + 1].starts_with('-');
            if (has_value) read_option(std::string(option), arguments[++i]);
        }
    }

    void read_variable(const std::string& name, const std::string& value) {
        how_ = "qemu:env, " + name;
        for (const std::string& node : nodes_in(value)) add_node(node);
        if (name.starts_with("QEMU_ALSA_"))
            if (const auto card = alsa_card(value)) add_card(*card);
    }

    std::vector<Named> found;

  private:
    void read_option(const std::string& option, const std::string& value) {
        how_ = "qemu:commandline, -" + option + " " +
               (value.size() > longest_shown ? value.substr(0, longest_shown) + "…" : value);
        if (option == "usbdevice") return read_usbdevice(value);
        if (option == "readconfig") {
            found.push_back({how_, "-readconfig " + value, Anything{}, false, false, {}});
            return;
        }
        const Properties properties = properties_of(value);
        std::string driver = value_of(properties, "driver");
        if (driver.empty()) driver = value_of(properties, "");
        if (option == "device" && driver == "usb-host") return read_usb_host(properties);
        for (const auto& [key, text] : properties) read_property(option, driver, key, text);
    }

    void read_property(const std::string& option, const std::string& driver, const std::string& key,
                       const std::string& value) {
        const bool vfio = driver.starts_with("vfio-") || driver == "pci-assign" ||
                          driver == "kvm-pci-assign" || option == "pcidevice";
        // -global vfio-pci.host=02:00.0
        const bool global = option == "global" && key.starts_with("vfio-pci");
        // driver=nvme,device=0000:02:00.0,namespace=1; file=nvme://0000:02:00.0/1
        constexpr std::string_view nvme = "nvme://";
        if (value.starts_with(nvme))
            if (const auto address = parse_qemu_address(
                    value.substr(nvme.size(), value.find('/', nvme.size()) - nvme.size())))
                return add_function(*address);
        // -set device.hostdev0.host=02:00.0
        const bool set = option == "set" && key.starts_with("device.");
        const auto last = key.substr(key.rfind('.') + 1);
        const bool disk = (option == "drive" || option == "blockdev") && last == "device";
        if ((vfio && key == "host") || ((set || global) && last == "host") || disk) {
            if (const auto address = parse_qemu_address(value)) add_function(*address);
        } else if (last == "sysfsdev") {
            add_sysfs(value);
        } else if (option.starts_with("audio") && last.ends_with("dev")) {
            if (const auto card = alsa_card(value)) add_card(*card);
        }
        if (value.starts_with("json:")) {
            for (const auto& [inner, text] : properties_of(value))
                for (const std::string& node : nodes_in(text)) add_node(node);
            return;
        }
        for (const std::string& node : nodes_in(value)) add_node(node);
    }

    /// QEMU looks again and again for a device that is not there, unless it is told which one by
    /// its number alone or by its node (hw/usb/host-libusb.c).
    void read_usb_host(const Properties& properties) {
        if (const std::string node = value_of(properties, "hostdevice"); !node.empty())
            return add_node(node);
        UsbMatch match;
        match.vendor = number_of(properties, "vendorid");
        match.product = number_of(properties, "productid");
        match.bus = number_of(properties, "hostbus");
        match.device = number_of(properties, "hostaddr");
        match.port = value_of(properties, "hostport");
        const bool by_number =
            match.bus && match.device && !match.vendor && !match.product && match.port.empty();
        found.push_back({how_, usb_text(match), match, !by_number, false, {}});
    }

    /// host:BUS.DEVICE, host:VENDOR:PRODUCT, of QEMU before 3.0.
    void read_usbdevice(std::string value) {
        constexpr std::string_view host = "host:";
        if (!value.starts_with(host)) {
            for (const std::string& node : nodes_in(value)) add_node(node);
            return;
        }
        value.erase(0, host.size());
        UsbMatch match;
        const bool automatic = value.starts_with("auto:");
        if (automatic) value.erase(0, 5);
        const auto dot = value.find('.');
        const auto colon = value.find(':');
        if (dot != value.npos) {
            const auto device =
                value.substr(dot + 1, colon == value.npos ? colon : colon - dot - 1);
            match.bus = number_in<unsigned>(value.substr(0, dot));
            match.device = number_in<unsigned>(device);
        } else if (colon != value.npos) {
            match.vendor = number_in<unsigned>(value.substr(0, colon), 16);
            match.product = number_in<unsigned>(value.substr(colon + 1), 16);
        }
        if (!match.bus && !match.vendor && !automatic) return;
        found.push_back({how_, usb_text(match), match, automatic, false, {}});
    }

    /// /sys/bus/pci/devices/0000:02:00.0, /sys/bus/mdev/devices/UUID.
    void add_sysfs(const std::string& path) {
        std::string name = path;
        while (name.ends_with('/')) name.pop_back();
        name.erase(0, name.rfind('/') + 1);
        if (const auto address = parse_address(name))
            add_function(*address);
        else
            found.push_back({how_,
                             "mediated device " + name,
                             DeviceName{DeviceName::Kind::mdev, name},
                             false,
                             false,
                             {}});
    }

    void add_function(const PciAddress& address) {
        found.push_back({how_, to_string(address), address, false, false, {}});
    }
    void add_node(const std::string& node) {
        found.push_back({how_, node, DeviceName{DeviceName::Kind::node, node}, false, false, {}});
    }
    /// Without its sound card a guest is silent, no more.
    void add_card(const std::string& card) {
        found.push_back({how_,
                         "sound card " + card,
                         DeviceName{DeviceName::Kind::card, card},
                         true,
                         false,
                         {}});
    }

    std::string how_;
};

}  // namespace

std::vector<Named> named_by_arguments(const std::vector<std::string>& arguments) {
    Arguments reader;
    reader.read(arguments);
    return std::move(reader.found);
}

std::vector<Named> named_by_environment(
    const std::vector<std::pair<std::string, std::string>>& variables) {
    Arguments reader;
    for (const auto& [name, value] : variables) reader.read_variable(name, value);
    return std::move(reader.found);
}

std::optional<PciAddress> parse_qemu_address(std::string_view text) {
    std::vector<unsigned> parts;
    const auto dot = text.rfind('.');
    if (dot == text.npos) return std::nullopt;
    std::string_view rest = text.substr(0, dot);
    const auto add = [&](std::string_view part) {
        if (part.starts_with("0x") || part.starts_with("0X")) part.remove_prefix(2);
        const auto number = number_in<unsigned>(part, 16);
        if (number) parts.push_back(*number);
        return number.has_value();
    };
    while (true) {
        const auto colon = std::min(rest.find(':'), rest.size());
        if (!add(rest.substr(0, colon))) return std::nullopt;
        if (colon == rest.size()) break;
        rest.remove_prefix(colon + 1);
    }
    if (!add(text.substr(dot + 1))) return std::nullopt;
    if (parts.size() == 3) parts.insert(parts.begin(), 0);
    if (parts.size() != 4 || parts[1] > 0xff || parts[2] > 0x1f || parts[3] > 7)
        return std::nullopt;
    return PciAddress{parts[0], static_cast<std::uint8_t>(parts[1]),
                      static_cast<std::uint8_t>(parts[2]), static_cast<std::uint8_t>(parts[3])};
}

std::optional<std::string> alsa_card(const std::string& device) {
    const auto colon = device.find(':');
    if (colon == device.npos) return std::nullopt;
    const std::string plugin = device.substr(0, colon);
    constexpr std::array known{"hw", "plughw", "sysdefault", "front", "dmix", "dsnoop", "iec958"};
    if (std::ranges::find(known, plugin) == known.end()) return std::nullopt;
    std::string rest = device.substr(colon + 1);
    if (const auto at = rest.find("CARD="); at != rest.npos) rest.erase(0, at + 5);
    rest.erase(std::min(rest.find(','), rest.size()));
    return rest.empty() ? std::nullopt : std::optional(rest);
}

std::vector<std::string> nodes_in(const std::string& text) {
    constexpr std::string_view start = "/dev/";
    std::vector<std::string> nodes;
    for (auto at = text.find(start); at != text.npos; at = text.find(start, at + 1)) {
        if (at > 0 && std::string_view(":=\"' ,").find(text[at - 1]) == std::string_view::npos)
            continue;
        // A comma may be part of a name, where it does not end a property.
        const auto end = std::min(text.find_first_of("\"' \t\n}", at), text.size());
        nodes.push_back(text.substr(at, end - at));
    }
    return nodes;
}

}  // namespace ctrlpass
