// SPDX-License-Identifier: GPL-2.0-or-later
// Tables of what is built upon disks and of what exports them: LVM, multipath, md, DRBD, zfs, nbd.
#include <algorithm>

#include "iommu/lines.hpp"
#include "iommu/table_reader.hpp"
#include "iommu/zfs_pools.hpp"

namespace ctrlpass {

namespace {

constexpr std::size_t most_files = 256;

std::optional<std::string> assigned(const std::vector<std::string>& fields,
                                    const std::string& key) {
    for (const std::string& field : fields)
        if (field.starts_with(key + "=")) return unquoted(field.substr(key.size() + 1));
    return std::nullopt;
}

/// IDTYPE=… IDNAME=… DEVNAME=/dev/sdb1 PVID=… (lvmdevices(8)): LVM looks for the PVID, and
/// corrects the name.
void read_lvm_devices(TableReader& reader) {
    reader.for_each_line(
        "etc/lvm/devices/system.devices", [&](const auto& place, const auto& fields) {
            const auto device = assigned(fields, "DEVNAME");
            const auto volume = assigned(fields, "PVID");
            if (!device && !volume) return;
            DiskSpec spec{device.value_or("PVID=" + volume.value_or("")), std::nullopt};
            if (device) spec.block = block_at(reader.root(), *device);
            if (volume && volume->size() > 1) {
                spec.property = "ID_FS_UUID";
                spec.values = {*volume};
                spec.digits = true;
                spec.by_property = true;
            }
            reader.add_specs(place, {std::move(spec)}, " for LVM");
        });
}

void add_wwid(TableReader& reader, const std::string& place, const std::string& wwid) {
    DiskSpec spec{wwid, block_at(reader.root(), "/dev/disk/by-id/" + wwid)};
    spec.property = "ID_SERIAL";
    spec.values = {wwid};
    spec.of_whole_disk = true;
    reader.add_specs(place, {std::move(spec)}, " for multipath");
}

/// "/WWID/" in each line of wwids, and `wwid "…"` of the multipath sections of multipath.conf.
void read_multipath(TableReader& reader) {
    reader.for_each_line("etc/multipath/wwids", [&](const auto& place, const auto& fields) {
        std::string wwid = fields[0];
        std::erase(wwid, '/');
        if (!wwid.empty()) add_wwid(reader, place, wwid);
    });
    std::string section;
    int depth = 0;
    reader.for_each_line("etc/multipath.conf", [&](const auto& place, const auto& fields) {
        if (fields[0].starts_with('!')) return;
        if (depth == 0) section = fields[0];
        for (const std::string& field : fields)
            for (const char c : field) depth = std::max(0, depth + (c == '{') - (c == '}'));
        const bool named = fields.size() > 1 && fields[0] == "wwid";
        if (named && section.starts_with("multipaths"))
            add_wwid(reader, place, unquoted(fields[1]));
    });
}

/// ARRAY /dev/md0 UUID=a:b:c:d devices=/dev/sda1,/dev/sdb1; lines that begin with white space go
/// on with the one before (mdadm.conf(5)).
void read_md(TableReader& reader) {
    for (const std::string path : {"etc/mdadm.conf", "etc/mdadm/mdadm.conf"}) {
        std::string array;
        reader.for_each_line(path, [&](const std::string& place, const auto& fields) {
            if (fields[0] == "ARRAY" && fields.size() > 1) array = fields[1];
            if (const auto uuid = assigned(fields, "UUID"))
                reader.add_specs(
                    place, {{"UUID=" + *uuid, std::nullopt, "ID_FS_UUID", {*uuid}, true, true}},
                    " for " + array);
            for (const std::string& device :
                 parts_of(assigned(fields, "devices").value_or(""), ','))
                reader.add(place, device, " for " + array);
        });
    }
}

void add_file(const Root& root, const std::string& folder, const std::string& name,
              std::string_view end, std::vector<std::string>& files) {
    if (!name.ends_with(end)) return;
    if (files.size() < most_files)
        files.push_back(folder + name);
    else
        root.note_more(folder, most_files, "files");
}

/// `disk /dev/sdb1;` and `meta-disk /dev/sdc1 [0];` of DRBD's resources.
void read_drbd(TableReader& reader) {
    std::vector<std::string> files{"etc/drbd.conf"};
    for (const std::string folder : {"etc/drbd.d/", "var/lib/linstor.d/"})
        for (const std::string& name : reader.root().names(folder))
            add_file(reader.root(), folder, name, ".res", files);
    for (const std::string& file : files)
        reader.for_each_line(file, [&](const std::string& place, const auto& fields) {
            for (std::size_t i = 0; i + 1 < fields.size(); ++i) {
                if (fields[i] != "disk" && fields[i] != "meta-disk") continue;
                std::string device = fields[i + 1];
                while (device.ends_with(';')) device.pop_back();
                reader.add(place, device, " for DRBD");
            }
        });
}

/// `exportname = /dev/sdb1` or a file on it: opened when a client comes.
void read_nbd_server(TableReader& reader) {
    std::vector<std::string> files{"etc/nbd-server/config"};
    const std::string folder = "etc/nbd-server/conf.d/";
    for (const std::string& name : reader.root().names(folder))
        add_file(reader.root(), folder, name, ".conf", files);
    for (const std::string& file : files)
        reader.for_each_line(file, [&](const std::string& place, const auto& fields) {
            std::string line;
            for (const std::string& field : fields) line += field;
            constexpr std::string_view key = "exportname=";
            if (line.starts_with(key))
                reader.add_any(place, line.substr(key.size()), " for nbd-server");
        });
}

/// Pools that the next boot imports and that are not imported now: those are in use.
void read_zpool_cache(TableReader& reader) {
    const ZfsPools pools = read_zfs_pools(reader.root());
    if (!pools.cache_known)
        reader.add_unclear(
            "not known whether /etc/zfs/zpool.cache means it: the file was not understood");
    for (const CachedPool& pool : pools.cached) {
        if (pools.imported.contains(pool.name)) continue;
        for (const CachedPool::Device& device : pool.devices)
            reader.add_specs("/etc/zfs/zpool.cache", {spec_of(reader.root(), device)},
                             (device.part.empty() ? " in" : " as " + device.part + " of") +
                                 std::string(" the zfs pool ") + pool.name);
    }
}

}  // namespace

void read_storage_tables(TableReader& reader) {
    read_lvm_devices(reader);
    read_multipath(reader);
    read_md(reader);
    read_drbd(reader);
    read_nbd_server(reader);
    read_zpool_cache(reader);
}

}  // namespace ctrlpass
