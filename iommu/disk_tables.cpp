// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/disk_tables.hpp"

#include "iommu/lines.hpp"
#include "iommu/table_reader.hpp"

namespace ctrlpass {

namespace {

constexpr std::size_t most_disk_lines = 4096;  // of all tables
constexpr std::size_t longest_disk_table = 4U << 20U;

bool names_device(std::string_view key) {
    // Logs and journals beside the data (mount(8), ext4, xfs), and the disks of a btrfs.
    return key == "logdev" || key == "rtdev" || key == "journal_path" || key == "journal_dev" ||
           key == "device";
}

void read_fstab(TableReader& reader) {
    reader.for_each_line("etc/fstab", [&](const std::string& place, const auto& fields) {
        const bool swap = fields.size() > 2 && fields[2] == "swap";
        const std::string purpose = swap || fields.size() < 2 ? " for swap" : " on " + fields[1];
        if (fields.size() > 2 && fields[2] == "bcachefs") {
            // "UUID=…" or all of its disks, "/dev/sda:/dev/sdb".
            for (const std::string& disk : parts_of(fields[0], ':'))
                reader.add(place, disk, purpose);
        } else if (is_device(unquoted(fields[0]))) {
            reader.add(place, fields[0], purpose);
            if (!swap && fields.size() > 1) reader.add_point(fields[1], fields[0]);
        } else {
            reader.add_any(place, fields[0], purpose);  // an image, a swap file
        }
        if (fields.size() < 4) return;
        for (const std::string& option : parts_of(fields[3], ',')) {
            const auto equals = option.find('=');
            if (equals != option.npos && names_device(option.substr(0, equals)))
                reader.add(place, option.substr(equals + 1), purpose);
        }
    });
}

}  // namespace

std::string line_of(int number, const std::string& path) {
    return "line " + std::to_string(number) + " of /" + path;
}

void TableReader::for_each_line(const std::string& path, const Use& use) const {
    int number = 0;
    for (const std::string& line : lines_of(root_.read(path, longest_disk_table).value_or(""))) {
        ++number;
        const auto fields = fields_of(line);
        if (fields.empty() || fields[0].starts_with('#')) continue;
        use(line_of(number, path), fields);
    }
}

void TableReader::add_specs(const std::string& place, std::vector<DiskSpec> specs,
                            const std::string& purpose, const std::string& shown) {
    if (specs.empty()) return;
    if (tables_.lines.size() >= most_disk_lines) return note_full();
    tables_.lines.push_back({place, purpose, std::move(specs), shown, {}, unit_});
}

void TableReader::add_unclear(const std::string& text) {
    if (tables_.lines.size() >= most_disk_lines) return note_full();
    tables_.lines.push_back({{}, {}, {}, {}, text});
}

void TableReader::note_full() const {
    root_.note_unread("etc/fstab", "it and the other tables name more than " +
                                       std::to_string(most_disk_lines) +
                                       " disks for the next boot");
}

void TableReader::add(const std::string& place, const std::string& field,
                      const std::string& purpose) {
    if (auto spec = disk_spec(root_, field)) add_specs(place, {std::move(*spec)}, purpose);
}

bool TableReader::add_any(const std::string& place, const std::string& field,
                          const std::string& purpose) {
    const std::string bare = unquoted(field);
    if (has_too_many_parts(bare))
        add_unclear("not known whether " + place + " means it: it has too many parts");
    auto specs = disk_specs_in(root_, bare);
    std::string shown;
    if (specs.empty() && bare.starts_with('/') && !bare.starts_with("/dev/")) {
        specs = specs_of_file(bare);
        shown = bare;
    }
    if (specs.empty()) return false;
    add_specs(place, std::move(specs), purpose, shown);
    return true;
}

void TableReader::add_point(const std::string& where, const std::string& field) {
    if (where.starts_with('/') && where != "/") later_.emplace(where, field);
}

/// Of a file what its file system is on: as the tables mount it, or as it is mounted now.
std::vector<DiskSpec> TableReader::specs_of_file(const std::string& path) const {
    std::vector<DiskSpec> specs;
    const Mount* const now = points_.of(path);
    const std::string* later = nullptr;
    std::size_t length = 0;
    for (const auto& [where, field] : later_) {
        const bool below = path.starts_with(where) && path.substr(where.size()).starts_with('/');
        if (below && where.size() > length) {
            later = &field;
            length = where.size();
        }
    }
    if (later != nullptr)
        if (auto spec = disk_spec(root_, *later)) specs.push_back(std::move(*spec));
    // On the root file system it goes where that goes.
    if (now != nullptr && now->where.size() > 1 && now->where.size() >= length)
        if (auto spec = disk_spec(root_, now->source)) specs.push_back(std::move(*spec));
    return specs;
}

DiskTables read_disk_tables(const Root& root, const std::vector<Mount>& mounts) {
    DiskTables tables;
    TableReader reader(root, mounts, tables);
    read_fstab(reader);
    read_mount_units(reader);
    read_crypttabs(reader);
    read_autofs_maps(reader);
    read_boot_words(reader);
    read_storage_tables(reader);
    read_target_tables(reader);
    read_service_units(reader);
    return tables;
}

std::vector<std::string> disk_tables() {
    return {"etc/fstab",
            "etc/crypttab",
            "etc/crypttab.initramfs",
            "etc/auto.master",
            "etc/mdadm.conf",
            "etc/mdadm/mdadm.conf",
            "etc/lvm/devices/system.devices",
            "etc/multipath/wwids",
            "etc/multipath.conf",
            "etc/zfs/zpool.cache",
            "etc/nbd-server/config",
            "etc/veritytab",
            "etc/integritytab",
            "etc/rtslib-fb-target/saveconfig.json",
            "etc/target/saveconfig.json",
            "etc/tgt/targets.conf",
            "etc/security/pam_mount.conf.xml",
            "boot/grub/grub.cfg",
            "boot/grub2/grub.cfg"};
}

std::string file_of(const DiskLine& line) {
    const auto slash = line.place.find('/');
    return slash == line.place.npos ? line.place : line.place.substr(slash);
}

std::optional<std::string> text_for(const DiskLine& line, const Block& block) {
    for (const DiskSpec& spec : line.specs)
        if (means(spec, block))
            return line.place + ": " + (line.shown.empty() ? spec.text : line.shown) + line.purpose;
    return std::nullopt;
}

}  // namespace ctrlpass
