// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/udev_events.hpp"

#include <libudev.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>

#include "iommu/shared_library.hpp"

namespace ctrlpass {

namespace {

std::string text_of(const char* text) { return text == nullptr ? "" : text; }

/// udevd listens here as long as it runs (systemd's src/udev/udev-ctrl.c).
bool udevd_runs() { return ::access("/run/udev/control", F_OK) == 0; }

}  // namespace

/// The functions of libudev that are needed, under their own names.
struct UdevEvents::Library {
    decltype(::udev_new)* make = nullptr;
    decltype(::udev_unref)* unref = nullptr;
    decltype(::udev_monitor_new_from_netlink)* monitor = nullptr;
    decltype(::udev_monitor_unref)* monitor_unref = nullptr;
    decltype(::udev_monitor_filter_add_match_subsystem_devtype)* match = nullptr;
    decltype(::udev_monitor_enable_receiving)* enable = nullptr;
    decltype(::udev_monitor_get_fd)* descriptor = nullptr;
    decltype(::udev_monitor_receive_device)* receive = nullptr;
    decltype(::udev_device_unref)* device_unref = nullptr;
    decltype(::udev_device_get_action)* action = nullptr;
    decltype(::udev_device_get_syspath)* syspath = nullptr;
    decltype(::udev_device_get_devtype)* type = nullptr;

    static Result<std::unique_ptr<Library>> load() {
        const SharedLibrary library = TRY(SharedLibrary::open("libudev.so.1"));
        auto all = std::make_unique<Library>();
        TRY(find(library, "udev_new", all->make));
        TRY(find(library, "udev_unref", all->unref));
        TRY(find(library, "udev_monitor_new_from_netlink", all->monitor));
        TRY(find(library, "udev_monitor_unref", all->monitor_unref));
        TRY(find(library, "udev_monitor_filter_add_match_subsystem_devtype", all->match));
        TRY(find(library, "udev_monitor_enable_receiving", all->enable));
        TRY(find(library, "udev_monitor_get_fd", all->descriptor));
        TRY(find(library, "udev_monitor_receive_device", all->receive));
        TRY(find(library, "udev_device_unref", all->device_unref));
        TRY(find(library, "udev_device_get_action", all->action));
        TRY(find(library, "udev_device_get_syspath", all->syspath));
        TRY(find(library, "udev_device_get_devtype", all->type));
        return all;
    }

  private:
    template <typename Function>
    static Result<> find(const SharedLibrary& library, const char* name, Function*& found) {
        found = TRY(library.symbol<Function>(name));
        return {};
    }
};

UdevEvents::UdevEvents(std::unique_ptr<Library> library, udev* context, udev_monitor* monitor)
    : library_(std::move(library)), context_(context), monitor_(monitor) {}

UdevEvents::UdevEvents(UdevEvents&&) noexcept = default;

UdevEvents::~UdevEvents() {
    if (library_ == nullptr) return;  // moved from
    if (monitor_ != nullptr) library_->monitor_unref(monitor_);
    if (context_ != nullptr) library_->unref(context_);
}

Result<UdevEvents> UdevEvents::open(const std::string& subsystem) {
    auto library = TRY(Library::load());
    udev* const context = library->make();
    UdevEvents events(std::move(library), context, nullptr);
    if (context != nullptr)
        events.monitor_ = events.library_->monitor(context, udevd_runs() ? "udev" : "kernel");
    const bool ready = events.monitor_ != nullptr &&
                       events.library_->match(events.monitor_, subsystem.c_str(), nullptr) >= 0 &&
                       events.library_->enable(events.monitor_) >= 0;
    if (!ready) return fail("cannot listen to the kernel's device events");
    return events;
}

int UdevEvents::descriptor() const { return library_->descriptor(monitor_); }

std::optional<UdevEvent> UdevEvents::next(Clock::time_point deadline) {
    for (;;) {
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
        struct pollfd ready {
            descriptor(), POLLIN, 0
        };
        const auto patience = std::clamp<std::int64_t>(left.count(), 0, 1'000'000'000);
        if (::poll(&ready, 1, static_cast<int>(patience)) <= 0) return std::nullopt;
        if (auto event = receive()) return event;
    }
}

/// Nothing where the filter let it not through.
std::optional<UdevEvent> UdevEvents::receive() {
    udev_device* const device = library_->receive(monitor_);
    if (device == nullptr) return std::nullopt;
    UdevEvent event{text_of(library_->action(device)), text_of(library_->syspath(device)),
                    text_of(library_->type(device))};
    event.sysfs.erase(0, 1);
    library_->device_unref(device);
    return event;
}

}  // namespace ctrlpass
