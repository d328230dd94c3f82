// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ctrlpass {

/// The hook as this version writes it, with this behind each call of ctrlpass: "", or
/// " --state WORD".
std::string hook_with(const std::string& state_option);

/// The state directory that a hook names, when this or an older ctrlpass wrote it: two that name
/// the same do the same, though their texts differ.
std::optional<std::string> state_named_by_hook(std::string_view text);

}  // namespace ctrlpass
