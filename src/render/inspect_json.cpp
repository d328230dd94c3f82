// SPDX-License-Identifier: GPL-2.0-or-later
#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <set>

#include "src/findings/iommu_reason.hpp"
#include "src/render/inspect.hpp"
#include "src/render/json.hpp"

namespace ctrlpass {

using Json = nlohmann::ordered_json;

namespace {

template <typename T>
Json or_null(const std::optional<T>& value) {
    return value ? Json(*value) : Json(nullptr);
}

Json id_or_null(const std::optional<PciId>& id) {
    return id ? Json(to_string(*id)) : Json(nullptr);
}

Json class_json(std::uint32_t class_code) {
    if (class_code == unknown_class) return nullptr;
    std::array<char, 8> text{};
    std::snprintf(text.data(), text.size(), "%06x", class_code & 0xffffffU);
    return std::string(text.data());
}

Json addresses_json(const std::vector<PciAddress>& addresses,
                    const std::optional<PciAddress>& without = std::nullopt) {
    Json json = Json::array();
    for (const PciAddress& address : addresses)
        if (address != without) json.push_back(to_string(address));
    return json;
}

std::string state_word(Iommu::State state) {
    switch (state) {
        case Iommu::State::on:
            return "on";
        case Iommu::State::off_in_firmware:
            return "off-in-firmware";
        case Iommu::State::off_on_command_line:
            return "off-on-command-line";
        case Iommu::State::absent:
            break;
    }
    return "absent";
}

std::string detail_of(const Carried& carried) {
    std::vector<std::string> parts;
    for (const std::string& part : {title_of(carried.role), carried.detail})
        if (!part.empty()) parts.push_back(part);
    for (const std::string& use : uses_of(carried)) parts.push_back(use);
    return joined(parts);
}

Json device_json(const UsbDevice& device) {
    Json json{{"port", device.port},
              {"id", to_string(device.id)},
              {"product", device.product},
              {"driver", or_null(device.driver)}};
    json["carries"] = Json::array();
    for (const Carried& carried : device.carries)
        json["carries"].push_back({{"kind", word_of(carried.kind)},
                                   {"name", carried.name},
                                   {"detail", detail_of(carried)}});
    json["devices"] = Json::array();
    for (const UsbDevice& below : device.devices) json["devices"].push_back(device_json(below));
    return json;
}

Json controller_json(const Host& host, const Controller& controller, const Verdict& verdict) {
    const Function* const function = host.function(controller.address);
    const Function nothing{};
    const Function& facts = function == nullptr ? nothing : *function;
    const Group* const group = facts.group ? host.group(*facts.group) : nullptr;
    Json json{{"address", to_string(controller.address)},
              {"id", to_string(facts.id)},
              {"subsystem", id_or_null(facts.subsystem)},
              {"type", word_of(controller.type)},
              {"driver", or_null(facts.driver)},
              {"override", or_null(facts.override_name)},
              {"group", or_null(facts.group)},
              {"members", group == nullptr ? Json::array()
                                           : addresses_json(group->functions, controller.address)},
              {"numa_node", or_null(facts.numa_node)},
              {"path", facts.place.path},
              {"reset", facts.reset_methods},
              {"companions", addresses_json(controller.companions)},
              {"verdict", word_of(verdict.kind)}};
    json["findings"] = Json::array();
    std::set<std::string> codes;
    for (const Finding& finding : verdict.findings)
        if (codes.insert(finding.code).second) json["findings"].push_back(finding.code);
    json["devices"] = Json::array();
    for (const UsbDevice& device : controller.devices)
        json["devices"].push_back(device_json(device));
    return json;
}

Json function_json(const Function& function) {
    return {{"address", to_string(function.place.address)},
            {"id", to_string(function.id)},
            {"class", class_json(function.place.class_code)},
            {"driver", or_null(function.driver)},
            {"group", or_null(function.group)}};
}

}  // namespace

std::string word_of(Controller::Type type) {
    constexpr std::array words{"uhci", "ohci", "ehci", "xhci", "usb4", "other"};
    return words.at(static_cast<std::size_t>(type));
}

std::string word_of(Carried::Kind kind) {
    constexpr std::array words{"disk", "net", "input", "sound", "video", "serial", "other"};
    return words.at(static_cast<std::size_t>(kind));
}

std::string word_of(Verdict::Kind kind) {
    constexpr std::array words{"free", "cost", "no"};
    return words.at(kind);
}

std::string inspect_json(const Host& host, const Verdicts& verdicts) {
    Json json{{"format", 1}, {"command", "inspect"}};
    const std::string_view reason = word_of(host.iommu.reason);
    json["iommu"] = {{"state", state_word(host.iommu.state)},
                     {"interrupt_remapping", or_null(host.iommu.interrupt_remapping)},
                     {"reason", reason.empty() ? Json(nullptr) : Json(reason)}};
    json["controllers"] = Json::array();
    for (const Controller& controller : host.controllers) {
        const auto verdict = verdicts.find(controller.address);
        json["controllers"].push_back(controller_json(
            host, controller, verdict == verdicts.end() ? Verdict{} : verdict->second));
    }
    json["groups"] = Json::array();
    for (const Group& group : host.groups)
        json["groups"].push_back(
            {{"number", group.number}, {"functions", addresses_json(group.functions)}});
    json["functions"] = Json::array();
    for (const auto& [address, function] : host.functions)
        json["functions"].push_back(function_json(function));
    // Only where there is one.
    for (const auto& [address, why] : host.unread)
        json["unread"].push_back({{"address", to_string(address)}, {"reason", why}});
    return document_text(json);
}

}  // namespace ctrlpass
