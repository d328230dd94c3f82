// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/script_facts.hpp"

#include <algorithm>
#include <array>

#include "iommu/ids_options.hpp"
#include "iommu/lines.hpp"
#include "iommu/number.hpp"

namespace ctrlpass {

namespace {

using namespace std::string_view_literals;

/// Files of sysfs, and commands that write to them: virsh, driverctl, dpdk-devbind.
constexpr std::array sure_verbs{"driver_override"sv, "new_id"sv,          "drivers_probe"sv,
                                "nodedev-detach"sv,  "nodedev-dettach"sv, "nodedev-reattach"sv,
                                "set-override"sv,    "unset-override"sv,  "dpdk-devbind"sv};
constexpr std::array words_verbs{"bind"sv, "unbind"sv};
constexpr std::size_t most_facts = 512;  // of one file and kind
constexpr std::size_t longest_line = 8192;

bool is_hex_digit(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
bool is_letter_or_digit(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_of_word(char c) { return is_letter_or_digit(c) || c == '_'; }

std::size_t hex_run(std::string_view text) {
    std::size_t length = 0;
    while (length < text.size() && is_hex_digit(text[length])) ++length;
    return length;
}

/// Without its comment: '#' at the begin of a word, outside quotes. "0000\:02\:00.0" without the
/// backslashes.
std::string code_of(std::string_view line) {
    std::string code;
    char quote = 0;
    for (const char c : line.substr(0, longest_line)) {
        const bool begins = code.empty() || code.back() == ' ' || code.back() == '\t' ||
                            code.back() == ';' || code.back() == '(';
        if (c == '#' && quote == 0 && begins) break;
        if (quote == 0 && (c == '"' || c == '\''))
            quote = c;
        else if (c == quote)
            quote = 0;
        if (c == ':' && code.ends_with('\\')) code.pop_back();
        code += c;
    }
    return code;
}

/// `modprobe [-OPTION…] MODULE … ids=VALUE`, with or without folders; the value goes out of the
/// code, for the kernel reads it in a way of its own.
class Loading {
  public:
    Loading(std::string& code, int number, ScriptFacts& facts)
        : code_(code), number_(number), facts_(facts) {}

    void read() {
        for (std::size_t at = 0; at < code_.size();) {
            const auto begin = code_.find_first_not_of(ends, at);
            if (begin == code_.npos) return;
            at = std::min(code_.find_first_of(ends, begin), code_.size());
            // A new command.
            if (code_.find_first_of(";|&`(", last_) < begin) driver_.clear(), loads_ = false;
            last_ = at;
            word(begin, at);
        }
    }

  private:
    static constexpr std::string_view ends = " \t\"';|&`";

    void word(std::size_t begin, std::size_t end) {
        const std::string text = code_.substr(begin, end - begin);
        // In a unit: "ExecStart=-modprobe".
        std::string name = text.substr(text.find_last_of("/=") + 1);
        name.erase(0, std::min(name.find_first_not_of("-+!@:"), name.size()));
        if (name == "modprobe" || name == "insmod") {
            loads_ = true;
            driver_.clear();
        } else if (loads_ && driver_.empty()) {
            driver_ = ids_driver_of(text);
        } else if (const IdsOption option{{}, driver_, {}};
                   loads_ && text.starts_with(key_of(option) + "=")) {
            take(begin + key_of(option).size() + 1, option);
        }
    }

    /// The value may stand in quotes of its own.
    void take(std::size_t begin, IdsOption option) {
        while (begin < code_.size() && (code_[begin] == '"' || code_[begin] == '\'')) ++begin;
        constexpr std::string_view known = "0123456789abcdefABCDEFxX:,.*()";
        const auto end = std::min(code_.find_first_not_of(known, begin), code_.size());
        option.value = code_.substr(begin, end - begin);
        // What a variable says is among the other facts, or is not known.
        if (option.value.empty()) {
            if (facts_.verbs.size() < most_facts) facts_.verbs.push_back({number_, "ids", true});
            return;
        }
        if (facts_.options.size() == most_facts)
            facts_.is_cut = true;
        else
            facts_.options.emplace_back(number_, std::move(option));
        std::fill(code_.begin() + static_cast<std::ptrdiff_t>(begin),
                  code_.begin() + static_cast<std::ptrdiff_t>(end), '_');
    }

    std::string& code_;
    int number_;
    ScriptFacts& facts_;
    bool loads_ = false;
    std::string driver_;
    std::size_t last_ = 0;
};

/// A line, looked through from its begin to its end.
class Line {
  public:
    Line(std::string_view code, int number, ScriptFacts& facts)
        : code_(code), number_(number), facts_(facts) {}

    void read() {
        for (std::size_t at = 0; at < code_.size();) {
            const std::size_t taken = is_hex_digit(code_[at]) && begins_word(at) ? hex_at(at) : 0;
            at += std::max<std::size_t>(taken, 1);
        }
        read_modalias();
        for (const std::string_view verb : sure_verbs) read_verb(verb, true);
        for (const std::string_view verb : words_verbs) read_verb(verb, false);
        read_paths();
        facts_.vfio = facts_.vfio || code_.find("vfio-pci") != code_.npos ||
                      code_.find("vfio_pci") != code_.npos;
    }

  private:
    template <typename Value>
    void keep(std::vector<Value>& values, Value value) {
        if (values.size() < most_facts)
            values.push_back(std::move(value));
        else
            facts_.is_cut = true;
    }

    bool begins_word(std::size_t at) const {
        return at == 0 || (!is_letter_or_digit(code_[at - 1]) && code_[at - 1] != ':');
    }
    bool ends_word(std::size_t at) const {
        return at >= code_.size() || !is_letter_or_digit(code_[at]);
    }

    /// What begins with hexadecimal digits here; its length, 0 for nothing.
    std::size_t hex_at(std::size_t at) {
        const std::string_view rest = code_.substr(at);
        if (const std::size_t length = address_in(rest)) return length;
        const std::size_t run = hex_run(rest);
        if (run == 1 && rest.size() > 1 && rest[0] == '0' && (rest[1] == 'x' || rest[1] == 'X')) {
            const std::size_t digits = hex_run(rest.substr(2));
            const auto number = number_in<std::uint16_t>(rest.substr(2, digits), 16);
            if (digits == 4 && number) keep(facts_.numbers, {number_, *number});
            return digits + 2;
        }
        if (run != 4 || rest.size() < 9) return run;
        const auto second = rest[4] == ':' ? 5 : rest.find_first_not_of(" \t", 4);
        const bool separated = rest[4] == ':' || rest[4] == ' ' || rest[4] == '\t';
        if (!separated || second == rest.npos || hex_run(rest.substr(second)) != 4 ||
            !ends_word(at + second + 4))
            return run;
        const auto id =
            parse_id(std::string(rest.substr(0, 4)) + ":" + std::string(rest.substr(second, 4)));
        if (id) keep(facts_.ids, {number_, *id});
        return second + 4;
    }

    /// "0000:02:00.0", "02:00.0", "0000_02_00_0"; with a pattern or a list in place of the last
    /// digit ("02:00.*", "02:00.{0,1}") every function of the slot.
    std::size_t address_in(std::string_view rest) {
        const std::size_t run = hex_run(rest);
        const bool whole = run >= 4 && run <= 8;
        if ((!whole && run != 2) || rest.size() <= run) return 0;
        const char separator = rest[run];
        if (separator != ':' && (separator != '_' || !whole)) return 0;
        const std::size_t bus = whole ? run + 1 : 0;
        const std::size_t last = bus + 6;
        const char before_last = separator == ':' ? '.' : '_';
        if (rest.size() <= last || rest[bus + 2] != separator || rest[bus + 5] != before_last)
            return 0;
        const std::string slot = (whole ? std::string(rest.substr(0, run)) : "0000") + ":" +
                                 std::string(rest.substr(bus, 2)) + ":" +
                                 std::string(rest.substr(bus + 3, 2)) + ".";
        const char digit = rest[last];
        if (digit == '*' || digit == '{' || digit == '[' || digit == '?' || digit == '$') {
            for (char function = '0'; function <= '7'; ++function)
                if (const auto address = parse_address(slot + function))
                    keep(facts_.addresses, {number_, *address});
            return last + 1;
        }
        const auto address = parse_address(slot + digit);
        if (!address || (rest.size() > last + 1 && is_letter_or_digit(rest[last + 1]))) return 0;
        keep(facts_.addresses, {number_, *address});
        return last + 1;
    }

    /// "pci:v00001B21d00002142sv*".
    void read_modalias() {
        for (auto at = code_.find("v0000"); at != code_.npos; at = code_.find("v0000", at + 1)) {
            const std::string_view rest = code_.substr(at);
            if (rest.size() < 18 || rest.substr(9, 5) != "d0000") continue;
            const auto id =
                parse_id(std::string(rest.substr(5, 4)) + ":" + std::string(rest.substr(14, 4)));
            if (id) keep(facts_.ids, {number_, *id});
        }
    }

    void read_verb(std::string_view verb, bool sure) {
        for (auto at = code_.find(verb); at != code_.npos; at = code_.find(verb, at + 1)) {
            const char before = at == 0 ? ' ' : code_[at - 1];
            const std::size_t end = at + verb.size();
            if (is_of_word(before) || (end < code_.size() && is_of_word(code_[end]))) continue;
            const bool file = before == '/' && (end == code_.size() || code_[end] != '/') &&
                              (end == code_.size() || code_[end] != '-') &&
                              (end == code_.size() || code_[end] != '.');
            // mount --bind is about something else.
            if (!sure && !file && code_.find("mount") != code_.npos) continue;
            keep(facts_.verbs, {number_, std::string(verb), sure || file});
            return;
        }
    }

    /// What may be a script: not what is in /sys, /proc, /dev and /run.
    void read_paths() {
        constexpr std::array roots{"/etc/"sv,  "/usr/"sv, "/opt/"sv,  "/root/"sv,
                                   "/home/"sv, "/srv/"sv, "/var/"sv,  "/lib/"sv,
                                   "/sbin/"sv, "/bin/"sv, "/boot/"sv, "/mnt/"sv};
        for (auto at = code_.find('/'); at != code_.npos; at = code_.find('/', at)) {
            const std::size_t end =
                std::min(code_.find_first_of(" \t\"'`;|&<>(){}$,*?:#=", at), code_.size());
            const bool begins =
                at == 0 || !(is_of_word(code_[at - 1]) || code_[at - 1] == '}' ||
                             code_[at - 1] == '.' || code_[at - 1] == '~' || code_[at - 1] == '$');
            const std::string_view path = code_.substr(at, end - at);
            const bool known = std::ranges::any_of(
                roots, [&](std::string_view root) { return path.starts_with(root); });
            // A path that goes on with a variable is not known.
            const bool whole = end == code_.size() || code_[end] != '$';
            if (begins && known && whole && !path.ends_with('/') && path.size() < 256 &&
                path.find("/../") == path.npos)
                keep(facts_.paths, {number_, std::string(path)});
            at = std::max(end, at + 1);
            if (at >= code_.size()) return;
        }
    }

    std::string_view code_;
    int number_;
    ScriptFacts& facts_;
};

std::string number_text(std::uint16_t number) {
    return "0x" + to_string(PciId{number, 0}).substr(0, 4);
}

}  // namespace

bool ScriptFacts::is_sure() const {
    return std::ranges::any_of(verbs, [](const Verb& verb) { return verb.sure; });
}

bool ScriptFacts::names_any() const {
    return !addresses.empty() || !ids.empty() || !options.empty();
}

ScriptFacts script_facts(std::string_view text) {
    ScriptFacts facts;
    int number = 0;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        std::string code = code_of(text.substr(0, end));
        facts.is_cut = facts.is_cut || (end > longest_line && code.size() >= longest_line - 1);
        ++number;
        Loading(code, number, facts).read();
        Line(code, number, facts).read();
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return facts;
}

std::optional<int> line_of_address(const ScriptFacts& facts, const PciAddress& address) {
    for (const auto& [line, named] : facts.addresses)
        if (named == address) return line;
    return std::nullopt;
}

std::optional<int> line_of_id(const ScriptFacts& facts, const PciId& id) {
    for (const auto& [line, named] : facts.ids)
        if (named == id) return line;
    std::optional<int> vendor;
    std::optional<int> device;
    for (const auto& [line, number] : facts.numbers) {
        if (number == id.vendor && !vendor) vendor = line;
        if (number == id.device && !device) device = line;
    }
    return vendor && device ? device : std::nullopt;
}

std::optional<std::pair<int, IdsOption>> option_for(const ScriptFacts& facts,
                                                    const Function& function) {
    for (const auto& option : facts.options)
        if (!taken_by(option.second, function).empty()) return option;
    return std::nullopt;
}

std::string only_facts(std::string_view text) {
    const ScriptFacts facts = script_facts(text);
    std::vector<std::string> lines(static_cast<std::size_t>(std::ranges::count(text, '\n')) + 1);
    const auto add = [&](int line, const std::string& word) {
        std::string& kept = lines[static_cast<std::size_t>(line - 1)];
        kept += (kept.empty() ? "" : " ; ") + word;
    };
    for (const auto& [line, address] : facts.addresses) add(line, to_string(address));
    for (const auto& [line, id] : facts.ids) add(line, to_string(id));
    for (const auto& [line, number] : facts.numbers) add(line, number_text(number));
    for (const auto& [line, option] : facts.options)
        add(line, "modprobe " + option.driver + " " + key_of(option) + "=" + option.value);
    for (const ScriptFacts::Verb& verb : facts.verbs)
        add(verb.line,
            verb.word == "ids" ? "modprobe vfio-pci ids=$" : (verb.sure ? "/" : "") + verb.word);
    for (const auto& [line, path] : facts.paths) add(line, path);
    std::string kept;
    for (const std::string& line : lines) kept += line + "\n";
    if (facts.vfio) kept += "vfio-pci\n";
    return kept;
}

bool may_have_facts(std::string_view text) {
    // Or it runs what is no program of the distribution.
    constexpr std::array hints{
        "driver_override"sv, "new_id"sv,      "bind"sv,  "nodedev-"sv, "set-override"sv,
        "drivers_probe"sv,   "/usr/local/"sv, "/opt/"sv, "/root/"sv,   "/home/"sv,
        "=/etc/"sv,          "ids="sv,        "hide="sv};
    if (std::ranges::any_of(hints,
                            [&](std::string_view hint) { return text.find(hint) != text.npos; }))
        return true;
    // "02:00.0"
    for (auto dot = text.find('.'); dot != text.npos; dot = text.find('.', dot + 1))
        if (dot >= 5 && dot + 1 < text.size() && text[dot - 3] == ':' &&
            is_hex_digit(text[dot - 1]) && is_hex_digit(text[dot - 2]))
            return true;
    return false;
}

}  // namespace ctrlpass
