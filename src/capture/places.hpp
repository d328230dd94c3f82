// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "src/capture/pseudonyms.hpp"

namespace ctrlpass {

/// Names of files in a capture. Those that the kernel, udev and the distribution give stay; every
/// other part of a path gets its pseudonym by itself, so that what was below a folder is below it
/// afterwards too.
class Places {
  public:
    /// `of_listed`: the name of a file that the list of what may go names, nothing of another one.
    using Listed = std::function<std::string(const std::string& path)>;
    Places(Pseudonyms& names, Listed of_listed) : names_(names), listed_(std::move(of_listed)) {}

    /// With or without the leading slash.
    std::string path(const std::string& path);
    /// What the link at `path` says. "" where it may not be said: the link is then none.
    std::string target(const std::string& path, const std::string& target);
    /// A device as tables name it: "UUID=…", "/dev/sda2", "server:/export".
    std::string spec(const std::string& spec);
    /// The name of a systemd unit that is made of a path: "srv-backup.mount".
    std::string unit(const std::string& name);

  private:
    std::string in_sysfs(std::string_view below);
    std::string in_dev(std::string_view below);
    std::string in_proc(std::string_view below);
    std::string elsewhere(std::string_view path);
    std::string sysfs_part(std::string_view part, std::string_view before);

    Pseudonyms& names_;
    Listed listed_;
};

/// The parts between the slashes; empty ones count.
std::vector<std::string_view> parts_between(std::string_view text, char separator);

}  // namespace ctrlpass
