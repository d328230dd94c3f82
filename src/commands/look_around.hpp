// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "iommu/host.hpp"
#include "iommu/root.hpp"
#include "src/render/inspect.hpp"

namespace ctrlpass {

/// The host with all its controllers, and what giving each away would cost.
struct Surroundings {
    Host host;
    Verdicts verdicts;
    bool complete = true;  ///< false: what only root can know is missing
};

Result<Surroundings> look_around(const Root& root);

}  // namespace ctrlpass
