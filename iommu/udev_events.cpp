// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/udev_events.hpp"

#include <libudev.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <limits>

#include "iommu/library.hpp"

namespace ctrlpass {

/// What is used of libudev, found when it is first needed.
struct UdevApi {
    decltype(&::udev_new) create = nullptr;
    decltype(&::udev_unref) release = nullptr;
    decltype(&::udev_monitor_new_from_netlink) monitor = nullptr;
    decltype(&::udev_monitor_unref) release_monitor = nullptr;
    decltype(&::udev_monitor_filter_add_match_subsystem_devtype) filter = nullptr;
    decltype(&::udev_monitor_set_receive_buffer_size) set_buffer = nullptr;
    decltype(&::udev_monitor_enable_receiving) start = nullptr;
    decltype(&::udev_monitor_get_fd) descriptor = nullptr;
    decltype(&::udev_monitor_receive_device) receive = nullptr;
    decltype(&::udev_device_unref) release_device = nullptr;
    decltype(&::udev_device_get_action) action = nullptr;
    decltype(&::udev_device_get_subsystem) subsystem = nullptr;
    decltype(&::udev_device_get_devtype) type = nullptr;
    decltype(&::udev_device_get_sysname) name = nullptr;
    decltype(&::udev_device_get_syspath) path = nullptr;
};

namespace {

template <typename Function>
Result<> find(const SharedLibrary& library, const char* name, Function*& function) {
    function = TRY(library.symbol<Function>(name));
    return {};
}

Result<UdevApi> open_udev() {
    const auto library = TRY(SharedLibrary::open("libudev.so.1"));
    UdevApi udev;
    TRY(find(library, "udev_new", udev.create));
    TRY(find(library, "udev_unref", udev.release));
    TRY(find(library, "udev_monitor_new_from_netlink", udev.monitor));
    TRY(find(library, "udev_monitor_unref", udev.release_monitor));
    TRY(find(library, "udev_monitor_filter_add_match_subsystem_devtype", udev.filter));
    TRY(find(library, "udev_monitor_set_receive_buffer_size", udev.set_buffer));
    TRY(find(library, "udev_monitor_enable_receiving", udev.start));
    TRY(find(library, "udev_monitor_get_fd", udev.descriptor));
    TRY(find(library, "udev_monitor_receive_device", udev.receive));
    TRY(find(library, "udev_device_unref", udev.release_device));
    TRY(find(library, "udev_device_get_action", udev.action));
    TRY(find(library, "udev_device_get_subsystem", udev.subsystem));
    TRY(find(library, "udev_device_get_devtype", udev.type));
    TRY(find(library, "udev_device_get_sysname", udev.name));
    TRY(find(library, "udev_device_get_syspath", udev.path));
    return udev;
}

/// Many devices come at once at boot, while the one who waits looks at the first of them.
constexpr int receive_buffer = 8 << 20;

std::string text_of(const char* text) { return text != nullptr ? text : ""; }

}  // namespace

struct UdevEvents::Monitor {
    explicit Monitor(const UdevApi& library) : udev(library) {}
    Monitor(const Monitor&) = delete;
    Monitor& operator=(const Monitor&) = delete;
    ~Monitor() {
        if (monitor != nullptr) udev.release_monitor(monitor);
        if (context != nullptr) udev.release(context);
    }

    Result<> start(const std::string& subsystem, const std::string& type) {
        const std::string what = "cannot listen to the events of " + subsystem + " devices";
        const bool managed = ::access("/run/udev/control", F_OK) == 0;
        context = udev.create();
        if (context == nullptr) return fail_with_errno(what, errno);
        monitor = udev.monitor(context, managed ? "udev" : "kernel");
        if (monitor == nullptr) return fail_with_errno(what, errno);
        // Without the right to it, the usual size is what there is.
        udev.set_buffer(monitor, receive_buffer);
        const int filtered =
            udev.filter(monitor, subsystem.c_str(), type.empty() ? nullptr : type.c_str());
        if (filtered < 0) return fail_with_errno(what, -filtered);
        const int started = udev.start(monitor);
        if (started < 0) return fail_with_errno(what, -started);
        return {};
    }

    /// What has arrived; nothing where there is none that passes the filter.
    Result<std::optional<DeviceEvent>> receive() {
        errno = 0;
        struct udev_device* const device = udev.receive(monitor);
        if (device == nullptr) {
            if (errno == ENOBUFS) return DeviceEvent{};
            if (errno == 0 || errno == EAGAIN || errno == EINTR) return std::nullopt;
            return fail_with_errno("cannot receive the events of devices", errno);
        }
        DeviceEvent event;
        event.action = text_of(udev.action(device));
        event.subsystem = text_of(udev.subsystem(device));
        event.type = text_of(udev.type(device));
        event.name = text_of(udev.name(device));
        event.sysfs = text_of(udev.path(device)).erase(0, 1);  // without the leading slash
        udev.release_device(device);
        return event;
    }

    UdevApi udev;
    struct udev* context = nullptr;
    struct udev_monitor* monitor = nullptr;
};

UdevEvents::UdevEvents(std::unique_ptr<Monitor> monitor) : monitor_(std::move(monitor)) {}
UdevEvents::UdevEvents(UdevEvents&&) noexcept = default;
UdevEvents& UdevEvents::operator=(UdevEvents&&) noexcept = default;
UdevEvents::~UdevEvents() = default;

Result<UdevEvents> UdevEvents::open(const std::string& subsystem, const std::string& type) {
    const auto udev = open_udev();
    if (!udev)
        return fail("cannot listen to the events of " + subsystem + " devices", udev.error().where,
                    "Install libudev1.");
    auto monitor = std::make_unique<Monitor>(*udev);
    TRY(monitor->start(subsystem, type));
    return UdevEvents(std::move(monitor));
}

int UdevEvents::poll_timeout(Clock::time_point deadline) {
    if (deadline == never) return -1;
    const auto left = deadline - Clock::now();
    if (left <= Clock::duration::zero()) return 0;
    // Rounded up, so that a deadline that is not yet there is waited for.
    const auto rounded = std::chrono::ceil<std::chrono::milliseconds>(left).count();
    return static_cast<int>(std::min<std::int64_t>(rounded, std::numeric_limits<int>::max()));
}

int UdevEvents::descriptor() const { return monitor_->udev.descriptor(monitor_->monitor); }

Result<std::optional<DeviceEvent>> UdevEvents::next(Clock::time_point deadline) {
    while (true) {
        auto event = TRY(monitor_->receive());
        if (event) return event;
        struct pollfd ready {
            descriptor(), POLLIN, 0
        };
        const int count = ::poll(&ready, 1, poll_timeout(deadline));
        if (count < 0 && errno != EINTR)
            return fail_with_errno("cannot wait for the events of devices", errno);
        if (count <= 0) return std::nullopt;
    }
}

}  // namespace ctrlpass
