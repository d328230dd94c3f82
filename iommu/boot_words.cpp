// SPDX-License-Identifier: GPL-2.0-or-later
// Disks that the kernel command line, and what the initramfs has instead of it, names.
#include <algorithm>
#include <array>
#include <string_view>

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

bool is_key_of(std::string_view key, const auto& keys) {
    return std::ranges::find(keys, key) != keys.end();
}

/// Values that are devices, or have one among other things: the kernel's, systemd's, dracut's,
/// initramfs-tools', mkinitcpio's, genkernel's and live systems' words.
bool has_device(std::string_view key) {
    constexpr std::array<std::string_view, 43> keys{"root",
                                                    "resume",
                                                    "usr",
                                                    "mount.usr",
                                                    "boot",
                                                    "cryptdevice",
                                                    "cryptkey",
                                                    "cryptopts",
                                                    "real_root",
                                                    "real_resume",
                                                    "root_key",
                                                    "root_keydev",
                                                    "swap_keydev",
                                                    "crypt_root",
                                                    "crypt_swap",
                                                    "archisodevice",
                                                    "misodevice",
                                                    "img_dev",
                                                    "live-media",
                                                    "bootfrom",
                                                    "persistent",
                                                    "inst.stage2",
                                                    "inst.repo",
                                                    "inst.ks",
                                                    "rd.live.overlay",
                                                    "rd.luks.key",
                                                    "luks.key",
                                                    "rd.luks.data",
                                                    "luks.data",
                                                    "rd.luks.options",
                                                    "luks.options",
                                                    "rd.luks.header",
                                                    "luks.header",
                                                    "cow_device",
                                                    "systemd.mount-extra",
                                                    "rd.systemd.mount-extra",
                                                    "systemd.swap-extra",
                                                    "rd.systemd.swap-extra",
                                                    "systemd.verity_root_data",
                                                    "systemd.verity_root_hash",
                                                    "systemd.verity_usr_data",
                                                    "systemd.verity_usr_hash",
                                                    "fromiso"};
    return is_key_of(key, keys);
}

/// Values that begin with a UUID without a tag: "luks-7e0b…", "7e0b…=name".
bool has_uuid(std::string_view key) {
    constexpr std::array<std::string_view, 7> keys{
        "rd.luks.uuid",    "luks.uuid",    "rd.luks.name", "luks.name",
        "rd.luks.options", "luks.options", "rd.md.uuid"};
    return is_key_of(key, keys);
}

bool has_label(std::string_view key) {
    constexpr std::array<std::string_view, 3> keys{"archisolabel", "misolabel", "cow_label"};
    return is_key_of(key, keys);
}

DiskSpec property_spec(const std::string& text, const std::string& property,
                       const std::string& value, bool digits = false) {
    return {text, std::nullopt, property, {value}, digits, true};
}

/// The pool of "ZFS=tank/ROOT/debian", "zfs:tank/ROOT/debian".
std::string pool_in(const std::string& key, const std::string& value) {
    std::string_view name = value;
    for (const std::string_view start : {"ZFS=", "zfs:", "zfs=", "zfs:AUTO"})
        if (key == "root" && name.starts_with(start)) {
            name.remove_prefix(start.size());
            return std::string(name.substr(0, name.find('/')));
        }
    return key == "zfs" || key == "bootfs" ? value.substr(0, value.find('/')) : std::string();
}

std::vector<DiskSpec> specs_of(const Root& root, const std::string& key, const std::string& value) {
    std::vector<DiskSpec> specs;
    if (has_device(key)) {
        specs = disk_specs_in(root, value);
        if (auto number = disk_spec(root, value); number && specs.empty())
            specs.push_back(std::move(*number));
    }
    if (has_label(key))
        if (auto spec = disk_spec(root, "LABEL=" + value)) specs.push_back(std::move(*spec));
    if (key == "rd.lvm.lv")
        if (auto spec = disk_spec(root, "/dev/" + value)) specs.push_back(std::move(*spec));
    if (has_uuid(key)) {
        std::string uuid = value.substr(0, value.find('='));
        if (uuid.starts_with("luks-")) uuid.erase(0, 5);
        specs.push_back(property_spec(value, "ID_FS_UUID", uuid, true));
    }
    if (key == "rd.luks.partuuid" || key == "luks.partuuid")
        specs.push_back(property_spec(value, "ID_PART_ENTRY_UUID", value, true));
    if (const auto pool = pool_in(key, value); !pool.empty())
        specs.push_back(property_spec(value, "ID_FS_LABEL", pool));
    return specs;
}

void read_boot_line(TableReader& reader, const std::string& place, const std::string& line,
                    bool of_now) {
    for (const std::string& word : boot_words(line)) {
        const auto equals = word.find('=');
        if (equals == word.npos) continue;
        const std::string key = word.substr(0, equals);
        auto specs = specs_of(reader.root(), key, word.substr(equals + 1));
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
            read_boot_line(reader_, "line " + std::to_string(number) + " of /" + path, fresh,
                           false);
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
            read_boot_line(reader, "line " + std::to_string(number) + " of /" + path, line, false);
        }
    }
    read_entries(reader, now);
}

}  // namespace ctrlpass
