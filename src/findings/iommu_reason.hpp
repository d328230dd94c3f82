// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <string_view>

#include "iommu/host.hpp"

namespace ctrlpass {

/// The word for documents: "xen-dom0", "not-started"; "" of an IOMMU that is on.
std::string_view word_of(Iommu::Reason reason);

/// What the firmware calls it: "VT-d", "AMD-Vi", "the IOMMU".
std::string name_of_iommu(Processor processor);

/// Why VFIO has no IOMMU here: the fact that was seen, in one line.
std::string fact_of(const Iommu& iommu);
/// The same in three or four words, for a heading: "IOMMU used by Xen".
std::string heading_of(const Iommu& iommu);
/// The way forward where no file of a boot loader is part of it; "" otherwise.
std::string way_of(const Iommu& iommu);

}  // namespace ctrlpass
