// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace ctrlpass {

/// "#:schema URL\n", the first line of a profile, by which editors find its schema (Taplo, Even
/// Better TOML): that of this very installation.
std::string schema_line();

/// The same, as this profile has it already.
std::string schema_line_of(std::string_view profile);

}  // namespace ctrlpass
