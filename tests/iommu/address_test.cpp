// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/address.hpp"

#include <doctest/doctest.h>

#include "iommu/cpu_list.hpp"

using namespace ctrlpass;

TEST_CASE("addresses are read and written as the kernel does") {
    for (const char* const text : {"0000:00:00.0", "0000:ff:1f.7", "10000:e1:00.0", "0001:08:09.1"})
        CHECK(to_string(*parse_address(text)) == text);
    CHECK(to_string(*parse_address("0000:0A:1F.3")) == "0000:0a:1f.3");
}

TEST_CASE("a leading zero does not make a number octal") {
    CHECK(parse_address("0000:22:08.0")->bus == 0x22);
    CHECK(parse_address("0000:22:08.0")->slot == 8);
}

TEST_CASE("ids are four hexadecimal digits twice") {
    CHECK(to_string(*parse_id("1022:149C")) == "1022:149c");
    for (const char* const wrong : {"", "1022", "1022:149", "1022:149cc", "1022-149c", "x022:149c"})
        CHECK_FALSE(parse_id(wrong));
}

TEST_CASE("CPU lists are ascending ranges without repetition") {
    CHECK(parse_cpu_list("0-2,8") == std::set<unsigned>{0, 1, 2, 8});
    for (const char* const wrong :
         {"", ",", "1,", "3-1", "1-2,2", "8192", "99999999999", "a", "1 "})
        CHECK_FALSE(parse_cpu_list(wrong));
}
