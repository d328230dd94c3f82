// SPDX-License-Identifier: GPL-2.0-or-later
// Maps of autofs(5): disks that are mounted when somebody looks at a path.
#include <algorithm>
#include <set>
#include <utility>

#include "iommu/lines.hpp"
#include "iommu/table_reader.hpp"

namespace ctrlpass {

namespace {

constexpr std::size_t most_maps = 64;
constexpr std::size_t longest_map = 1U << 20U;

class Maps {
  public:
    explicit Maps(TableReader& reader) : reader_(reader) {}

    /// MOUNT-POINT MAP OPTIONS, or +OTHER for another master map.
    void read_master(const std::string& path) {
        if (!is_new(path)) return;
        for_each_entry(path, [&](const std::string&, const std::vector<std::string>& words) {
            if (words[0].starts_with("+dir:")) return read_folder(words[0].substr(5));
            if (words[0].starts_with('+')) return read_master(path_of(words[0].substr(1)));
            if (words[0].starts_with('/') && words.size() > 1) read_map(words[1], words[0]);
        });
    }

    void read_folder(const std::string& path) {
        const std::string home = path.substr(std::min(path.find_first_not_of('/'), path.size()));
        if (home.empty()) return;
        for (const std::string& name : reader_.root().names(home))
            if (name.ends_with(".autofs")) read_master(home + "/" + name);
    }

  private:
    template <typename Use>
    void for_each_entry(const std::string& path, const Use& use) {
        int number = 0;
        int begun = 0;
        std::string entry;
        const std::string text = reader_.root().read(path, longest_map).value_or("");
        if (text.starts_with("#!")) {  // run, and what it prints is the map
            if (path.find("auto.net") == path.npos && path.find("auto.smb") == path.npos)
                reader_.add_unclear("not known whether /" + path +
                                    " means it: a map of autofs that is a program");
            return;
        }
        for (std::string line : lines_of(text)) {
            ++number;
            if (entry.empty()) begun = number;
            const bool more = line.ends_with('\\');
            if (more) line.back() = ' ';
            entry += line;
            if (more) continue;
            const auto words = words_of(std::exchange(entry, {}));
            if (words.empty() || words[0].starts_with('#')) continue;
            use(line_of(begun, path), words);
        }
    }

    /// "file:/etc/auto.usb", "auto.usb", "multi a -- b": those of other sources name no files.
    void read_map(const std::string& name, const std::string& point) {
        const std::string path = path_of(name);
        if (!is_new(path)) return;
        for_each_entry(path, [&](const std::string& place, const std::vector<std::string>& words) {
            if (words[0].starts_with('+')) return read_map(words[0].substr(1), point);
            const std::string where = words[0].starts_with('/') ? words[0] : point + "/" + words[0];
            for (std::size_t i = 1; i < words.size(); ++i) {
                // ":/dev/sdb1": a location without a host is local.
                std::string location = unquoted(words[i]);
                if (location.starts_with(':')) location = unquoted(location.substr(1));
                std::string plain;
                for (std::size_t at = 0; at < location.size(); ++at) {
                    if (location[at] == '\\' && at + 1 < location.size() && location[at + 1] != 'x')
                        ++at;
                    plain += location[at];
                }
                reader_.add(place, plain, " on " + where);
            }
        });
    }

    static std::string path_of(std::string name) {
        for (const std::string_view source : {"file:", "file,sun:", "program:", "exec:"})
            if (name.starts_with(source)) name.erase(0, source.size());
        if (name.starts_with('/')) return name.substr(1);
        return name.find(':') == name.npos ? "etc/" + name : "";
    }

    bool is_new(const std::string& path) {
        if (path.empty() || seen_.contains(path)) return false;
        if (seen_.size() < most_maps) return seen_.insert(path).second;
        reader_.root().note_unread(
            path, "it comes after " + std::to_string(most_maps) + " other maps of autofs");
        return false;
    }

    TableReader& reader_;
    std::set<std::string> seen_;
};

}  // namespace

void read_autofs_maps(TableReader& reader) {
    Maps maps(reader);
    maps.read_master("etc/auto.master");
    maps.read_folder("etc/auto.master.d");
    maps.read_master("etc/autofs/auto.master");  // Arch Linux, Gentoo
}

}  // namespace ctrlpass
