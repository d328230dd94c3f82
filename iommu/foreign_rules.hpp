// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <vector>

#include "iommu/host.hpp"
#include "iommu/modprobe_rules.hpp"
#include "iommu/root.hpp"
#include "iommu/script_files.hpp"
#include "iommu/udev_rules.hpp"

namespace ctrlpass {

/// What other tools and people have written that binds or unbinds a function: rules of udev,
/// scripts of the initramfs, files of modprobe.d, units and scripts of the boot, libvirt's hooks,
/// scripts of the suspend. Listed folders only; each file is read once, and none is run.
class ForeignRuleReader {
  public:
    ForeignRuleReader(const Root& root, UdevRuleFiles& rules) : files_(root), rules_(rules) {}
    std::vector<ForeignRule> read(const Function& function);

  private:
    struct Body {
        ForeignRule::When when;
        ScriptBody script;
    };
    const std::vector<Body>& bodies();
    void add_file(ForeignRule::When when, const std::string& path);
    void add_hooks();
    void add_install_lines();

    ScriptFiles files_;
    UdevRuleFiles& rules_;
    std::optional<std::vector<Body>> bodies_;
    std::vector<ModprobeStatement> statements_;
};

}  // namespace ctrlpass
