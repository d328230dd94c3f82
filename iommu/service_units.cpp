// SPDX-License-Identifier: GPL-2.0-or-later
// Units of systemd that people made, as far as they name a disk: because they wait for it
// (BindsTo=dev-….device), because it starts them, or in the command that they run.
#include <algorithm>
#include <array>
#include <map>
#include <span>
#include <string_view>

#include "iommu/lines.hpp"
#include "iommu/table_reader.hpp"
#include "iommu/unit_files.hpp"

namespace ctrlpass {

namespace {

constexpr std::size_t most_services = 1024;

/// Those of the distribution name no disk of one machine.
constexpr auto own_unit_folders = std::span(unit_folders).first<4>();

bool is_service_like(std::string_view unit) {
    return std::ranges::any_of(
        std::array<std::string_view, 5>{".service", ".target", ".timer", ".path", ".socket"},
        [&](std::string_view end) { return unit.ends_with(end); });
}

/// "dev-sdb1" of "dev-sdb1.device".
std::string_view device_in(std::string_view unit) {
    constexpr std::string_view end = ".device";
    if (!unit.starts_with("dev-") || !unit.ends_with(end)) return {};
    return unit.substr(0, unit.size() - end.size());
}

class Services {
  public:
    explicit Services(TableReader& reader) : reader_(reader), root_(reader.root()) {}

    void read() {
        for (const std::string_view folder : own_unit_folders)
            names_[std::string(folder)] = root_.names(std::string(folder));
        for (const auto& [folder, names] : names_)
            for (const std::string& name : names) read_starters(folder, name);
        std::map<std::string, std::string> seen;
        for (const std::string_view folder : own_unit_folders)
            for (const std::string& name : names_[std::string(folder)]) {
                std::string unit = name;
                const bool drop_ins = unit.ends_with(".d");
                if (drop_ins) unit.erase(unit.size() - 2);
                if (!is_service_like(unit) || seen.size() >= most_services) continue;
                if (drop_ins) {
                    const std::string home = std::string(folder) + name + "/";
                    for (const std::string& file : root_.names(home))
                        if (file.ends_with(".conf") && seen.emplace(home + file, "").second)
                            judge(home + file, unit);
                } else if (seen.emplace(unit, folder).second) {
                    judge(std::string(folder) + unit, unit);
                }
            }
    }

  private:
    /// What is linked into "multi-user.target.wants", and the disk of "dev-sdb1.device.wants".
    void read_starters(const std::string& folder, const std::string& name) {
        for (const std::string_view suffix : {".wants", ".requires", ".upholds"}) {
            if (!name.ends_with(suffix)) continue;
            const std::string starter = name.substr(0, name.size() - suffix.size());
            const std::string_view device = device_in(starter);
            for (const std::string& unit : root_.names(folder + name)) {
                if (started_.size() < most_services) started_.emplace(unit, starter);
                if (device.empty()) continue;
                reader_.set_unit(unit);
                reader_.add("/" + folder + name + "/" + unit, path_of_unit(device),
                            ", which starts " + unit);
                reader_.set_unit("");
            }
        }
    }

    void judge(const std::string& path, const std::string& unit) {
        if (const auto target = root_.link(path)) {
            // Masked, or the same unit by another name, or one that is looked at where it lies.
            if (*target == "/dev/null" || target->find('@') != target->npos) return;
        }
        const auto settings = unit_settings(root_.attribute(path).value_or(""));
        const auto at = unit.find('@');
        if (at == unit.npos || unit[at + 1] != '.') return read_settings(path, settings, unit);
        // A template is run as often as it is started.
        const std::string stem = unit.substr(0, at + 1);
        const std::string kind = unit.substr(at + 1);
        for (const auto& [started, by] : started_)
            if (started.starts_with(stem) && started.ends_with(kind) &&
                started.size() > stem.size() + kind.size())
                read_settings(path, settings, started);
    }

    void read_settings(const std::string& path, const std::vector<UnitSetting>& settings,
                       const std::string& unit) {
        reader_.set_unit(unit);
        const auto starter = started_.find(unit);
        const std::string purpose =
            " for " + unit + (starter == started_.end() ? "" : ", started by " + starter->second);
        for (const UnitSetting& setting : settings) {
            constexpr std::array<std::string_view, 6> relations{"BindsTo", "Requires", "Requisite",
                                                                "After",   "Wants",    "Upholds"};
            const bool relation = setting.section == "[Unit]" &&
                                  std::ranges::find(relations, setting.key) != relations.end();
            const bool command = setting.section == "[Service]" && setting.key.starts_with("Exec");
            if (!relation && !command) continue;
            for (const std::string& word :
                 relation ? words_of(setting.value) : unit_words(setting.value))
                read_word(path, word, unit, relation, purpose);
        }
        reader_.set_unit("");
    }

    void read_word(const std::string& path, const std::string& word, const std::string& unit,
                   bool relation, const std::string& purpose) {
        const std::string place = "/" + path;
        const auto plain = without_specifiers(word, unit);
        const bool names_device = word.find("/dev/") != word.npos || word.starts_with("dev-");
        if (!plain) {
            if (names_device)
                reader_.add_unclear("not known whether " + place + " means it: " + word +
                                    " has a specifier");
            return;
        }
        if (relation) {
            if (const auto device = device_in(*plain); !device.empty())
                add_once(place, {path_of_unit(device)}, purpose);
        } else {
            add_once(place, device_words(*plain), purpose);
        }
    }

    /// "/dev/sdb1" of "if=/dev/sdb1"; the words of `sh -c 'mount /dev/sdb1 /mnt'`.
    static std::vector<std::string> device_words(const std::string& word) {
        std::vector<std::string> found;
        for (std::string part : words_of(word)) {
            while (!part.empty() &&
                   std::string_view(";&|)\"'").find(part.back()) != std::string_view::npos)
                part.pop_back();
            if (!part.empty()) found.push_back(std::move(part));
        }
        return found;
    }

    void add_once(const std::string& place, const std::vector<std::string>& words,
                  const std::string& purpose) {
        constexpr std::size_t most_once = 4096;
        for (const std::string& word : words) {
            auto specs = disk_specs_in(root_, word);
            if (specs.empty() || told_.size() >= most_once) continue;
            if (told_.emplace(place + "\n" + specs.front().text + purpose, "").second)
                reader_.add_specs(place, std::move(specs), purpose);
        }
    }

    /// %i and %I are what stands behind the '@', %f that as a path; nothing for others.
    static std::optional<std::string> without_specifiers(const std::string& word,
                                                         const std::string& unit) {
        const auto at = unit.find('@');
        const auto dot = unit.rfind('.');
        const std::string instance =
            at == unit.npos || dot < at ? "" : unit.substr(at + 1, dot - at - 1);
        std::string plain;
        for (std::size_t i = 0; i < word.size(); ++i) {
            if (word[i] != '%') {
                plain += word[i];
                continue;
            }
            const char letter = i + 1 < word.size() ? word[++i] : '\0';
            if (letter == '%')
                plain += '%';
            else if (letter == 'i')
                plain += instance;
            else if (letter == 'I')
                plain += path_of_unit(instance).substr(1);
            else if (letter == 'f')
                plain += path_of_unit(instance);
            else
                return std::nullopt;
        }
        return plain;
    }

    TableReader& reader_;
    const Root& root_;
    std::map<std::string, std::vector<std::string>> names_;
    std::map<std::string, std::string> started_;  ///< unit to what starts it
    std::map<std::string, std::string> told_;
};

}  // namespace

void read_service_units(TableReader& reader) { Services(reader).read(); }

}  // namespace ctrlpass
