// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/input_judgement.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "iommu/ascii.hpp"
#include "iommu/hid.hpp"
#include "iommu/number.hpp"
#include "iommu/usb_above.hpp"
#include "iommu/usb_interfaces.hpp"
#include "iommu/virtual_inputs.hpp"

namespace ctrlpass {

namespace {

constexpr std::string_view paired_not_known = "not known whether a keyboard is paired with it";
constexpr std::string_view paired_mouse_not_known = "not known whether a mouse is paired with it";

/// BUS:VENDOR:PRODUCT.NUMBER, as HID devices are named (drivers/hid/hid-core.c).
bool is_hid_name(std::string_view name) {
    constexpr std::string_view shape = "0000:0000:0000.";
    if (name.size() <= shape.size()) return false;
    for (std::size_t i = 0; i < shape.size(); ++i)
        if (shape[i] == '0' ? !number_in<unsigned>(name.substr(i, 1), 16) : name[i] != shape[i])
            return false;
    return true;
}

/// The HID devices above, the outermost first: a receiver's own, then that of what is paired.
std::vector<std::string> hid_devices_above(const std::string& sysfs) {
    std::vector<std::string> devices;
    for (auto end = sysfs.find('/'); end != sysfs.npos; end = sysfs.find('/', end + 1)) {
        const auto start = sysfs.rfind('/', end - 1) + 1;
        if (is_hid_name(std::string_view(sysfs).substr(start, end - start)))
            devices.push_back(sysfs.substr(0, end));
    }
    return devices;
}

std::vector<HidUsage> usages_of(const Root& root, const std::string& hid) {
    return hid_usages(root.read(hid + "/report_descriptor").value_or(""));
}

bool has_word(const std::string& name, std::span<const std::string_view> words) {
    const std::string text = lower(name);
    return std::ranges::any_of(words, [&](auto word) { return text.find(word) != text.npos; });
}

bool is_called_receiver(const std::string& name) {
    constexpr std::array<std::string_view, 7> words{
        "receiver", "transceiver", "dongle", "wireless", "cordless", "2.4g", "unifying"};
    return has_word(name, words);
}

bool is_called_reader(const std::string& name) {
    constexpr std::array<std::string_view, 8> words{"barcode", "bar code", "bar-code",  "scanner",
                                                    "reader",  "rfid",     "magstripe", "swipe"};
    return has_word(name, words);
}

bool has_component(const std::string& sysfs, std::string_view prefix) {
    const auto at = sysfs.find(prefix);
    return at != sysfs.npos && at + prefix.size() < sysfs.size() &&
           number_in<unsigned>(sysfs.substr(at + prefix.size(), 1)).has_value();
}

class InputJudge {
  public:
    InputJudge(const Root& root, const std::string& sysfs, const std::string& name,
               const InputAbilities& abilities)
        : root_(root),
          sysfs_(sysfs),
          name_(name),
          abilities_(abilities),
          usb_(usb_device_above(sysfs)),
          hids_(hid_devices_above(sysfs)) {
        if (usb_) found_.device = *usb_;
        if (hids_.size() > 1 || (!usb_ && !hids_.empty())) found_.device = hids_.back();
    }

    InputJudgement judge() {
        found_.keyboard = abilities_.keys;
        found_.pointer = abilities_.moves || abilities_.touches;
        const std::string nobodys = why_not_counted();
        if (!nobodys.empty())
            discount(nobodys);
        else if (is_bluetooth())
            judge_paired("a Bluetooth keyboard");
        else if (hids_.size() > 1)
            judge_paired("a keyboard that is paired with a receiver");
        else if (usb_)
            judge_usb();
        else
            found_.reason = place();
        return std::move(found_);
    }

  private:
    void discount(std::string reason) {
        found_.keyboard = found_.pointer = false;
        found_.reason = std::move(reason);
    }
    void count(std::string_view reason) { found_.reason = reason; }
    void doubt(std::string_view reason) {
        found_.reason = reason;
        found_.doubtful = true;
    }

    bool is_bluetooth() const {
        constexpr std::string_view bus = "0005:";
        return !hids_.empty() && hids_.back().substr(hids_.back().rfind('/') + 1).starts_with(bus);
    }

    /// It has keys or axes, but no person at the machine has a hand on it.
    std::string why_not_counted() const {
        if (has_component(sysfs_, "/rc/rc")) return "a receiver of remote controls";
        if (has_component(sysfs_, "/vhci_hcd.")) return "attached over the network by usbip";
        if (usb_)
            if (const auto id = usb_id_above(root_, sysfs_))
                if (const auto kind = kind_of_virtual_input(*id); !kind.empty())
                    return std::string(kind);
        const auto function = pci_id_above(root_, sysfs_);
        return function && is_bmc_controller(*function) ? "of the BMC" : "";
    }

    /// Of what is no USB device and not paired.
    std::string place() const {
        if (sysfs_.find("/serio") != sysfs_.npos) return "on a PS/2 port";
        return sysfs_.find("/0018:") != sysfs_.npos ? "on an I2C bus" : "built in";
    }

