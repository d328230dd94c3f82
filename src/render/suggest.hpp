// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace ctrlpass {

/// The known word nearest to what was written, when it is near enough to be meant: at most a third
/// of its letters differ (inserted, left out, replaced or two neighbours swapped).
std::optional<std::string> nearest(std::string_view written,
                                   std::span<const std::string_view> known);

/// "Did you mean 'address'?", or the whole list of what is known.
std::string suggestion(std::string_view written, std::span<const std::string_view> known);

}  // namespace ctrlpass
