// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <map>

#include "src/execute/disk.hpp"
#include "tests/support/stage.hpp"

namespace ctrlpass::tests {

/// What befalls the steps on a disk, by number from 1. Outlives the disks that are made with it.
struct DiskFate {
    int steps = 0;
    std::map<int, Stage> deaths;
    std::map<int, int> refused;  ///< with an errno
};

/// The real one, until its fate comes. Killed within a step, half of a file's content is there.
class FragileDisk final : public Disk {
  public:
    explicit FragileDisk(DiskFate& fate) : fate_(fate) {}

    Result<> make_folder(const Descriptor& parent, const std::string& name) override;
    Result<> store(const Descriptor& folder, const std::string& name, const std::string& content,
                   unsigned mode) override;
    Result<> move(const Descriptor& from, const std::string& name, const Descriptor& to,
                  const std::string& new_name) override;
    Result<> remove(const Descriptor& folder, const std::string& name) override;
    Result<bool> remove_folder(const Descriptor& parent, const std::string& name) override;

  private:
    DiskFate& fate_;
};

}  // namespace ctrlpass::tests
