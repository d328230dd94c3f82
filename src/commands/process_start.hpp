// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

namespace ctrlpass {

/// Before anything else: descriptors 0 to 2 are there, so that no file that is opened later becomes
/// standard output; reading from and writing to one that was missing fails. A write that nobody
/// reads (SIGPIPE) or that is over a limit (SIGXFSZ) fails as well, and ends nothing. False when
/// there is nothing to put in a descriptor's place.
[[nodiscard]] bool start_process();

}  // namespace ctrlpass
