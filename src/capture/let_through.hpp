// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <string_view>

#include "src/capture/mask.hpp"

namespace ctrlpass {

/// Makes of a file's text what may go into a capture: put together of what was recognised, never
/// the text without what was found to be bad.
using Filter = std::string (*)(Mask& mask, const std::string& path, const std::string& text);

/// What the last part of a path is called in the capture.
enum class Naming {
    kept,    ///< findings name the place
    volume,  ///< it is the name of a volume group: a pseudonym
    guest,   ///< a guest's definition: a pseudonym before ".xml"
    unit,    ///< a unit of systemd, whose name may be made of a path
    hidden,  ///< as everywhere else: its parts get pseudonyms
};

/// One kind of file that ctrlpass reads.
struct LetThrough {
    std::string_view path;  ///< '*' within a part, "**" for any number of parts
    Filter filter;
    Naming naming = Naming::kept;
};

/// The entry for a file; nothing for one that is not listed.
const LetThrough* let_through(const std::string& path);

/// What a file or folder of the list is called in a capture; "" for another one.
std::string listed_name(Mask& mask, const std::string& path);

/// Does the path fit? `above`: is it a folder on the way to one that does?
bool fits(std::string_view pattern, std::string_view path);
bool fits_above(std::string_view pattern, std::string_view path);

}  // namespace ctrlpass
