// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/script_files.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <set>
#include <string_view>

#include "iommu/ids_options.hpp"

namespace ctrlpass {

namespace {

constexpr std::size_t longest_script = 256U << 10U;
constexpr std::size_t most_scripts = 4096;
constexpr std::size_t most_names = 1024;  // of one folder
constexpr std::size_t most_parts = 24;    // of one body
constexpr int most_steps = 2;

bool starts_with_one_of(std::string_view path, std::initializer_list<std::string_view> starts) {
    return std::ranges::any_of(starts, [&](auto start) { return path.starts_with(start); });
}

/// The programs of the distribution are known, or binary; what is in these folders is somebody's.
bool may_be_script(std::string_view path) {
    return starts_with_one_of(path, {"/etc/", "/usr/local/", "/opt/", "/root/", "/home/", "/srv/",
                                     "/var/", "/mnt/", "/usr/lib/udev/", "/lib/udev/"}) ||
           path.ends_with(".sh") || path.ends_with(".py");
}

/// Tables that scripts read besides.
bool is_read_only_for(std::string_view path) {
    return path.ends_with(".log") || path.ends_with(".pid") || path.ends_with(".lock") ||
           starts_with_one_of(path, {"/var/log/", "/var/run/", "/var/lock/", "/var/lib/"});
}

/// Often on another machine: a look there may wait for ever.
bool may_be_far(std::string_view path) {
    return starts_with_one_of(path, {"home/", "mnt/", "srv/", "media/", "net/", "nfs/"});
}

/// Variables of units and scripts: they run nothing.
bool is_table(std::string_view path) {
    return starts_with_one_of(path, {"/etc/default/", "/etc/sysconfig/"}) ||
           path.ends_with(".conf");
}

std::string lines_text(int first, int second) {
    const auto [low, high] = std::minmax(first, second);
    return low == high ? std::to_string(low) : std::to_string(low) + "-" + std::to_string(high);
}

bool is_of_distribution(std::string_view path) {
    return starts_with_one_of(path, {"usr/lib/", "usr/share/", "lib/"});
}

struct NamingPart {
    const ScriptBody::Part* part = nullptr;
    int line = 0;
    bool by_id = false;
};

/// The address counts before the id, and a part that has a verb as well before one that has none.
NamingPart naming_part(const ScriptBody& body, const Function& function) {
    for (const bool by_id : {false, true})
        for (const bool acts : {true, false})
            for (const auto& part : body.parts) {
                const auto line = by_id ? line_of_id(part.facts, function.id)
                                        : line_of_address(part.facts, function.place.address);
                if (line && part.facts.verbs.empty() != acts) return {&part, *line, by_id};
            }
    return {};
}

/// What a part that names the function runs, and nobody could read.
std::string unknown_program(const ScriptBody& body, const NamingPart& named) {
    if (!body.unread.empty()) return body.unread.front();
    for (const auto& [line, path] : named.part->facts.paths)
        if (line == named.line && !may_be_script(path) && !is_harmless_program(path) &&
            starts_with_one_of(path, {"/usr/bin/", "/usr/sbin/", "/bin/", "/sbin/", "/usr/lib"}))
            return path;
    return {};
}

void add_verbs(const ScriptFacts& facts, std::vector<std::string>& verbs) {
    for (const ScriptFacts::Verb& verb : facts.verbs)
        if (std::ranges::find(verbs, verb.word) == verbs.end()) verbs.push_back(verb.word);
}

/// The line of the verb: of the one nearest after the name, since that is what it is for.
int line_of_verb(const ScriptFacts& facts, int named) {
    for (const ScriptFacts::Verb& verb : facts.verbs)
        if (verb.line >= named) return verb.line;
    return facts.verbs.front().line;
}

ScriptVerdict binding(const ScriptBody& body, const NamingPart& named) {
    ScriptVerdict verdict{ScriptVerdict::Kind::binds, {}, {}, {}, named.by_id, false};
    const ScriptBody::Part* acting = named.part->facts.verbs.empty() ? nullptr : named.part;
    for (const auto& part : body.parts) {
        if (acting == nullptr && !part.facts.verbs.empty()) acting = &part;
        add_verbs(part.facts, verdict.verbs);
        verdict.to_vfio = verdict.to_vfio || part.facts.vfio;
    }
    const int line = line_of_verb(acting->facts, acting == named.part ? named.line : 0);
    if (acting == named.part) {
        verdict.place = "/" + named.part->path + ":" + lines_text(named.line, line);
    } else {
        verdict.place = "/" + named.part->path + ":" + std::to_string(named.line);
        verdict.script = "/" + acting->path + ":" + std::to_string(line);
    }
    return verdict;
}

/// What a part gives to a driver by an option takes the function.
std::optional<ScriptVerdict> by_option(const ScriptBody& body, const Function& function) {
    for (const auto& part : body.parts)
        if (const auto taken = option_for(part.facts, function)) {
            ScriptVerdict verdict{};
            verdict.kind = ScriptVerdict::Kind::binds;
            verdict.place = "/" + part.path + ":" + std::to_string(taken->first);
            verdict.by_id = key_of(taken->second) == "ids";
            verdict.verbs = {key_of(taken->second)};
            verdict.to_vfio = taken->second.driver == "vfio-pci";
            return verdict;
        }
    return std::nullopt;
}

}  // namespace

bool is_harmless_program(std::string_view path) {
    constexpr std::array known{"sh",     "bash",   "dash",     "env",     "echo",      "tee",
                               "cat",    "test",   "grep",     "sed",     "awk",       "setpci",
                               "lspci",  "logger", "modprobe", "udevadm", "systemctl", "sleep",
                               "printf", "rm",     "mkdir",    "chown",   "chmod",     "python3",
                               "true",   "false",  "insmod",   "kmod"};
    return std::ranges::find(known, path.substr(path.rfind('/') + 1)) != known.end();
}

const std::optional<ScriptFacts>& ScriptFiles::read(const std::string& path, bool listed) {
    const auto found = known_.find(path);
    if (found != known_.end()) return found->second;
    std::optional<ScriptFacts>& facts = known_[path];
    if (may_be_far(path)) return facts;
    if (known_.size() > most_scripts) {
        root_.note_unread(path,
                          "it comes after " + std::to_string(most_scripts) + " other scripts");
        return facts;
    }
    const auto text = root_.read_file(path, longest_script);
    // Of one that is named by another the other says so, where it counts: most are programs.
    if (!text && listed && text.error().error_number == EFBIG)
        root_.note_unread(path, "it is larger than " + bytes_text(longest_script));
    if (!text || text->find('\0') != text->npos) return facts;
    facts = listed && !may_have_facts(*text) ? ScriptFacts{} : script_facts(*text);
    if (facts->is_cut) root_.note_unread(path, "it says more than is taken of one file");
    return facts;
}

const std::optional<ScriptFacts>& ScriptFiles::facts(const std::string& path) {
    return read(path, false);
}

const std::optional<ScriptFacts>& ScriptFiles::quick_facts(const std::string& path) {
    return read(path, true);
}

std::vector<std::string> ScriptFiles::below(const std::string& folder, int depth) const {
    std::vector<std::string> found;
    auto names = root_.names(folder);
    if (names.size() > most_names) {
        root_.note_more(folder, most_names, "entries");
        names.resize(most_names);
    }
    for (const std::string& name : names) {
        const std::string path = folder + "/" + name;
        // What is a folder cannot be told by its name.
        const auto inner = depth > 0 ? below(path, depth - 1) : std::vector<std::string>{};
        if (inner.empty()) found.push_back(path);
        found.insert(found.end(), inner.begin(), inner.end());
    }
    return found;
}

ScriptBody follow_script(ScriptFiles& files, ScriptBody::Part start) {
    ScriptBody body;
    std::set<std::string> seen{"/" + start.path};
    body.parts.push_back(std::move(start));
    std::size_t next = 0;
    for (int step = 0; step < most_steps; ++step) {
        const std::size_t end = body.parts.size();
        for (; next < end; ++next) {
            // A copy: the list grows.
            const auto paths = body.parts[next].facts.paths;
            for (const auto& [line, path] : paths) {
                if (!may_be_script(path) || is_read_only_for(path) || !seen.insert(path).second)
                    continue;
                const auto& facts = files.facts(path.substr(1));
                if (facts && body.parts.size() == most_parts)
                    files.root().note_more(body.parts.front().path, most_parts,
                                           "scripts that it runs");
                if (facts && body.parts.size() < most_parts)
                    body.parts.push_back({path.substr(1), *facts});
                else if (!is_table(path) && body.unread.size() < most_parts)
                    body.unread.push_back(path);
            }
        }
    }
    return body;
}

ScriptVerdict judge_script(const ScriptBody& body, const Function& function) {
    const NamingPart named = naming_part(body, function);
    const ScriptBody::Part* sure = nullptr;
    bool any_verb = false;
    bool names_any = false;
    for (const auto& part : body.parts) {
        any_verb = any_verb || !part.facts.verbs.empty();
        names_any = names_any || part.facts.names_any();
        if (sure == nullptr && part.facts.is_sure()) sure = &part;
    }
    if (named.part != nullptr && any_verb) return binding(body, named);
    if (auto taken = by_option(body, function)) return std::move(*taken);
    ScriptVerdict verdict;
    const std::string unknown = named.part == nullptr ? "" : unknown_program(body, named);
    if (!unknown.empty()) {
        verdict.kind = ScriptVerdict::Kind::not_understood;
        verdict.place = "/" + named.part->path + ":" + std::to_string(named.line);
        verdict.script = unknown;
        verdict.by_id = named.by_id;
    } else if (named.part == nullptr && sure != nullptr && !names_any &&
               !is_of_distribution(body.parts.front().path)) {
        verdict.kind = ScriptVerdict::Kind::not_understood;
        verdict.place = "/" + sure->path + ":" + std::to_string(line_of_verb(sure->facts, 0));
        verdict.script = "/" + sure->path;
        verdict.names_it = false;
    }
    return verdict;
}

}  // namespace ctrlpass
