// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <string_view>

#include "src/capture/mask.hpp"

namespace ctrlpass::filters {

/// Of a line of a program the facts that ctrlpass judges (script_facts.hpp), and nothing else; the
/// places of other programs have their pseudonyms. "" where there is nothing.
std::string recognised(Mask& mask, std::string_view line);

/// "vfio-pci", "xhci_hcd", "modprobe": words of the trade, which nobody has as a secret.
bool is_known_word(std::string_view word);

/// Hexadecimal ids as a list: "1b21:2142,10de:ffffffff:0:0".
bool is_id_list(std::string_view text);

/// "vfio-pci.ids", "xen_pciback.hide": options on a kernel command line by which a driver takes
/// functions, and what may stand behind them.
bool is_lending_key(std::string_view key);
bool is_option_value(std::string_view value);

/// The line without what a shell takes for a comment: '#' at the beginning of a word.
std::string_view without_comment(std::string_view line);

}  // namespace ctrlpass::filters
