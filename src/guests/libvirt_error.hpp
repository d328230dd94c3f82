// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "src/guests/libvirt_api.hpp"

namespace ctrlpass {

/// The failure of the libvirt call that this thread made last: libvirt's own message as `where`,
/// and a hint where the way forward is known.
std::unexpected<Error> libvirt_failure(const LibvirtApi& api, std::string what);

/// libvirt's number (virErrorNumber) for the call that this thread made last.
int libvirt_error_code(const LibvirtApi& api);

}  // namespace ctrlpass
