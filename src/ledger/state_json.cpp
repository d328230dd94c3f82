// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/ledger/state_json.hpp"

namespace ctrlpass {

using Json = nlohmann::ordered_json;

namespace {

Json or_null(const std::optional<std::string>& text) { return text ? Json(*text) : Json(nullptr); }

struct StateToJson {
    Json operator()(bool loaded) const { return loaded; }
    Json operator()(const Binding& binding) const {
        return {{"driver", or_null(binding.driver)}, {"override", or_null(binding.override_name)}};
    }
    Json operator()(const std::optional<std::string>& xml) const { return or_null(xml); }
};

using Text = std::optional<std::string>;

/// A text or null; nothing for any other kind of value and for a missing one.
std::optional<Text> text_or_null(const Json& json) {
    if (json.is_null()) return Text{};
    if (json.is_string()) return Text{json.get<std::string>()};
    return std::nullopt;
}

struct FromJson {
    const Json& json;
    std::optional<State> operator()(const ModuleSetting&) const {
        if (!json.is_boolean()) return std::nullopt;
        return json.get<bool>();
    }
    std::optional<State> operator()(const BindingSetting&) const {
        if (!json.is_object() || !json.contains("driver") || !json.contains("override"))
            return std::nullopt;
        const auto driver = text_or_null(json["driver"]);
        const auto override_name = text_or_null(json["override"]);
        if (!driver || !override_name) return std::nullopt;
        return Binding{*driver, *override_name};
    }
    std::optional<State> operator()(const HostdevSetting&) const {
        const auto xml = text_or_null(json);
        if (!xml) return std::nullopt;
        return *xml;
    }
};

}  // namespace

Json state_to_json(const State& state) { return std::visit(StateToJson{}, state); }

std::optional<State> state_from_json(const Setting& setting, const Json& json) {
    return std::visit(FromJson{json}, setting);
}

}  // namespace ctrlpass
