// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <vector>

#include "iommu/descriptor.hpp"

namespace ctrlpass {

/// A folder of the caller that is empty and that nobody else may write to: made anew, or there
/// already. Its path is looked up once. Unless it is kept it goes away again where it was made, as
/// long as it is empty.
class EmptyFolder {
  public:
    /// Errors are `bad_input`: what is there is not empty, no folder, or somebody else could write
    /// to it.
    static Result<EmptyFolder> open(const std::string& path);

    EmptyFolder(EmptyFolder&&) = default;
    EmptyFolder& operator=(EmptyFolder&&) = delete;
    EmptyFolder(const EmptyFolder&) = delete;
    EmptyFolder& operator=(const EmptyFolder&) = delete;
    ~EmptyFolder();

    const Descriptor& folder() const { return folder_; }
    /// With mode 0700, whatever it had.
    Result<> keep();

  private:
    EmptyFolder() = default;
    Result<> make(Descriptor above, const std::vector<std::string>& names);

    Descriptor folder_;
    /// The folders that were made above it and itself: who has it, and its name there.
    struct Made {
        Descriptor above;
        std::string name;
    };
    std::vector<Made> made_;
    std::string path_;
};

}  // namespace ctrlpass
