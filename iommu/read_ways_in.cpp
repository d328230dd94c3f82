// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/read_ways_in.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <set>
#include <string_view>

#include "iommu/ascii.hpp"
#include "iommu/lines.hpp"
#include "iommu/number.hpp"
#include "iommu/passphrase.hpp"
#include "iommu/usb_above.hpp"
#include "iommu/virtual_inputs.hpp"

namespace ctrlpass {

namespace {

constexpr unsigned ssh_port = 22;

class SshConfig {
  public:
    explicit SshConfig(const Root& root) : root_(root) {}

    SshPorts read() {
        const auto main = root_.read("etc/ssh/sshd_config");
        note(main);
        take(main);
        each("etc/ssh/sshd_config.d", [&](const auto& text) { take(text); });
        for (const char* const unit : {"ssh.socket.d", "sshd.socket.d"})
            each("etc/systemd/system/" + std::string(unit),
                 [&](const auto& text) { take_socket(text); });
        if (ports_.empty()) ports_.insert(ssh_port);
        return {{ports_.begin(), ports_.end()}, readable_};
    }

  private:
    void note(const Result<std::string>& text) {
        if (!text && text.error().trouble == Trouble::denied) readable_ = false;
    }

    template <typename Take>
    void each(const std::string& directory, Take take) {
        const auto names = root_.list(directory);
        if (!names && names.error().trouble == Trouble::denied) readable_ = false;
        if (!names) return;
        for (const std::string& name : *names) {
            if (!name.ends_with(".conf")) continue;
            const auto text = root_.read(directory + "/" + name);
            note(text);
            take(text);
        }
    }

    void take(const Result<std::string>& text) {
        for (std::string line : lines_of(text.value_or(""))) {
            std::ranges::replace(line, '=', ' ');  // "Port=22" is allowed, too
            const auto words = fields_of(line);
            if (words.size() < 2) continue;
            const std::string key = lower(words[0]);
            const bool address = key == "listenaddress" && words[1].find(':') != words[1].npos;
            if (key == "port" || address) insert(words[1]);
        }
    }

    void take_socket(const Result<std::string>& text) {
        constexpr std::string_view key = "ListenStream=";
        for (const std::string& line : lines_of(text.value_or("")))
            if (line.starts_with(key) && line.size() > key.size()) insert(line.substr(key.size()));
    }

    void insert(const std::string& text) {
        if (const auto port = ssh_port_in(text)) ports_.insert(*port);
    }

    const Root& root_;
    std::set<unsigned> ports_;
    bool readable_ = true;
};

/// Ports on which something listens that others can reach.
void add_listening(const Result<std::string>& table, std::set<unsigned>& ports) {
    constexpr std::string_view listening = "0A";
    for (const std::string& line : lines_of(table.value_or(""))) {
        const auto fields = fields_of(line);
        if (fields.size() < 4 || fields[3] != listening) continue;
        const auto colon = fields[1].find(':');
        if (colon == std::string::npos || is_loopback(fields[1].substr(0, colon))) continue;
        if (const auto port = number_in<unsigned>(fields[1].substr(colon + 1), 16))
            ports.insert(*port);
    }
}

void read_ssh(const Root& root, WaysIn& ways) {
    const auto four = root.read("proc/net/tcp", longest_table);
    const auto six = root.read("proc/net/tcp6", longest_table);
    const SshPorts ssh = read_ssh_ports(root);
    std::set<unsigned> listening;
    add_listening(four, listening);
    add_listening(six, listening);
    std::ranges::set_intersection(ssh.ports, listening, std::back_inserter(ways.ssh_ports));
    ways.needs_root = !ssh.readable;
    ways.ssh_known = ssh.readable && (four || six);
}

/// "tty1" is a screen with a keyboard.
bool is_serial(const std::string& tty) {
    constexpr std::string_view screen = "tty";
    const bool is_screen = tty.starts_with(screen) && tty.size() > screen.size() &&
                           tty.find_first_not_of("0123456789", screen.size()) == tty.npos;
    return !is_screen && !tty.starts_with("ttynull") && !tty.starts_with("ttyprintk");
}

void read_consoles(const Root& root, WaysIn& ways) {
    std::set<std::string> names;
    const std::string home = "sys/class/tty/";
    for (const auto& name : fields_of(root.attribute(home + "console/active").value_or("")))
        if (is_serial(name)) names.insert(name);
    // serial-getty@ttyS0.service. A port of type 0 has no chip behind it.
    constexpr std::string_view login = "serial-getty@";
    for (const std::string& unit : root.names("etc/systemd/system/getty.target.wants")) {
        if (!unit.starts_with(login)) continue;
        const std::string name = unit.substr(login.size(), unit.rfind('.') - login.size());
        if (name.find('/') == name.npos && root.attribute(home + name + "/type") != "0")
            names.insert(name);
    }
    for (const std::string& name : names)
        if (auto sysfs = root.resolve(home + name)) ways.consoles.push_back({name, *sysfs});
}

bool is_up(const Root& root, const std::string& link) {
    const auto state = root.attribute(link + "/operstate");
    if (state != "unknown") return state == "up";
    // Drivers that tell nothing of their cable: is it at least switched on?
    const std::string flags = root.attribute(link + "/flags").value_or("");
    const auto bits = number_in<unsigned>(std::string_view(flags).substr(flags.find('x') + 1), 16);
    return bits && (*bits & 1U) != 0;
}

void read_links(const Root& root, WaysIn& ways) {
    const std::string home = "sys/class/net/";
    for (const std::string& name : root.names(home)) {
        const auto sysfs = root.resolve(home + name);
        if (!sysfs || sysfs->starts_with("sys/devices/virtual/") || !is_up(root, *sysfs)) continue;
        const auto usb = usb_id_above(root, *sysfs);
        if (!usb || kind_of_virtual_input(*usb).empty()) ways.links.push_back({name, *sysfs});
    }
}

}  // namespace

bool is_loopback(std::string_view address) {
    constexpr bool little = std::endian::native == std::endian::little;
    const auto words = address.size() / 8;
    const auto word = [&](std::size_t i) { return address.substr(i * 8, 8); };
    const auto is_127 = [&](std::string_view four) {
        return little ? four.ends_with("7F") : four.starts_with("7F");
    };
    if (words == 1) return is_127(address);
    if (words != 4 || word(0) != "00000000" || word(1) != "00000000") return false;
    const std::string_view mapped = little ? "FFFF0000" : "0000FFFF";
    const std::string_view one = little ? "01000000" : "00000001";
    return (word(2) == mapped && is_127(word(3))) || (word(2) == "00000000" && word(3) == one);
}

std::optional<unsigned> ssh_port_in(std::string_view text) {
    const auto colon = text.rfind(':');
    if (colon != text.npos && text.find(']') == text.npos && text.find(':') != colon)
        return std::nullopt;  // an IPv6 address without a port
    if (colon != text.npos) text.remove_prefix(colon + 1);
    const auto port = number_in<std::uint16_t>(text);
    return port ? std::optional<unsigned>(*port) : std::nullopt;
}

SshPorts read_ssh_ports(const Root& root) { return SshConfig(root).read(); }

WaysIn read_ways_in(const Root& root, const std::string& command_line) {
    WaysIn ways;
    read_consoles(root, ways);
    read_ssh(root, ways);
    read_links(root, ways);
    ways.asks_passphrase = asks_for_passphrase(root, command_line);
    return ways;
}

}  // namespace ctrlpass
