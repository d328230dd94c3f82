// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "iommu/descriptor.hpp"
#include "iommu/result.hpp"

namespace ctrlpass {

/// A tree of folders, files and links, as values, until it is written at one go. Paths have no
/// leading slash; links within it are followed as if it were the root of everything, so whatever a
/// link says, nothing is ever beside the tree. What is there first stays: a link is not put in the
/// place of a folder. A file that is there gets the later text.
class CapturedTree {
  public:
    CapturedTree();
    CapturedTree(const CapturedTree&) = delete;
    CapturedTree& operator=(const CapturedTree&) = delete;
    ~CapturedTree();

    void file(const std::string& path, const std::string& text);
    void link(const std::string& path, const std::string& target);
    void folder(const std::string& path);
    /// Links on the way and at its end are followed.
    bool has(const std::string& path) const;

    /// Into an empty folder, by descriptors alone: files with mode 0600, folders with 0700,
    /// whatever the umask. After a failure nothing of it is left there.
    Result<> write_into(const Descriptor& folder) const;

  private:
    struct Entry;
    using Names = std::vector<std::string>;

    std::optional<Names> inside(const std::string& path) const;
    const Entry* find(const Names& names) const;
    Entry* make_folders(const Names& names);
    static Result<> write(const Entry& entry, const Descriptor& folder);
    static void remove(const Entry& entry, const Descriptor& folder);

    std::unique_ptr<Entry> top_;
};

}  // namespace ctrlpass
