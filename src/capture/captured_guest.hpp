// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <string>

#include "src/capture/mask.hpp"

namespace ctrlpass {

/// A guest's definition with the elements and attributes that ctrlpass judges, and no others; of
/// QEMU's own arguments the devices of the host that they name. Nothing where it is no definition.
std::optional<std::string> captured_guest(Mask& mask, const std::string& definition);

}  // namespace ctrlpass
