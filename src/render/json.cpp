// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/render/json.hpp"

#include <nlohmann/json.hpp>

namespace ctrlpass {

std::string document_text(const nlohmann::ordered_json& document) {
    return document.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace ctrlpass
