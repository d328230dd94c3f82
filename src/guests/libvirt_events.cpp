// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/guests/libvirt_events.hpp"

#include "src/guests/libvirt_error.hpp"

namespace ctrlpass {

namespace {

constexpr int milliseconds_between_looks = 50;

void only_wake(int, void*) {}

bool is_embedded(const std::string& uri) { return uri.find(":///embed?") != uri.npos; }

}  // namespace

LibvirtEvents::LibvirtEvents(const LibvirtApi& api)
    : thread_([api](const std::stop_token& stop) {
          while (!stop.stop_requested())
              if (api.virEventRunDefaultImpl() < 0) return;
      }) {}

Result<std::unique_ptr<LibvirtEvents>> LibvirtEvents::start(const LibvirtApi& api,
                                                            const std::string& uri) {
    if (!is_embedded(uri)) return nullptr;
    // The timer lets the loop see that it is to stop.
    if (api.virEventRegisterDefaultImpl() < 0 ||
        api.virEventAddTimeout(milliseconds_between_looks, only_wake, nullptr, nullptr) < 0)
        return libvirt_failure(api, "cannot start libvirt's event loop");
    return std::make_unique<LibvirtEvents>(api);
}

}  // namespace ctrlpass
