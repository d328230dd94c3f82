// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "iommu/descriptor.hpp"

namespace ctrlpass {

/// The steps in which files are changed, each on disk when it returns. Names are of entries of the
/// folder beside them; links are never followed. Virtual, so that a test can refuse a step or end
/// between two of them.
class Disk {
  public:
    virtual ~Disk() = default;
    /// With mode 0755.
    virtual Result<> make_folder(const Descriptor& parent, const std::string& name);
    /// A new file in place of what has this name.
    virtual Result<> store(const Descriptor& folder, const std::string& name,
                           const std::string& content, unsigned mode);
    /// Over what has the name there. Both are on one file system.
    virtual Result<> move(const Descriptor& from, const std::string& name, const Descriptor& to,
                          const std::string& new_name);
    /// One that is not there is fine.
    virtual Result<> remove(const Descriptor& folder, const std::string& name);
    /// False where something is in it.
    virtual Result<bool> remove_folder(const Descriptor& parent, const std::string& name);
};

}  // namespace ctrlpass
