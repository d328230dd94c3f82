// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "src/guests/guests.hpp"

namespace ctrlpass {

/// Domains in memory that keep their persistent definitions as text, like libvirt. A hostdev of
/// ours gets a root port, which stays when it leaves. Outlives the connections to it.
struct FakeDomains {
    struct One {
        DomainRef ref;
        std::string definition;
        bool running = false;
        bool persistent = true;
        bool saved = false;  ///< has a managed-save image
        std::string live;    ///< definition of the running guest
    };
    std::map<std::string, One> by_uuid;
    int writes = 0;
    /// Called with the number of the write, from 1; may throw. An error refuses it.
    std::function<Result<>(int)> before_write;
    std::function<void(int)> after_write;

    /// A persistent domain with these elements in its <devices>, and before that.
    DomainRef add(const std::string& name, const std::string& devices = "",
                  const std::string& more = "");
};

/// A connection to them.
std::unique_ptr<GuestHost> connect(FakeDomains& domains);

}  // namespace ctrlpass
