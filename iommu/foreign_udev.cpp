// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/foreign_udev.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "iommu/ids_options.hpp"

namespace ctrlpass {

namespace {

using namespace std::string_view_literals;

constexpr std::array events{"add"sv, "bind"sv, "change"sv, "online"sv};

/// "KERNEL", "RUN": without what stands in braces.
std::string_view key_word(const UdevToken& token) {
    return std::string_view(token.key).substr(0, token.key.find('{'));
}

bool runs_program(const UdevToken& token) {
    const auto word = key_word(token);
    return (word == "RUN" && token.key != "RUN{builtin}") || word == "PROGRAM" ||
           token.key == "IMPORT{program}";
}

bool starts_unit(const UdevToken& token) {
    return token.key == "ENV{SYSTEMD_WANTS}" && !token.compares();
}

/// A pattern that fits nearly everything says nothing about the function.
bool is_telling(const std::string& pattern) {
    constexpr std::ptrdiff_t least = 5;
    return std::ranges::count_if(pattern, [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
           }) >= least;
}

/// How a rule stands to the function.
struct Match {
    bool could = true;   ///< nothing known speaks against it
    bool means = false;  ///< it names the function, by a key or by what an earlier rule set
    bool by_id = false;
    bool all_known = true;  ///< every comparison was known
};

class Walk {
  public:
    Walk(ScriptFiles& files, const Function& function)
        : files_(files), function_(function), properties_(udev_properties(function)) {}

    void go_through(const UdevRuleFiles::File& file) {
        if (!is_worth_it(file.text)) return;
        path_ = "/" + file.path;
        std::string until;  // of a GOTO that is taken
        bool block = false;
        for (const UdevRule& rule : udev_rules(file.text)) {
            const auto tokens = udev_tokens(rule.text);
            if (const std::string label = value_of(tokens, "LABEL"); !label.empty()) {
                if (label == until) until.clear();
                block = false;
            }
            if (tokens.empty() || !until.empty()) continue;
            Match match = compare(tokens);
            if (const std::string target = value_of(tokens, "GOTO"); !target.empty()) {
                if (match.could && match.all_known) until = target;
                // "KERNEL!="0000:02:00.0", GOTO="end"": what follows is about this function.
                block = block || excludes_function(tokens);
            }
            match.means = match.means || (block && match.could);
            judge(rule, tokens, match);
        }
    }

    std::vector<ForeignRule> found;

  private:
    static std::string value_of(const std::vector<UdevToken>& tokens, std::string_view key) {
        for (const UdevToken& token : tokens)
            if (token.key == key && !token.compares()) return token.value;
        return {};
    }

    /// Cheap: most files are about other devices.
    bool is_worth_it(const std::string& text) const {
        constexpr std::array hints{"driver_override"sv, "new_id"sv,       "bind"sv,
                                   "nodedev-"sv,        "set-override"sv, "ids="sv};
        const auto has = [&](std::string_view part) { return text.find(part) != text.npos; };
        if (std::ranges::any_of(hints, has)) return true;
        if (!has("RUN") && !has("PROGRAM") && !has("SYSTEMD_WANTS") && !has("program") &&
            !has("TAG") && !has("ENV"))
            return false;
        const std::string address = to_string(function_.place.address);
        const std::string vendor = properties_.at("ATTR{vendor}");
        return has(address.substr(0, address.size() - 1)) || has(vendor) || has("PCI_") ||
               has("0x0c03") || has("pci:v") ||
               std::ranges::any_of(carried_, [&](const auto& one) { return has(one.second); });
    }

    Match compare(const std::vector<UdevToken>& tokens) const {
        Match match;
        for (const UdevToken& token : tokens) {
            if (!token.compares() || runs_program(token)) continue;
            const auto known = known_value(token);
            if (!known) {
                match.all_known = false;
                continue;
            }
            const bool fits = matches_any(token, *known);
            if (fits != (token.op == "==")) match.could = false;
            if (fits && token.op == "==" && is_about_function(token)) {
                match.means = true;
                if (token.key.find("vendor") != token.key.npos ||
                    token.key.find("device}") != token.key.npos || token.key == "ENV{PCI_ID}")
                    match.by_id = true;
            }
        }
        match.means = match.means && match.could;
        return match;
    }

