// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/ledger/state_json.hpp"

#include "iommu/cpu_list.hpp"

namespace ctrlpass {

using Json = nlohmann::ordered_json;

namespace {

constexpr auto missing_folders = "missing_folders";
/// More than any path of 4096 bytes can name.
constexpr std::uint64_t deepest_folder = 4096;

Json or_null(const std::optional<std::string>& text) { return text ? Json(*text) : Json(nullptr); }

struct StateToJson {
    Json operator()(bool loaded) const { return loaded; }
    Json operator()(const Binding& binding) const {
        return {{"driver", or_null(binding.driver)}, {"override", or_null(binding.override_name)}};
    }
    Json operator()(const std::optional<std::string>& xml) const { return or_null(xml); }
    Json operator()(const std::optional<CpuSet>& cpus) const {
        return cpus ? Json(to_cpu_list(*cpus)) : Json(nullptr);
    }
    Json operator()(const FileState& file) const { return or_null(file.content); }
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
    std::optional<State> operator()(const PinSetting&) const {
        const auto list = text_or_null(json);
        if (!list) return std::nullopt;
        if (!*list) return std::optional<CpuSet>{};
        if (auto cpus = parse_cpu_list(**list)) return cpus;
        return std::nullopt;
    }
    std::optional<State> operator()(const FileSetting&) const {
        if (const auto content = text_or_null(json)) return FileState{*content, 0};
        if (!json.is_object() || !json.contains(missing_folders)) return std::nullopt;
        const Json& folders = json[missing_folders];
        if (!folders.is_number_unsigned() || folders.get<std::uint64_t>() > deepest_folder)
            return std::nullopt;
        return FileState{{}, folders.get<unsigned>()};
    }
};

}  // namespace

Json state_to_json(const State& state) { return std::visit(StateToJson{}, state); }

Json state_to_record(const State& state) {
    const auto* const file = std::get_if<FileState>(&state);
    if (file == nullptr || file->content || file->missing_folders == 0) return state_to_json(state);
    return {{missing_folders, file->missing_folders}};
}

std::optional<State> state_from_json(const Setting& setting, const Json& json) {
    return std::visit(FromJson{json}, setting);
}

}  // namespace ctrlpass
