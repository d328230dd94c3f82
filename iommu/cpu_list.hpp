// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <set>
#include <string_view>

namespace ctrlpass {

/// The largest NR_CPUS of any configuration is 8192.
inline constexpr unsigned highest_cpu = 8191;

/// A CPU list as the kernel writes it: "0-3,8". Strict: ascending ranges, each CPU once, none
/// above `highest_cpu`, not empty.
std::optional<std::set<unsigned>> parse_cpu_list(std::string_view text);

}  // namespace ctrlpass