    /// The values that the key could have; nothing where they are not known.
    std::optional<std::vector<std::string>> known_value(const UdevToken& token) const {
        if (token.key == "ACTION" || token.key == "ENV{ACTION}")
            return std::vector<std::string>(events.begin(), events.end());
        if (token.key == "TAG" || token.key == "TAGS") return carried("TAG");
        if (token.key == "KERNELS") return above();
        std::string key = token.key;
        if (key.starts_with("ATTRS{")) key.erase(4, 1);
        if (const auto property = properties_.find(key); property != properties_.end())
            return std::vector{property->second};
        if (key_word(token) == "ENV")
            if (auto values = carried(token.key); !values.empty()) return values;
        return std::nullopt;
    }

    static bool matches_any(const UdevToken& token, const std::vector<std::string>& values) {
        return std::ranges::any_of(values, [&](const std::string& value) {
            return matches_udev_pattern(token.value, value);
        });
    }

    /// Its own name and those of the bridges above it.
    std::vector<std::string> above() const {
        std::vector<std::string> names{to_string(function_.place.address)};
        std::string_view path = function_.place.sysfs;
        while (!path.empty()) {
            const auto slash = path.rfind('/');
            names.emplace_back(path.substr(slash == path.npos ? 0 : slash + 1));
            path = path.substr(0, slash == path.npos ? 0 : slash);
        }
        return names;
    }

    std::vector<std::string> carried(const std::string& key) const {
        std::vector<std::string> values;
        for (const auto& [known, value] : carried_)
            if (known == key) values.push_back(value);
        return values;
    }

    bool is_about_function(const UdevToken& token) const {
        constexpr std::array keys{"KERNEL"sv, "KERNELS"sv, "DEVPATH"sv};
        const auto word = key_word(token);
        // Set by a rule about the function.
        if (word == "TAG" || word == "TAGS" || !carried(token.key).empty()) return true;
        if (std::ranges::find(keys, word) != keys.end()) return is_telling(token.value);
        if (token.key == "ENV{SUBSYSTEM}") return false;
        return (word == "ATTR" || word == "ATTRS" || word == "ENV") && is_telling(token.value);
    }

    bool excludes_function(const std::vector<UdevToken>& tokens) const {
        return std::ranges::any_of(tokens, [&](const UdevToken& token) {
            if (token.op != "!=" || !is_about_function(token)) return false;
            const auto known = known_value(token);
            return known && matches_any(token, *known);
        });
    }

    /// What the rule does, where it does anything of this kind.
    void judge(const UdevRule& rule, const std::vector<UdevToken>& tokens, const Match& match) {
        ForeignRule act{ForeignRule::When::seen, place_of(rule), {}, {}, match.by_id, false};
        for (const UdevToken& token : tokens) {
            if (runs_program(token))
                judge_program(token, match, act);
            else if (!token.compares() && token.key.starts_with("ATTR{"))
                judge_attribute(token, match, act);
            else if (starts_unit(token) && match.means)
                judge_unit(token.value, act);
            else if (match.means && !token.compares())
                carry(rule, token);
        }
        if (!act.verbs.empty() || !act.script.empty()) found.push_back(std::move(act));
    }

    void carry(const UdevRule& rule, const UdevToken& token) {
        const bool kept = token.key == "TAG" || token.key.starts_with("ENV{");
        if (!kept || token.value.empty() || token.value == "systemd") return;
        carried_.emplace(token.key, token.value);
        set_at_.emplace(token.value, std::pair(path_, rule.first));
    }

    /// "FILE:2", "FILE:1-2" where an earlier rule of the file says for which function.
    std::string place_of(const UdevRule& rule) const {
        int first = rule.first;
        for (const auto& [value, place] : set_at_)
            if (place.first == path_ && rule.text.find("\"" + value + "\"") != rule.text.npos)
                first = std::min(first, place.second);
        return path_ + ":" + std::to_string(first) +
               (rule.last == first ? "" : "-" + std::to_string(rule.last));
    }

    /// ATTR{driver_override}="vfio-pci"; ATTR{[drivers/pci:vfio-pci]new_id}="1b21 2142".
    void judge_attribute(const UdevToken& token, const Match& match, ForeignRule& act) const {
        const ScriptFacts key = script_facts(token.key.substr(4));
        const ScriptFacts value = script_facts(token.value);
        const bool named =
            line_of_address(value, function_.place.address) || line_of_id(value, function_.id);
        if (key.verbs.empty() || !(named || (match.could && !value.names_any()))) return;
        add(key, act);
        act.to_vfio = act.to_vfio || value.vfio || key.vfio;
    }

