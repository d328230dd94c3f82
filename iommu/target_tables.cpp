// SPDX-License-Identifier: GPL-2.0-or-later
// Tables in which targets and logins name disks: LIO, tgt, pam_mount.
#include "iommu/target_tables.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "iommu/lines.hpp"
#include "iommu/number.hpp"
#include "iommu/table_reader.hpp"

namespace ctrlpass {

namespace {

constexpr std::size_t most_values = 1024;
constexpr std::size_t longest_target_table = 4U << 20U;
constexpr std::size_t most_target_files = 64;

constexpr std::string_view white = " \t\r\n";

/// Goes through a text and counts its lines.
class Walk {
  public:
    explicit Walk(std::string_view text) : text_(text) {}

    bool at_end() const { return at_ >= text_.size(); }
    char here() const { return at_end() ? '\0' : text_[at_]; }
    int line() const { return line_; }
    void step(std::size_t count = 1) {
        for (; count > 0 && !at_end(); --count) line_ += text_[at_++] == '\n' ? 1 : 0;
    }
    bool is_at(std::string_view start) const { return text_.substr(at_).starts_with(start); }
    void step_over(std::string_view characters) {
        while (!at_end() && characters.find(here()) != characters.npos) step();
    }
    /// Up to the next `end`, which is passed.
    std::string_view until(std::string_view end) {
        const auto found = std::min(text_.find(end, at_), text_.size());
        const auto part = text_.substr(at_, found - at_);
        step(part.size() + end.size());
        return part;
    }
    /// A string of JSON, from its opening quote on. Of what is written as \uNNNN a '?' is enough:
    /// no path of a disk has such.
    std::string json_string() {
        std::string text;
        for (step(); !at_end() && here() != '"'; step()) {
            if (here() != '\\') {
                text += here();
                continue;
            }
            step();
            text += here() == 'u' ? '?' : here();
        }
        step();
        return text;
    }

  private:
    std::string_view text_;
    std::size_t at_ = 0;
    int line_ = 1;
};

std::string without_entities(std::string_view text) {
    constexpr std::array<std::pair<std::string_view, char>, 5> entities{
        {{"&amp;", '&'}, {"&quot;", '"'}, {"&apos;", '\''}, {"&lt;", '<'}, {"&gt;", '>'}}};
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto* const entity = std::ranges::find_if(
            entities, [&](const auto& each) { return text.substr(i).starts_with(each.first); });
        if (entity == entities.end()) {
            plain += text[i];
        } else {
            plain += entity->second;
            i += entity->first.size() - 1;
        }
    }
    return plain;
}

/// The attributes of an element, up to its '>'.
void read_volume(Walk& walk, std::vector<FiledValue>& found) {
    const auto first = found.size();
    std::string where;
    while (!walk.at_end() && walk.here() != '>') {
        walk.step_over(white);
        std::string name;
        while (!walk.at_end() &&
               std::string_view("=>/").find(walk.here()) == std::string_view::npos)
            name += walk.here(), walk.step();
        while (!name.empty() && white.find(name.back()) != white.npos) name.pop_back();
        if (walk.here() != '=') {
            if (walk.here() != '>') walk.step();
            continue;
        }
        walk.step();
        walk.step_over(white);
        const char quote = walk.here();
        if (quote != '"' && quote != '\'') continue;
        const int line = walk.line();
        walk.step();
        const std::string value = without_entities(walk.until(std::string(1, quote)));
        if (name == "path" || name == "fskeypath") found.push_back({line, value, ""});
        if (name == "mountpoint") where = value;
    }
    for (auto i = first; i < found.size(); ++i) found[i].of = where;
}

std::string line_of(int number, const std::string& path) {
    return "line " + std::to_string(number) + " of /" + path;
}

void read_saved_stores(TableReader& reader) {
    for (const std::string path :
         {"etc/rtslib-fb-target/saveconfig.json", "etc/target/saveconfig.json"}) {
        const auto text = reader.root().read(path, longest_target_table);
        for (const FiledValue& store : saved_stores(text.value_or("")))
            reader.add_any(line_of(store.line, path), store.text,
                           store.of.empty() ? " for LIO" : " for the LIO target " + store.of);
    }
}

/// `backing-store /dev/sdb1`, `<direct-store /dev/sdb>` (targets.conf(5)).
void read_tgt(TableReader& reader) {
    std::vector<std::string> files{"etc/tgt/targets.conf"};
    for (const std::string& name : reader.root().names("etc/tgt/conf.d"))
        if (name.ends_with(".conf") && files.size() < most_target_files)
            files.push_back("etc/tgt/conf.d/" + name);
    for (const std::string& file : files)
        reader.for_each_line(file, [&](const std::string& place, const auto& fields) {
            std::string key = fields[0];
            if (key.starts_with('<')) key.erase(0, 1);
            if ((key != "backing-store" && key != "direct-store") || fields.size() < 2) return;
            std::string device = fields[1];
            while (device.ends_with('>')) device.pop_back();
            reader.add_any(place, device, " for tgt");
        });
}

void read_pam_mount(TableReader& reader) {
    const std::string path = "etc/security/pam_mount.conf.xml";
    const auto text = reader.root().read(path, longest_target_table);
    for (const FiledValue& volume : pam_volumes(text.value_or("")))
        reader.add_any(line_of(volume.line, path), volume.text,
                       volume.of.empty() ? " at a login" : " on " + volume.of + " at a login");
}

}  // namespace

std::vector<FiledValue> saved_stores(std::string_view json) {
    std::vector<FiledValue> found;
    std::string last_key;
    bool is_value = false;
    std::optional<std::size_t> open;  // the store whose name is still to come
    for (Walk walk(json); !walk.at_end() && found.size() < most_values;) {
        if (walk.here() == '{' || walk.here() == '}') open.reset();
        if (walk.here() != '"') {
            if (walk.here() == ',' || walk.here() == '{') is_value = false;
            walk.step();
            continue;
        }
        const int line = walk.line();
        std::string text = walk.json_string();
        walk.step_over(white);
        if (walk.here() == ':') {
            last_key = std::move(text);
            is_value = true;
            walk.step();
            continue;
        }
        if (is_value && last_key == "dev") {
            open = found.size();
            found.push_back({line, std::move(text), ""});
        } else if (is_value && last_key == "name" && open) {
            found[*open].of = std::move(text);
        }
        is_value = false;
    }
    return found;
}

std::vector<FiledValue> pam_volumes(std::string_view xml) {
    std::vector<FiledValue> found;
    for (Walk walk(xml); !walk.at_end() && found.size() < most_values;) {
        if (walk.is_at("<!--")) {
            walk.until("-->");
        } else if (walk.is_at("<volume")) {
            walk.step(std::string_view("<volume").size());
            if (white.find(walk.here()) != white.npos) read_volume(walk, found);
        } else {
            walk.step();
        }
    }
    return found;
}

void read_target_tables(TableReader& reader) {
    read_saved_stores(reader);
    read_tgt(reader);
    read_pam_mount(reader);
}

}  // namespace ctrlpass
