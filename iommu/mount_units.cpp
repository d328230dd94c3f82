// SPDX-License-Identifier: GPL-2.0-or-later
// Units of systemd that mount or swap: what a line of fstab is turned into, made by hand.
#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string_view>

#include "iommu/lines.hpp"
#include "iommu/table_reader.hpp"

namespace ctrlpass {

namespace {

constexpr std::size_t most_units = 2048;

/// Where units that last lie, the strongest first (systemd.unit(5)); those in /run are made anew.
constexpr std::array<std::string_view, 6> unit_folders{
    "etc/systemd/system.control/",   "etc/systemd/system/",     "etc/systemd/system.attached/",
    "usr/local/lib/systemd/system/", "usr/lib/systemd/system/", "lib/systemd/system/"};

/// A line that ends in a backslash goes on with the next, comments within are left out.
std::vector<std::string> whole_lines(const std::string& text) {
    std::vector<std::string> lines;
    bool goes_on = false;
    for (std::string line : lines_of(text)) {
        const auto begin = line.find_first_not_of(" \t");
        const bool comment = begin != line.npos && (line[begin] == '#' || line[begin] == ';');
        if (comment) continue;
        const bool more = line.ends_with('\\');
        if (more) line.back() = ' ';
        if (goes_on)
            lines.back() += line;
        else
            lines.push_back(std::move(line));
        goes_on = more;
    }
    return lines;
}

/// The settings that count here, the last of each; and the file that gave What=.
struct Unit {
    std::string what;
    std::string where;
    std::string given_by;
};

void read_settings(const std::string& text, const std::string& path, Unit& unit) {
    std::string section;
    for (const std::string& line : whole_lines(text)) {
        const std::string bare = trimmed(line);
        if (bare.starts_with('[')) section = bare;
        if (section != "[Mount]" && section != "[Swap]") continue;
        const auto equals = bare.find('=');
        if (equals == bare.npos) continue;
        const std::string key = trimmed(bare.substr(0, equals));
        const std::string value = trimmed(bare.substr(equals + 1));
        if (key == "What") {
            unit.what = value;
            unit.given_by = path;
        }
        if (key == "Where") unit.where = value;
    }
}

class Units {
  public:
    explicit Units(TableReader& reader) : reader_(reader), root_(reader.root()) {}

    void read() {
        std::map<std::string, std::string> units;  // name to folder
        for (const std::string_view folder : unit_folders) {
            names_[std::string(folder)] = root_.names(std::string(folder));
            for (const std::string& name : names_[std::string(folder)]) {
                std::string unit = name;
                if (unit.ends_with(".d")) unit.erase(unit.size() - 2);
                const bool ours = unit.ends_with(".mount") || unit.ends_with(".swap");
                if (!ours || units.size() >= most_units) continue;
                if (unit == name)
                    units.try_emplace(unit, folder);
                else  // drop-ins of one that a generator makes, or that lies further below
                    dropped_.insert(unit);
            }
        }
        for (const auto& [name, folder] : units) judge(name, folder);
        // Of those without a unit of their own, generators make one.
        for (const std::string& name : dropped_)
            if (!units.contains(name)) judge(name, "");
    }

  private:
    void judge(const std::string& name, const std::string& folder) {
        Unit unit;
        if (!folder.empty()) {
            const std::string path = folder + name;
            if (root_.link(path) == "/dev/null") return;  // masked
            read_settings(root_.attribute(path).value_or(""), path, unit);
        }
        if (dropped_.contains(name)) read_drop_ins(name, unit);
        add(name, unit);
    }

    /// Drop-ins of the same name hide each other as units do; they apply in the order of names.
    void read_drop_ins(const std::string& name, Unit& unit) {
        std::map<std::string, std::string> files;
        for (const std::string_view folder : unit_folders) {
            const std::string home = std::string(folder) + name + ".d/";
            for (const std::string& file : root_.names(home))
                if (file.ends_with(".conf")) files.try_emplace(file, home + file);
        }
        for (const auto& [file, path] : files)
            read_settings(root_.attribute(path).value_or(""), path, unit);
    }

    void add(const std::string& name, const Unit& unit) {
        if (unit.what.empty()) return;
        std::string what;
        for (std::size_t i = 0; i < unit.what.size(); ++i) {
            if (unit.what[i] == '%' && unit.what.substr(i, 2) != "%%") {
                reader_.add_unclear("not known whether /" + unit.given_by +
                                    " means it: What=" + unit.what + " has a specifier");
                return;
            }
            if (unit.what[i] == '%') ++i;
            what += unit.what[i];
        }
        const bool swap = name.ends_with(".swap");
        std::string purpose = swap ? " for swap" : unit.where.empty() ? "" : " on " + unit.where;
        const std::string wants = who_wants(name);
        if (!wants.empty()) purpose += ", started by " + wants;
        reader_.add_any("/" + unit.given_by, what, purpose);
        if (!swap && !unit.where.empty() && is_device(what)) reader_.add_point(unit.where, what);
    }

    /// "multi-user.target" of "multi-user.target.wants/srv-backup.mount".
    std::string who_wants(const std::string& name) const {
        const std::string automount = name.substr(0, name.rfind('.')) + ".automount";
        for (const std::string& unit : {name, automount})
            for (const auto& [folder, names] : names_)
                for (const std::string& entry : names)
                    for (const std::string_view suffix : {".wants", ".requires", ".upholds"}) {
                        if (!entry.ends_with(suffix)) continue;
                        if (root_.link(folder + entry + "/" + unit))
                            return entry.substr(0, entry.size() - suffix.size());
                    }
        return {};
    }

    TableReader& reader_;
    const Root& root_;
    std::map<std::string, std::vector<std::string>> names_;
    std::set<std::string> dropped_;
};

}  // namespace

void read_mount_units(TableReader& reader) { Units(reader).read(); }

}  // namespace ctrlpass
