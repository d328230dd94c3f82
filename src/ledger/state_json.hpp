// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <nlohmann/json.hpp>
#include <optional>

#include "src/plan/setting.hpp"

namespace ctrlpass {

/// A state as documents have it: a module true or false, a binding {"driver","override"}, a
/// hostdev its XML or null, a pin a canonical CPU list or null, a file its content or null.
nlohmann::ordered_json state_to_json(const State& state);

/// The same as ledgers have it: an absent file is {"missing_folders"} where there are some.
nlohmann::ordered_json state_to_record(const State& state);

/// Back from a record, for a setting of this kind; nothing when it is not of that shape.
std::optional<State> state_from_json(const Setting& setting, const nlohmann::ordered_json& json);

}  // namespace ctrlpass
