// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <string_view>

#include "src/capture/mask.hpp"

namespace ctrlpass::filters {

/// Of a line of a program what ctrlpass looks for, in its order, with blanks between: addresses and
/// ids of functions, the files and words by which drivers are bound, modules of vfio, devices, the
/// places of other programs, and variables that stand for a function. "" where there is nothing.
std::string recognised(Mask& mask, std::string_view line);

/// A variable of udev or of a shell that stands for a function: "$kernel", "%k", "${DEV}".
bool is_substitution(std::string_view word);

/// "vfio-pci", "xhci_hcd", "modprobe": words of the trade, which nobody has as a secret.
bool is_known_word(std::string_view word);

/// Hexadecimal ids as a list: "1b21:2142,10de:ffffffff:0:0".
bool is_id_list(std::string_view text);

/// The line without what a shell takes for a comment: '#' at the beginning of a word.
std::string_view without_comment(std::string_view line);

}  // namespace ctrlpass::filters
