// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/input_roles.hpp"

#include <linux/input-event-codes.h>

#include <charconv>
#include <cstdint>
#include <vector>

#include "iommu/input_judgement.hpp"

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

}  // namespace

InputRoles read_input_roles(const Root& root, const std::string& sysfs) {
    const auto bitmap = [&](const std::string& name) {
        return Bitmap(root.attribute(sysfs + "/capabilities/" + name).value_or(""));
    };
    const Bitmap keys = bitmap("key");
    const Bitmap relative = bitmap("rel");
    const Bitmap absolute = bitmap("abs");
    InputAbilities abilities;
    abilities.keys = has_all_letters(keys);
    abilities.moves = relative.has(REL_X) && relative.has(REL_Y) && keys.has(BTN_MOUSE);
    abilities.touches =
        absolute.has(ABS_X) && absolute.has(ABS_Y) && (keys.has(BTN_TOUCH) || keys.has(BTN_MOUSE));
    InputRoles roles;
    // HID devices are named BUS:VENDOR:PRODUCT.NUMBER (drivers/hid/hid-core.c).
    roles.bluetooth = sysfs.find("/0005:") != sysfs.npos;
    roles.facts.label = root.attribute(sysfs + "/name").value_or("");
    roles.facts.has_keys = abilities.keys;
    roles.facts.has_axes = abilities.moves || abilities.touches;
    if (!roles.facts.has_keys && !roles.facts.has_axes) return roles;
    const InputJudgement judged = judge_input(root, sysfs, roles.facts.label, abilities);
    roles.keyboard = judged.keyboard;
    roles.pointer = judged.pointer;
    roles.facts.device = judged.device;
    roles.facts.reason = judged.reason;
    roles.facts.doubtful = judged.doubtful;
    return roles;
}

}  // namespace ctrlpass
