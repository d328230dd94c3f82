// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

namespace ctrlpass::tests {

/// ctrlpass was "killed" here: it passes through the product's code, which catches nothing.
struct Killed {
    int write = 0;
};

/// When in a write it is killed.
enum class Stage {
    before,  ///< the write was not done
    during,  ///< it has begun and is not through
    after,   ///< it was done
};

}  // namespace ctrlpass::tests
