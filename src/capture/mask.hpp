// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <string>

#include "src/capture/mask_addresses.hpp"
#include "src/capture/places.hpp"

namespace ctrlpass {

/// What of a machine may go into a capture: names of files, and of their contents what a list lets
/// through (let_through.cpp). One value for a whole capture, so that the same thing has the same
/// pseudonym everywhere, and another one in the next capture's tables of addresses.
class Mask {
  public:
    Mask();
    Mask(const Mask&) = delete;
    Mask& operator=(const Mask&) = delete;

    /// Nothing for a file that the list does not have.
    std::optional<std::string> content(const std::string& path, const std::string& text);

    Pseudonyms names;
    Places places;
    AddressMask addresses;
};

}  // namespace ctrlpass
