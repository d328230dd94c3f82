// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "src/pins/wish.hpp"
#include "src/profile/section.hpp"

namespace ctrlpass {

/// [pin] of a profile.
Result<PinWish> pin_wish_of(const Section& section);

}  // namespace ctrlpass
