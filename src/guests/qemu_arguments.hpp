// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "src/guests/named.hpp"

namespace ctrlpass {

/// What arguments for QEMU name of the host: functions, USB devices, nodes in /dev, sound cards.
/// Options with their values as KEY=VALUE or as JSON, with one dash or two. QEMU would refuse much
/// of what is read here; what it takes is read as it does (hw/core/qdev-properties.c,
/// util/keyval.c, util/qemu-option.c).
std::vector<Named> named_by_arguments(const std::vector<std::string>& arguments);

/// The same for variables of its environment: QEMU_ALSA_DAC_DEV=hw:1.
std::vector<Named> named_by_environment(
    const std::vector<std::pair<std::string, std::string>>& variables);

/// QEMU's spelling of a function: "02:00.0", "0000:2:0.0"; hexadecimal.
std::optional<PciAddress> parse_qemu_address(std::string_view text);

/// The card of an ALSA device's name: "1" of "hw:1,0", "Headset" of "plughw:CARD=Headset,DEV=0".
std::optional<std::string> alsa_card(const std::string& device);

/// The nodes below /dev that stand in a text: "/dev/sdb" of "file:/dev/sdb".
std::vector<std::string> nodes_in(const std::string& text);

}  // namespace ctrlpass