    void judge_program(const UdevToken& token, const Match& match, ForeignRule& act) const {
        const ScriptFacts facts = script_facts(program_text(token.value));
        const bool ours = line_of_address(facts, function_.place.address).has_value();
        const bool our_id = line_of_id(facts, function_.id).has_value();
        if (const auto taken = option_for(facts, function_)) {
            act.verbs.push_back(key_of(taken->second));
            act.by_id = act.by_id || key_of(taken->second) == "ids";
            act.to_vfio = act.to_vfio || taken->second.driver == "vfio-pci";
            return;
        }
        const bool named = ours || our_id || (match.could && !facts.names_any());
        if (facts.is_sure() && named) {
            act.by_id = act.by_id || (!ours && our_id);
            return add(facts, act);
        }
        if (!ours && !our_id && !match.means) return;
        judge_scripts(token.value, facts, act);
    }

    /// The name of a program may stand without its folder.
    static std::string program_text(const std::string& value) {
        return value.starts_with("/") || value.find('/') != value.npos ? value
                                                                       : "/usr/lib/udev/" + value;
    }

    void judge_scripts(const std::string& value, const ScriptFacts& facts, ForeignRule& act) const {
        constexpr std::array known{"/bin/"sv, "/usr/bin/"sv, "/sbin/"sv, "/usr/sbin/"sv};
        std::string unread;
        for (const auto& [line, path] : facts.paths) {
            const bool first = program_text(value).starts_with(path);
            const bool program =
                std::ranges::any_of(known, [&](auto folder) { return path.starts_with(folder); });
            if (program && !path.ends_with(".sh")) continue;
            const auto& script = files_.facts(path.substr(1));
            if (!script) {
                if (unread.empty() && (first || path.ends_with(".sh"))) unread = path;
                continue;
            }
            const ScriptBody body = follow_script(files_, {path.substr(1), *script});
            for (const auto& part : body.parts)
                if (part.facts.is_sure()) {
                    act.script = "/" + part.path;
                    add(part.facts, act);
                }
            if (act.verbs.empty() && unread.empty() && first) unread = path;
        }
        if (act.verbs.empty() && act.script.empty()) act.script = unread;
    }

    /// ENV{SYSTEMD_WANTS}="vfio@%k.service": the unit, or its template.
    void judge_unit(const std::string& value, ForeignRule& act) const {
        const std::string name = value.substr(0, value.find(' '));
        const auto at = name.find('@');
        const auto dot = name.rfind('.');
        const std::string file =
            at == name.npos || dot == name.npos ? name : name.substr(0, at + 1) + name.substr(dot);
        if (file.empty() || file.find('/') != file.npos || file.starts_with("ctrlpass")) return;
        for (const std::string folder :
             {"etc/systemd/system/", "run/systemd/system/", "usr/local/lib/systemd/system/",
              "usr/lib/systemd/system/"}) {
            const auto& unit = files_.facts(folder + file);
            if (!unit) continue;
            const ScriptBody body = follow_script(files_, {folder + file, *unit});
            for (const auto& part : body.parts)
                if (part.facts.is_sure()) {
                    act.script = "/" + part.path;
                    add(part.facts, act);
                }
            break;
        }
        if (act.script.empty()) act.script = file;
    }

    static void add(const ScriptFacts& facts, ForeignRule& act) {
        for (const ScriptFacts::Verb& verb : facts.verbs)
            if (std::ranges::find(act.verbs, verb.word) == act.verbs.end())
                act.verbs.push_back(verb.word);
        act.to_vfio = act.to_vfio || facts.vfio;
    }

    ScriptFiles& files_;
    const Function& function_;
    std::map<std::string, std::string> properties_;
    std::string path_;
    /// Tags and properties that rules about the function set.
    std::set<std::pair<std::string, std::string>> carried_;
    std::map<std::string, std::pair<std::string, int>> set_at_;
};

}  // namespace

std::vector<ForeignRule> foreign_udev_rules(UdevRuleFiles& rules, ScriptFiles& files,
                                            const Function& function) {
    Walk walk(files, function);
    for (const UdevRuleFiles::File& file : rules.files())
        if (file.path.find("driverctl") == file.path.npos) walk.go_through(file);
    return std::move(walk.found);
}

}  // namespace ctrlpass
