// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "iommu/host.hpp"
#include "iommu/root.hpp"
#include "src/render/inspect.hpp"
#include "vfio/holders.hpp"

namespace ctrlpass {

/// The host with every controller judged.
struct Inspection {
    Host host;
    Holders holders;
    Verdicts verdicts;  ///< of every controller
};

/// Errors: those of `read_host`.
Result<Inspection> inspect_host(const Root& root);

}  // namespace ctrlpass
