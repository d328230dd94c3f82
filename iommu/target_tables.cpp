// SPDX-License-Identifier: GPL-2.0-or-later
// Tables in which targets and logins name disks: LIO, tgt, pam_mount.
#include "iommu/target_tables.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <pugixml.hpp>

#include "iommu/lines.hpp"
#include "iommu/table_reader.hpp"

namespace ctrlpass {

namespace {

constexpr std::size_t most_values = 1024;
constexpr std::size_t longest_target_table = 4U << 20U;
constexpr std::size_t most_target_files = 64;

int line_at(std::string_view text, std::size_t offset) {
    const auto before = text.substr(0, offset);
    return 1 + static_cast<int>(std::ranges::count(before, '\n'));
}

/// Takes every string with the key "dev", and the name that comes behind it in the same object.
class StoreReader : public nlohmann::json_sax<nlohmann::json> {
  public:
    explicit StoreReader(std::string_view text) : text_(text) {}

    std::vector<FiledValue> found;

    bool key(string_t& name) override {
        key_ = name;
        return found.size() < most_values;
    }
    bool string(string_t& value) override {
        if (key_ == "dev") {
            open_ = true;
            found.push_back({line_of_device(value), value, ""});
        } else if (key_ == "name" && open_) {
            found.back().of = value;
        }
        return other();
    }
    bool null() override { return other(); }
    bool boolean(bool) override { return other(); }
    bool number_integer(number_integer_t) override { return other(); }
    bool number_unsigned(number_unsigned_t) override { return other(); }
    bool number_float(number_float_t, const string_t&) override { return other(); }
    bool binary(binary_t&) override { return other(); }
    bool start_object(std::size_t) override { return at_brace(); }
    bool end_object() override { return at_brace(); }
    bool start_array(std::size_t) override { return other(); }
    bool end_array() override { return other(); }
    /// What stood before it counts.
    bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override {
        return false;
    }

  private:
    bool other() {
        key_.clear();
        return true;
    }
    bool at_brace() {
        open_ = false;
        return other();
    }
    /// The parser does not say where it is: the values come in the order of the text.
    int line_of_device(const std::string& device) {
        const std::string written =
            nlohmann::json(device).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
        const auto place = text_.find(written, from_);
        if (place != text_.npos) from_ = place + written.size();
        return line_at(text_, std::min(from_, text_.size()));
    }

    std::string_view text_;
    std::size_t from_ = 0;
    std::string key_;
    bool open_ = false;  ///< the last store's name is still to come
};

/// Takes the devices of the elements "volume".
class VolumeReader : public pugi::xml_tree_walker {
  public:
    explicit VolumeReader(std::string_view text) : text_(text) {}

    std::vector<FiledValue> found;

    bool for_each(pugi::xml_node& node) override {
        if (std::string_view(node.name()) != "volume") return true;
        const int line = line_at(text_, static_cast<std::size_t>(node.offset_debug()));
        for (const char* const name : {"path", "fskeypath"})
            if (const auto value = node.attribute(name); *value.value() != '\0')
                found.push_back({line, value.value(), node.attribute("mountpoint").value()});
        return found.size() < most_values;
    }

  private:
    std::string_view text_;
};

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
    StoreReader reader(json);
    nlohmann::json::sax_parse(json.begin(), json.end(), &reader);
    return std::move(reader.found);
}

std::vector<FiledValue> pam_volumes(std::string_view xml) {
    VolumeReader reader(xml);
    pugi::xml_document document;
    // Of a part of a file there is what stands before its end.
    [[maybe_unused]] const auto parsed = document.load_buffer(xml.data(), xml.size());
    document.traverse(reader);
    return std::move(reader.found);
}

void read_target_tables(TableReader& reader) {
    read_saved_stores(reader);
    read_tgt(reader);
    read_pam_mount(reader);
}

}  // namespace ctrlpass
