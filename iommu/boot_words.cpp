// SPDX-License-Identifier: GPL-2.0-or-later
// Disks that the kernel command line, and what the initramfs has instead of it, names.
#include <algorithm>
#include <string_view>

#include "iommu/boot_keys.hpp"
#include "iommu/lines.hpp"
#include "iommu/table_reader.hpp"

namespace ctrlpass {

namespace {

/// The words of a command line, where quotes hold one together (lib/cmdline.c next_arg).
std::vector<std::string> boot_words(std::string_view line) {
    std::vector<std::string> words(1);
    bool quoted = false;
    for (const char c : line) {
        if (c == '"') {
            quoted = !quoted;
        } else if (!quoted && (c == ' ' || c == '\t' || c == '\n')) {
            if (!words.back().empty()) words.emplace_back();
        } else {
            words.back() += c;
        }
    }
    if (words.back().empty()) words.pop_back();
    return words;
}

/// The pool of "ZFS=tank/ROOT/debian", "zfs:tank/ROOT/debian".
std::string pool_of_root(std::string_view value) {
    for (const std::string_view start : {"ZFS=", "zfs:", "zfs="}) {
        if (!value.starts_with(start)) continue;
        value.remove_prefix(start.size());
        return std::string(value.substr(0, value.find('/')));
    }
    return {};
}

class SpecsOfWord {
  public:
    SpecsOfWord(const Root& root, const std::string& key, const std::string& value)
        : root_(root), key_(key), value_(value) {}

    std::vector<DiskSpec> read() {
        const auto names = named_by_boot_key(key_);
        if (!names) return {};
        switch (*names) {
            case BootValue::device:
                read_device();
                break;
            case BootValue::uuid_and_device:
                read_device();
                add_uuid();
                break;
            case BootValue::uuid:
                add_uuid();
                break;
            case BootValue::partition_uuid:
                add_property("ID_PART_ENTRY_UUID", value_, true);
                break;
            case BootValue::label:
                add(disk_spec(root_, "LABEL=" + value_));
                break;
            case BootValue::volume:
                add(disk_spec(root_, "/dev/" + value_));
                break;
            case BootValue::pool:
                add_pool(value_.substr(0, value_.find('/')));
                break;
            case BootValue::server:
                break;
        }
        return std::move(specs_);
    }

  private:
    void add(std::optional<DiskSpec> spec) {
        if (spec) specs_.push_back(std::move(*spec));
    }
    void add_property(const std::string& property, const std::string& value, bool digits = false) {
        specs_.push_back({value_, std::nullopt, property, {value}, digits, true});
    }
    void add_pool(const std::string& pool) {
        if (!pool.empty()) add_property("ID_FS_LABEL", pool);
    }
    void read_device() {
        specs_ = disk_specs_in(root_, value_);
        if (specs_.empty()) add(disk_spec(root_, value_));
        if (key_ == "root") add_pool(pool_of_root(value_));
    }
    void add_uuid() {
        std::string uuid = value_.substr(0, value_.find('='));
        if (uuid.starts_with("luks-")) uuid.erase(0, 5);
        add_property("ID_FS_UUID", uuid, true);
    }

    const Root& root_;
    const std::string& key_;
    const std::string& value_;
    std::vector<DiskSpec> specs_;
};

void read_boot_line(TableReader& reader, const std::string& place, const std::string& line,
                    bool of_now) {
    for (const std::string& word : boot_words(line)) {
        const auto equals = word.find('=');
        if (equals == word.npos) continue;
        const std::string key = word.substr(0, equals);
        const std::string value = word.substr(equals + 1);
        auto specs = SpecsOfWord(reader.root(), key, value).read();
        const auto is_there = [&](const DiskSpec& spec) {
            return spec.block && reader.root().exists("sys/class/block/" + *spec.block);
        };
        if (of_now && key == "root" && std::ranges::any_of(specs, is_there))
            reader.tables().root_is_named = true;
        reader.add_specs(place, std::move(specs), "", word);
    }
}

/// Command lines of boot entries: of the words those that the running kernel was not started with,
/// each told once.
class Entries {
  public:
    Entries(TableReader& reader, const std::string& now)
        : reader_(reader), told_(boot_words(now)) {}

    /// `options …` of the Boot Loader Specification, `linux /vmlinuz …` of GRUB.
    void read(const std::string& path, const std::vector<std::string_view>& keys) {
        int number = 0;
        const std::string text = reader_.root().read(path, longest_entry).value_or("");
        for (const std::string& line : lines_of(text)) {
            ++number;
            const auto begin = line.find_first_not_of(" \t");
            const auto end = line.find_first_of(" \t", std::min(begin, line.size()));
            if (begin == line.npos || end == line.npos) continue;
            const std::string_view key = std::string_view(line).substr(begin, end - begin);
            if (std::ranges::find(keys, key) == keys.end()) continue;
            std::string fresh;
            for (const std::string& word : boot_words(line.substr(end))) {
                if (std::ranges::find(told_, word) != told_.end()) continue;
                fresh += "\"" + word + "\" ";
                if (told_.size() < most_words) told_.push_back(word);
            }
            read_boot_line(reader_, line_of(number, path), fresh, false);
        }
    }

  private:
    static constexpr std::size_t longest_entry = 1U << 20U;
    static constexpr std::size_t most_words = 512;
    TableReader& reader_;
    std::vector<std::string> told_;
};

void read_entries(TableReader& reader, const std::string& now) {
    constexpr std::size_t most_entries = 64;
    Entries entries(reader, now);
    std::size_t left = most_entries;
    for (const std::string folder :
         {"boot/loader/entries/", "boot/efi/loader/entries/", "efi/loader/entries/"})
        for (const std::string& name : reader.root().names(folder))
            if (name.ends_with(".conf") && left > 0) {
                --left;
                entries.read(folder + name, {"options"});
            }
    for (const std::string path : {"boot/grub/grub.cfg", "boot/grub2/grub.cfg"})
        entries.read(path, {"linux", "linuxefi", "linux16"});
}

}  // namespace

void read_boot_words(TableReader& reader) {
    const Root& root = reader.root();
    const std::string now = root.attribute("proc/cmdline").value_or("");
    read_boot_line(reader, "the kernel command line", now, true);
    for (const std::string path : {"etc/kernel/cmdline", "etc/initramfs-tools/conf.d/resume"}) {
        int number = 0;
        for (std::string line : lines_of(root.attribute(path).value_or(""))) {
            ++number;
            if (line.starts_with('#')) continue;
            if (line.starts_with("RESUME=")) line.replace(0, 6, "resume");
            const auto known = now.find(line);
            if (!line.empty() && known != now.npos) continue;  // told as the command line of now
            read_boot_line(reader, line_of(number, path), line, false);
        }
    }
    read_entries(reader, now);
}

}  // namespace ctrlpass