    /// The interfaces that a receiver has are the same for every device that is paired, and a mouse
    /// may be given the reports of a keyboard (drivers/hid/hid-logitech-dj.c). A keyboard has the
    /// keys of the system (power, sleep) as well.
    void judge_paired(std::string_view keyboard) {
        if (!abilities_.keys) return;
        const auto usages = usages_of(root_, hids_.back());
        const auto has = [&](std::uint16_t usage) {
            return std::ranges::find(usages, HidUsage{generic_desktop, usage}) != usages.end();
        };
        const bool mouse = has(mouse_usage);
        if (mouse && (usages.front() == HidUsage{generic_desktop, mouse_usage} ||
                      (!is_bluetooth() && !has(system_control)))) {
            found_.keyboard = false;
            return count("of a mouse by its report descriptor");
        }
        if ((mouse && !has(system_control)) || (usages.empty() && abilities_.moves))
            return doubt("not known whether it is a keyboard or a mouse");
        count(keyboard);
    }

    void judge_usb() {
        const auto interfaces = read_usb_interfaces(root_, *usb_);
        if (abilities_.keys) judge_usb_keys(interfaces);
        if (abilities_.moves) judge_usb_moves(interfaces);
    }

    void judge_usb_keys(const std::vector<UsbInterface>& interfaces) {
        if (const auto other = class_of(interfaces); !other.empty()) return discount(other);
        const auto first = std::ranges::find_if(interfaces, &UsbInterface::is_hid);
        if (first != interfaces.end() && first->is_mouse()) {
            found_.keyboard = false;
            return count("of a mouse: its first interface is a boot mouse");
        }
        if (is_receiver()) {
            // Its driver makes an input device of each keyboard that is paired, below its own.
            if (!hids_.empty() &&
                root_.link_name(hids_.front() + "/driver") == "logitech-djreceiver")
                return discount("a receiver: what is paired with it counts by itself");
            return doubt(paired_not_known);
        }
        if (is_called_reader(name_))
            return doubt("by its name a reader, by its interfaces a keyboard");
        if (first != interfaces.end() && first->is_keyboard())
            return count("its first interface is a boot keyboard");
        if (std::ranges::none_of(interfaces, &UsbInterface::is_mouse) &&
            std::ranges::any_of(interfaces, &UsbInterface::is_keyboard))
            return count("one of its interfaces is a boot keyboard");
        doubt("its first interface says neither keyboard nor mouse");
    }

    /// Keyboards make a mouse of some of their keys, which nobody points with; one that has a
    /// trackpoint or a touchpad says so by an interface.
    void judge_usb_moves(const std::vector<UsbInterface>& interfaces) {
        if (is_receiver()) {
            if (!abilities_.keys) doubt(paired_mouse_not_known);
            return;
        }
        const auto first = std::ranges::find_if(interfaces, &UsbInterface::is_hid);
        if (first == interfaces.end() || !first->is_keyboard()) return;
        const auto own = std::ranges::find_if(interfaces, [&](const UsbInterface& interface) {
            return sysfs_.starts_with(interface.sysfs + "/");
        });
        if (own != interfaces.end() && own->is_mouse()) return;
        found_.pointer = abilities_.touches;
        if (!found_.pointer && !abilities_.keys)
            count("of a keyboard, whose keys move the pointer");
    }

    /// By the applications that its HID interfaces have.
    std::string class_of(const std::vector<UsbInterface>& interfaces) const {
        constexpr std::uint16_t fido_page = 0xf1d0;
        constexpr std::uint16_t bar_code_page = 0x8c;
        constexpr std::uint16_t stripe_page = 0x8e;
        for (const UsbInterface& interface : interfaces) {
            if (!interface.is_hid()) continue;
            for (const std::string& name : root_.directories(interface.sysfs)) {
                if (!is_hid_name(name)) continue;
                for (const HidUsage& usage : usages_of(root_, interface.sysfs + "/" + name)) {
                    if (usage.page == fido_page) return "a security key";
                    if (usage.page == bar_code_page || usage.page == stripe_page)
                        return "a card or bar-code reader";
                }
            }
        }
        return {};
    }

    bool is_receiver() const {
        const auto id = usb_id_above(root_, sysfs_);
        return (id && is_known_receiver(*id)) || is_called_receiver(name_);
    }

    static constexpr std::uint16_t generic_desktop = 0x01;
    static constexpr std::uint16_t mouse_usage = 0x02;
    static constexpr std::uint16_t system_control = 0x80;

    const Root& root_;
    const std::string& sysfs_;
    const std::string& name_;
    InputAbilities abilities_;
    std::optional<std::string> usb_;
    std::vector<std::string> hids_;
    InputJudgement found_;
};

}  // namespace

InputJudgement judge_input(const Root& root, const std::string& sysfs, const std::string& name,
                           const InputAbilities& abilities) {
    return InputJudge(root, sysfs, name, abilities).judge();
}

}  // namespace ctrlpass
