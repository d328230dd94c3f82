// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/udev_events.hpp"

#include <doctest/doctest.h>
#include <poll.h>

using namespace ctrlpass;

namespace {

using Clock = UdevEvents::Clock;

}  // namespace

// That they come is seen in the lab (tests/lab/watch): nothing is plugged in here.

TEST_CASE("where no device comes, the events end at their deadline") {
    auto events = UdevEvents::open("pci");
    REQUIRE(events);
    const auto started = Clock::now();
    const auto event = events->next(started + std::chrono::milliseconds(50));
    REQUIRE(event);
    if (!*event) CHECK(Clock::now() - started >= std::chrono::milliseconds(50));
    CHECK(Clock::now() - started < std::chrono::seconds(10));
}

TEST_CASE("a deadline that is past is not waited for") {
    auto events = UdevEvents::open("usb", "usb_device");
    REQUIRE(events);
    const auto started = Clock::now();
    REQUIRE(events->next(started - std::chrono::hours(1)));
    CHECK(Clock::now() - started < std::chrono::seconds(5));
}

TEST_CASE("the events can be waited for beside something else") {
    auto events = UdevEvents::open("usb");
    REQUIRE(events);
    auto moved = std::move(*events);
    struct pollfd ready {
        moved.descriptor(), POLLIN, 0
    };
    CHECK(::poll(&ready, 1, 0) >= 0);
    CHECK((ready.revents & POLLNVAL) == 0);
}
