// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "iommu/health.hpp"

namespace ctrlpass {

/// What has to become of the words of the kernel command line.
struct CommandLineWords {
    std::vector<std::string> add;
    std::vector<std::string> remove;
    bool operator==(const CommandLineWords&) const = default;
};

/// "Add intel_iommu=on to the kernel command line and take iommu=off off it".
std::string in_words(const CommandLineWords& words);

/// A file of its own for words of the kernel command line, and the command that makes it count.
struct CommandLineFile {
    std::string place;    ///< "/etc/default/grub.d/ctrlpass.cfg"
    std::string command;  ///< "update-grub"
    bool operator==(const CommandLineFile&) const = default;
};

/// How the kernel command line of the next boot is changed: by the boot loader that started the
/// running kernel. Where that is not known, or its files are not understood, the words alone are
/// said.
class KernelCommandLine {
  public:
    explicit KernelCommandLine(const Health& health) : health_(health), boot_(health.boot) {}

    /// The way to a command line with these words and without those, as a hint.
    std::string hint(const CommandLineWords& words) const;

    /// Where a program may write words of its own: nothing where that is not known.
    std::optional<CommandLineFile> own_file() const;

  private:
    std::string grub_hint(const CommandLineWords& words) const;
    std::string proxmox_hint(const CommandLineWords& words) const;
    std::string words_only(const CommandLineWords& words, const std::string& why) const;
    bool grub_has_entries() const;
    std::string grub_command() const;
    std::string why_not_grub() const;

    const Health& health_;
    const BootFiles& boot_;
};

}  // namespace ctrlpass
