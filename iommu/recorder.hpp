// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <vector>

namespace ctrlpass {

/// Hears of all that is read below a root: what a capture is made of. Paths are those that were
/// asked for.
class Recorder {
  public:
    virtual ~Recorder() = default;
    virtual void on_file(const std::string& path, const std::string& text) = 0;
    virtual void on_link(const std::string& path, const std::string& target) = 0;
    virtual void on_list(const std::string& path, const std::vector<std::string>& names) = 0;
    virtual void on_exists(const std::string& path) = 0;
};

}  // namespace ctrlpass
