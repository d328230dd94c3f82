// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "iommu/root.hpp"

namespace ctrlpass {

/// What the kernel runs on, or what of it is shown here.
struct Environment {
    enum class Kind { machine, container, xen_dom0, guest };
    Kind kind = Kind::machine;
    std::string name;  ///< "lxc", "docker"; "QEMU", "VMware", "WSL"; "" where it is not known
    std::string evidence;
    bool operator==(const Environment&) const = default;
};

Environment read_environment(const Root& root);

}  // namespace ctrlpass
