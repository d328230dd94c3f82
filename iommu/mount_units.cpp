// SPDX-License-Identifier: GPL-2.0-or-later
// Units of systemd that mount or swap: what a line of fstab is turned into, made by hand.
#include <algorithm>
#include <map>
#include <set>
#include <string_view>

#include "iommu/table_reader.hpp"
#include "iommu/unit_files.hpp"

namespace ctrlpass {

namespace {

constexpr std::size_t most_units = 2048;

/// The settings that count here, the last of each; and the file that gave What=.
struct Unit {
    std::string what;
    std::string where;
    std::string given_by;
};

void read_settings(const std::string& text, const std::string& path, Unit& unit) {
    for (const UnitSetting& setting : unit_settings(text)) {
        if (setting.section != "[Mount]" && setting.section != "[Swap]") continue;
        if (setting.key == "What") {
            unit.what = setting.value;
            unit.given_by = path;
        }
        if (setting.key == "Where") unit.where = setting.value;
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
                if (!ours) continue;
                if (units.size() + dropped_.size() >= most_units) {
                    root_.note_more(std::string(folder), most_units,
                                    "units that mount or swap, with what went before");
                    break;
                }
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
        reader_.set_unit(name);
        reader_.add_any("/" + unit.given_by, what, purpose);
        reader_.set_unit("");
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
