// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <thread>

#include "src/guests/libvirt_api.hpp"

namespace ctrlpass {

/// libvirt's event loop in a thread. Only a driver inside our process (qemu:///embed) needs one;
/// a connection to a daemon works without.
class LibvirtEvents {
  public:
    /// Must come before the connection is opened. Null where the URI needs no loop.
    static Result<std::unique_ptr<LibvirtEvents>> start(const LibvirtApi& api,
                                                        const std::string& uri);
    explicit LibvirtEvents(const LibvirtApi& api);

  private:
    std::jthread thread_;
};

}  // namespace ctrlpass
