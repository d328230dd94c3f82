// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/render/render_json.hpp"

#include <nlohmann/json.hpp>

#include "src/ledger/state_json.hpp"
#include "src/render/json.hpp"

namespace ctrlpass {

using Json = nlohmann::ordered_json;

namespace {

Json change_json(const Change& change) {
    return {{"profile", change.profile},
            {"setting", name_of(change.setting)},
            {"kind", kind_of(change.setting)},
            {"subject", subject_of(change.setting)},
            {"before", state_to_json(change.before)},
            {"after", state_to_json(change.after)},
            {"why", change.why}};
}

Json finding_json(const Finding& finding) {
    return {{"profile", finding.profile},
            {"code", finding.code},
            {"severity", to_string(finding.severity)},
            {"subject", finding.subject},
            {"message", finding.message},
            {"hint", finding.hint},
            {"accepted", finding.accepted}};
}

Json document(const std::string& command, const Plan& plan) {
    Json json{{"format", 1}, {"command", command}, {"profiles", plan.profiles}};
    json["changes"] = Json::array();
    json["findings"] = Json::array();
    for (const Change& change : plan.changes) json["changes"].push_back(change_json(change));
    for (const Finding& finding : plan.findings) json["findings"].push_back(finding_json(finding));
    return json;
}

Json error_object(const Error& error) {
    return {{"what", error.what}, {"where", error.where}, {"hint", error.hint}};
}

Json place_json(const LivePlace& place) {
    return {{"setting", place.setting},
            {"before", to_cpu_list(place.before)},
            {"after", to_cpu_list(place.after)},
            {"why", place.why}};
}

void add_live(const LiveReport& live, Json& json) {
    json["placed"] = Json::array();
    for (const LivePlace& place : live.placed) json["placed"].push_back(place_json(place));
    json["left"] = Json::array();
    for (const LivePlace& place : live.left) json["left"].push_back(place_json(place));
    json["not_placed"] = Json::array();
    for (const Error& failure : live.failures) json["not_placed"].push_back(error_object(failure));
}

}  // namespace

std::string plan_json(const std::string& command, const Plan& plan) {
    return document_text(document(command, plan));
}

std::string report_json(const std::string& command, const Plan& plan, const Report& report) {
    Json json = document(command, plan);
    json["done"] = report.done;
    json["restored"] = report.restored;
    json["stuck"] = Json::array();
    for (const Stuck& stuck : report.stuck)
        json["stuck"].push_back({{"setting", stuck.setting}, {"reason", stuck.reason}});
    json["changed"] = report.changed;
    if (command == "apply") {
        json["pending"] = report.waits;
        add_live(report.live, json);
    }
    if (report.waits) json["confirm_within"] = report.confirm_within;
    if (report.failure) json["error"] = error_object(*report.failure);
    return document_text(json);
}

std::string init_json(const std::vector<Finding>& findings) {
    Json json{{"format", 1}, {"command", "init"}, {"profile", nullptr}};
    json["findings"] = Json::array();
    for (const Finding& finding : findings) json["findings"].push_back(finding_json(finding));
    return document_text(json);
}

namespace {

/// A member of `doctor --json`: programs that write words of their own go by it.
Json boot_json(const Diagnosis& diagnosis) {
    const auto text_or_null = [](const std::string& text) {
        return text.empty() ? Json(nullptr) : Json(text);
    };
    const auto file = diagnosis.own_file.value_or(CommandLineFile{});
    return {{"loader", text_or_null(diagnosis.loader.name)},
            {"evidence", text_or_null(diagnosis.loader.evidence)},
            {"own_file", text_or_null(file.place)},
            {"command", text_or_null(file.command)}};
}

Json words_json(const CommandLineWords& words) {
    return {{"add", words.add}, {"remove", words.remove}};
}

}  // namespace

std::string doctor_json(const Diagnosis& diagnosis) {
    Json json{{"format", 1}, {"command", "doctor"}};
    json["boot"] = boot_json(diagnosis);
    json["checks"] = Json::array();
    for (const Check& check : diagnosis.checks) {
        json["checks"].push_back({{"check", check.check},
                                  {"state", to_string(check.state)},
                                  {"message", check.message},
                                  {"hint", check.hint}});
        if (check.words != CommandLineWords{})
            json["checks"].back()["kernel_words"] = words_json(check.words);
    }
    json["kernel_words"] = words_json(diagnosis.words);
    json["kernel_words"]["hint"] = diagnosis.change_of_line;
    json["findings"] = Json::array();
    for (const Finding& finding : diagnosis.findings)
        json["findings"].push_back(finding_json(finding));
    return document_text(json);
}

std::string pin_json(const std::string& profile, const LiveReport& live,
                     const std::vector<Finding>& findings) {
    Json json{{"format", 1}, {"command", "pin"}, {"profile", profile}};
    add_live(live, json);
    json["kept"] = Json::array();
    for (const LivePlace& place : live.kept) json["kept"].push_back(place_json(place));
    json["findings"] = Json::array();
    for (const Finding& finding : findings) json["findings"].push_back(finding_json(finding));
    return document_text(json);
}

std::string error_json(const std::string& command, const Error& error) {
    if (command == "apply" || command == "rollback") {
        Report nothing;
        nothing.failure = error;
        return report_json(command, Plan{}, nothing);
    }
    return document_text({{"format", 1}, {"command", command}, {"error", error_object(error)}});
}

}  // namespace ctrlpass
