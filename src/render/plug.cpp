// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/render/plug.hpp"

#include <nlohmann/json.hpp>
#include <set>

namespace ctrlpass {

using Json = nlohmann::ordered_json;

namespace {

Ink ink_of(Verdict::Kind kind) {
    switch (kind) {
        case Verdict::free:
            return Ink::good;
        case Verdict::cost:
            return Ink::warning;
        case Verdict::no:
            break;
    }
    return Ink::bad;
}

Json begun(const char* event) { return {{"format", 1}, {"command", "inspect"}, {"event", event}}; }

std::string json_line(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

std::string plug_text(const Plug& plug, Style style) {
    const bool plugged = plug.kind == Plug::Kind::plugged;
    std::string text = std::string(plugged ? "+ " : "- ") + style.paint(Ink::strong, plug.port) +
                       "  " + to_string(plug.id);
    if (!plug.product.empty()) text += " " + printable(plug.product);
    text += "  " + style.paint(Ink::strong, to_string(plug.controller.place.address));
    if (plug.controller.group) text += ", IOMMU group " + std::to_string(*plug.controller.group);
    if (!plugged) return text + "\n";
    return text + ": " +
           style.paint(ink_of(plug.verdict.kind), verdict_line(plug.controller, plug.verdict)) +
           "\n";
}

std::string waiting_json() { return json_line(begun("waiting")); }

std::string plug_json(const Plug& plug) {
    const bool plugged = plug.kind == Plug::Kind::plugged;
    Json json = begun(plugged ? "plugged" : "unplugged");
    json["port"] = plug.port;
    json["id"] = to_string(plug.id);
    json["product"] = plug.product;
    json["controller"] = to_string(plug.controller.place.address);
    json["group"] = plug.controller.group ? Json(*plug.controller.group) : Json(nullptr);
    if (!plugged) return json_line(json);
    json["verdict"] = word_of(plug.verdict.kind);
    json["findings"] = Json::array();
    std::set<std::string> codes;
    for (const Finding& finding : plug.verdict.findings)
        if (codes.insert(finding.code).second) json["findings"].push_back(finding.code);
    return json_line(json);
}

}  // namespace ctrlpass
