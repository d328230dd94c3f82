// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "src/capture/mask.hpp"

namespace ctrlpass::filters {

/// Of a list "KEY,KEY=VALUE" the known keys, with their values where those are numbers or words;
/// and what `make` makes of the others, where that is something.
using MakeOption = std::function<std::string(const std::string& key, const std::string& value)>;
std::string known_options(const std::string& text, std::span<const std::string_view> known,
                          const MakeOption& make);

/// The options of a mount that say when it is mounted, and of which devices and folders it is made.
/// With `network`, also the address of the server.
std::string mount_options(Mask& mask, const std::string& text, bool network = false);

/// What is mounted: a device, a data set, a server's folder.
std::string mount_source(Mask& mask, const std::string& type, const std::string& source);

}  // namespace ctrlpass::filters
