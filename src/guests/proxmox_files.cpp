// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/guests/proxmox_files.hpp"

#include <algorithm>
#include <array>

#include "iommu/lines.hpp"
#include "iommu/number.hpp"
#include "iommu/unit_files.hpp"
#include "src/guests/qemu_arguments.hpp"
#include "src/render/text.hpp"

namespace ctrlpass {

namespace {

constexpr std::size_t longest_guest_file = 1U << 20U;
constexpr std::size_t most_guests = 1024;
constexpr std::size_t most_things = 256;

/// "hostpci" of "hostpci0".
std::string_view without_number(std::string_view key) {
    const auto end = key.find_last_not_of("0123456789");
    return key.substr(0, end == key.npos ? 0 : end + 1);
}

/// The value of a key among "host=03:00,pcie=1"; the first part may stand without one.
std::string option_in(const std::vector<std::string>& parts, std::string_view key, bool first) {
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const auto equals = parts[i].find('=');
        if (equals == std::string::npos) {
            if (first && i == 0) return parts[i];
        } else if (std::string_view(parts[i]).substr(0, equals) == key) {
            return parts[i].substr(equals + 1);
        }
    }
    return {};
}

class ProxmoxGuest {
  public:
    explicit ProxmoxGuest(Domain& domain) : domain_(domain) {}

    void read(const std::string& key, const std::string& value) {
        if (domain_.named.size() + domain_.defined.size() >= most_things) return;
        const std::string_view kind = without_number(key);
        how_ = key;
        const auto parts = parts_of(value, ',');
        if (kind == "hostpci") return read_functions(parts);
        if (kind == "usb") return read_usb(parts);
        if (key == "args") {
            for (Named& named : named_by_arguments(unit_words(value))) {
                named.how = "args: " +
                            named.how.substr(std::min(named.how.find(" -") + 1, named.how.size()));
                domain_.named.push_back(std::move(named));
            }
            return;
        }
        for (const std::string& part : parts)
            for (const std::string& node : nodes_in(part)) add(node, DeviceName::Kind::node);
    }

  private:
    /// "0000:03:00.0;03:00.1"; "03:00" is every function of the slot.
    void read_functions(const std::vector<std::string>& parts) {
        if (const auto mapping = option_in(parts, "mapping", false); !mapping.empty())
            return not_read("mapping=" + mapping);
        for (const std::string& text : parts_of(option_in(parts, "host", true), ';')) {
            if (text.find('.') != text.npos) {
                if (const auto address = parse_qemu_address(text)) add(*address);
                continue;
            }
            for (const char* const function : {".0", ".1", ".2", ".3", ".4", ".5", ".6", ".7"})
                if (const auto address = parse_qemu_address(text + function)) add(*address);
        }
    }

    /// "1-2.1", "046d:c52b", "spice". Without the device the guest starts all the same.
    void read_usb(const std::vector<std::string>& parts) {
        if (const auto mapping = option_in(parts, "mapping", false); !mapping.empty())
            return not_read("mapping=" + mapping);
        const std::string host = option_in(parts, "host", true);
        const auto hexadecimal = [](std::string text) {
            if (text.starts_with("0x")) text.erase(0, 2);
            return number_in<unsigned>(text, 16);
        };
        UsbMatch match;
        if (const auto colon = host.find(':'); colon != host.npos) {
            match.vendor = hexadecimal(host.substr(0, colon));
            match.product = hexadecimal(host.substr(colon + 1));
        } else if (const auto dash = host.find('-'); dash != host.npos) {
            match.bus = number_in<unsigned>(host.substr(0, dash));
            match.port = host.substr(dash + 1);
        }
        if (match != UsbMatch{})
            domain_.named.push_back({how_, usb_text(match), match, true, false, {}});
    }

    void add(const PciAddress& address) { domain_.defined.push_back({address, false, false, ""}); }
    void add(const std::string& name, DeviceName::Kind kind) {
        domain_.named.push_back({how_, name, DeviceName{kind, name}, false, false, {}});
    }
    void not_read(const std::string& what) {
        domain_.named.push_back({how_, what, Anything{}, false, false, {}});
    }

    Domain& domain_;
    std::string how_;
};

}  // namespace

Domain proxmox_guest(const std::string& number, const std::string& text) {
    Domain domain;
    domain.ref = {std::string(proxmox_uri), number, number};
    ProxmoxGuest guest(domain);
    for (const std::string& line : lines_of(text)) {
        if (line.starts_with('[')) break;
        const auto colon = line.find(':');
        if (line.starts_with('#') || colon == line.npos) continue;
        auto begin = line.find_first_not_of(" \t", colon + 1);
        guest.read(line.substr(0, colon), line.substr(std::min(begin, line.size())));
    }
    return domain;
}

Result<std::vector<Domain>> read_proxmox_guests(const Root& root) {
    std::vector<Domain> domains;
    // The first is a link to the second, of a capture and of old versions perhaps not.
    for (const std::string folder : {"etc/pve/qemu-server/", "etc/pve/local/qemu-server/"}) {
        const auto names = root.list(folder);
        if (!names && names.error().trouble == Trouble::denied)
            return std::unexpected(names.error());
        for (const std::string& name : names.value_or(std::vector<std::string>{})) {
            constexpr std::string_view end = ".conf";
            if (!name.ends_with(end) || domains.size() >= most_guests) continue;
            const std::string number = name.substr(0, name.size() - end.size());
            if (std::ranges::find(domains, number, [](const Domain& each) {
                    return each.ref.name;
                }) != domains.end())
                continue;
            const auto text = root.read_file(folder + name, longest_guest_file);
            if (!text && text.error().trouble == Trouble::denied)
                return std::unexpected(text.error());
            domains.push_back(proxmox_guest(number, text.value_or("")));
            if (!text)
                domains.back().named.push_back(
                    {"/" + folder + name, "the file", Anything{}, false, false, {}});
        }
    }
    return domains;
}

std::string edit_command(const DomainRef& domain) {
    const std::string name = shell_word(domain.name);
    return domain.uri == proxmox_uri ? "qm config " + name : "virsh edit " + name;
}

}  // namespace ctrlpass
