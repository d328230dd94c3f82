// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/hid.hpp"

#include <doctest/doctest.h>

using namespace ctrlpass;
using namespace std::string_literals;

using Pages = std::vector<std::uint16_t>;

TEST_CASE("the application of a FIDO key, a UPS and a keyboard are told by their usage pages") {
    CHECK(hid_applications("\x06\xd0\xf1\x09\x01\xa1\x01\x09\x20\x15\x00\xc0"s) == Pages{0xf1d0});
    CHECK(hid_applications("\x05\x84\x09\x04\xa1\x01\xc0"s) == Pages{0x84});
    CHECK(hid_applications("\x05\x01\x09\x06\xa1\x01\x05\x07\xc0\x05\x0c\x09\x01\xa1\x01\xc0"s) ==
          Pages{0x01, 0x0c});
}

TEST_CASE("a page within an application does not make an application of it") {
    CHECK(hid_applications("\x05\x01\x09\x06\xa1\x01\x06\xd0\xf1\x09\x01\xa1\x00\xc0\xc0"s) ==
          Pages{0x01});
}

TEST_CASE("a usage of four bytes brings its page") {
    CHECK(hid_applications("\x05\x01\x0b\x01\x00\xd0\xf1\xa1\x01\xc0"s) == Pages{0xf1d0});
}

TEST_CASE("descriptors that end early, and long items, do no harm") {
    CHECK(hid_applications("").empty());
    CHECK(hid_applications("\x06\xd0").empty());
    CHECK(hid_applications("\xfe").empty());
    CHECK(hid_applications("\xfe\xff\x00"s).empty());
    CHECK(hid_applications("\xfe\x02\x00\x05\x01\x05\x84\xa1\x01"s) == Pages{0x84});
}

TEST_CASE("what an application is for is told by page and usage") {
    CHECK(hid_usages("\x05\x01\x09\x06\xa1\x01\xc0\x09\x02\xa1\x01\xc0"s) ==
          std::vector<HidUsage>{{0x01, 0x06}, {0x01, 0x02}});
    CHECK(hid_usages("\x0b\x80\x00\x01\x00\xa1\x01\xc0"s) == std::vector<HidUsage>{{0x01, 0x80}});
    CHECK(hid_usages("\x05\x01\xa1\x01\xc0"s) == std::vector<HidUsage>{{0x01, 0}});
}
