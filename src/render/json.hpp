// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace ctrlpass {

/// A whole document for `--json`, with a newline at its end. Names of domains and processes may
/// hold anything but must not stop the document: what is no UTF-8 is replaced.
std::string document_text(const nlohmann::ordered_json& document);

}  // namespace ctrlpass
