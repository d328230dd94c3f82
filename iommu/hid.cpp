// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/hid.hpp"

#include <array>

namespace ctrlpass {

std::vector<HidUsage> hid_usages(std::string_view descriptor) {
    constexpr unsigned long_item = 0xfe;
    constexpr unsigned usage_page = 0x04;  // without the two bits of the size
    constexpr unsigned usage = 0x08;
    constexpr unsigned collection = 0xa0;
    constexpr unsigned application = 1;
    constexpr std::uint32_t none = 0xffffffff;  // pages have 16 bits
    constexpr std::array<std::size_t, 4> sizes{0, 1, 2, 4};
    const auto byte = [&](std::size_t i) {
        return static_cast<std::uint32_t>(static_cast<unsigned char>(descriptor[i]));
    };
    std::vector<HidUsage> usages;
    std::uint32_t page = 0;
    std::uint32_t page_of_usage = none;
    std::uint32_t last_usage = 0;
    for (std::size_t at = 0; at < descriptor.size();) {
        const std::uint32_t prefix = byte(at);
        if (prefix == long_item) {
            if (at + 1 >= descriptor.size()) break;
            at += 3 + byte(at + 1);
            continue;
        }
        const std::size_t size = sizes.at(prefix & 3U);
        if (at + size >= descriptor.size() && size > 0) break;
        std::uint32_t value = 0;
        for (std::size_t i = 0; i < size; ++i) value |= byte(at + 1 + i) << (8 * i);
        at += 1 + size;
        // A usage of four bytes brings a page of its own. Main items end what usages were for.
        if ((prefix & 0xfcU) == usage_page) page = value;
        if ((prefix & 0xfcU) == usage) {
            page_of_usage = size == 4 ? value >> 16U : page;
            last_usage = value & 0xffffU;
        }
        if ((prefix & 0xfcU) == collection && value == application)
            usages.push_back(
                {static_cast<std::uint16_t>(page_of_usage == none ? page : page_of_usage),
                 static_cast<std::uint16_t>(page_of_usage == none ? 0 : last_usage)});
        if ((prefix & 0x0cU) == 0) page_of_usage = none;
    }
    return usages;
}

std::vector<std::uint16_t> hid_applications(std::string_view descriptor) {
    std::vector<std::uint16_t> pages;
    for (const HidUsage& usage : hid_usages(descriptor)) pages.push_back(usage.page);
    return pages;
}

}  // namespace ctrlpass
