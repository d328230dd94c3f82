// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/input_roles.hpp"

#include <linux/input-event-codes.h>

#include <charconv>
#include <cstdint>
#include <vector>

#include "iommu/sham_inputs.hpp"
#include "iommu/usb_above.hpp"

namespace ctrlpass {

namespace {

/// A bitmap of sysfs: hexadecimal words, the highest first.
class Bitmap {
  public:
    explicit Bitmap(std::string_view text) {
        while (!text.empty()) {
            const auto space = text.rfind(' ');
            const auto word = text.substr(space == text.npos ? 0 : space + 1);
            std::uint64_t value = 0;
            std::from_chars(word.data(), word.data() + word.size(), value, 16);
            words_.push_back(value);
            text.remove_suffix(space == text.npos ? text.size() : text.size() - space);
        }
    }
    bool has(unsigned bit) const {
        return bit / 64 < words_.size() && ((words_[bit / 64] >> (bit % 64)) & 1U) != 0;
    }

  private:
    std::vector<std::uint64_t> words_;
};

bool has_all_letters(const Bitmap& keys) {
    // udev takes the first 31 keys for a whole keyboard: escape, digits and the upper row.
    for (unsigned key = KEY_ESC; key <= KEY_S; ++key)
        if (!keys.has(key)) return false;
    return true;
}

std::string sham_at(const Root& root, const std::string& sysfs) {
    if (const auto usb = usb_id_above(root, sysfs))
        if (const auto sham = sham_of(*usb); !sham.empty()) return std::string(sham);
    const auto function = pci_id_above(root, sysfs);
    return function && is_bmc_controller(*function) ? "of the BMC" : "";
}

}  // namespace

InputRoles read_input_roles(const Root& root, const std::string& sysfs) {
    const auto bitmap = [&](const std::string& name) {
        return Bitmap(root.attribute(sysfs + "/capabilities/" + name).value_or(""));
    };
    const Bitmap keys = bitmap("key");
    const Bitmap relative = bitmap("rel");
    const Bitmap absolute = bitmap("abs");
    InputRoles roles;
    roles.keyboard = has_all_letters(keys);
    const bool moves = relative.has(REL_X) && relative.has(REL_Y);
    const bool touches = absolute.has(ABS_X) && absolute.has(ABS_Y);
    roles.pointer =
        (moves && keys.has(BTN_MOUSE)) || (touches && (keys.has(BTN_TOUCH) || keys.has(BTN_MOUSE)));
    // HID devices are named BUS:VENDOR:PRODUCT.NUMBER (drivers/hid/hid-core.c).
    roles.bluetooth = sysfs.find("/0005:") != sysfs.npos;
    if (!roles.keyboard && !roles.pointer) return roles;
    roles.sham = sham_at(root, sysfs);
    if (!roles.sham.empty()) roles.keyboard = roles.pointer = false;
    return roles;
}

}  // namespace ctrlpass
