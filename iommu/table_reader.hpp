// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "iommu/disk_tables.hpp"
#include "iommu/root.hpp"

namespace ctrlpass {

/// "line 7 of /etc/fstab"; the path has no slash in front.
std::string line_of(int number, const std::string& path);

/// What the readers of single tables have in common: where their lines go.
class TableReader {
  public:
    TableReader(const Root& root, const std::vector<Mount>& mounts, DiskTables& tables)
        : root_(root), points_(mounts), tables_(tables) {}

    const Root& root() const { return root_; }

    /// The fields of each line that is no comment, with "line 7 of /etc/fstab".
    using Use = std::function<void(const std::string& place, const std::vector<std::string>&)>;
    void for_each_line(const std::string& path, const Use& use) const;

    /// A field that is a device and nothing else.
    void add(const std::string& place, const std::string& field, const std::string& purpose);
    /// One that names a device beside other things, or a file on one. False when it names neither.
    bool add_any(const std::string& place, const std::string& field, const std::string& purpose);
    void add_specs(const std::string& place, std::vector<DiskSpec> specs,
                   const std::string& purpose, const std::string& shown = {});
    void add_unclear(const std::string& text);
    /// Lines that are added from now on belong to this unit of systemd; "" for none.
    void set_unit(const std::string& name) { unit_ = name; }

    /// A place where a table mounts a device: files below it are on that.
    void add_point(const std::string& where, const std::string& field);
    DiskTables& tables() { return tables_; }

  private:
    void note_full() const;
    std::vector<DiskSpec> specs_of_file(const std::string& path) const;

    const Root& root_;
    MountPoints points_;
    std::string unit_;
    DiskTables& tables_;
    std::map<std::string, std::string> later_;  ///< mount points of the next boot, to their device
};

/// Readers of tables, each of those of one kind of program.
void read_crypttabs(TableReader& reader);       // crypttab.cpp
void read_mount_units(TableReader& reader);     // mount_units.cpp
void read_autofs_maps(TableReader& reader);     // autofs_maps.cpp
void read_boot_words(TableReader& reader);      // boot_words.cpp
void read_storage_tables(TableReader& reader);  // storage_tables.cpp
void read_target_tables(TableReader& reader);   // target_tables.cpp
void read_service_units(TableReader& reader);   // service_units.cpp

}  // namespace ctrlpass
