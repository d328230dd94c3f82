// SPDX-License-Identifier: GPL-2.0-or-later
#include <nlohmann/json.hpp>

#include "src/commands/commands.hpp"
#include "src/plan/gather.hpp"
#include "src/render/json.hpp"
#include "src/render/render.hpp"

namespace ctrlpass {

using Json = nlohmann::ordered_json;

namespace {

/// One file after the other: every bad one is told, not only the first.
struct Checked {
    std::string file;
    Result<std::vector<Profile>> profile;
};

Json json_of(const Checked& checked) {
    Json json{{"file", checked.file}, {"ok", checked.profile.has_value()}};
    if (checked.profile) {
        json["name"] = checked.profile->front().name;
        json["digest"] = checked.profile->front().digest;
        return json;
    }
    const Error& error = checked.profile.error();
    json["error"] = {{"what", error.what}, {"where", error.where}, {"hint", error.hint}};
    return json;
}

}  // namespace

Result<int> run_check(const Options& options, const Console& console) {
    Json json{{"format", 1}, {"command", "check"}, {"profiles", Json::array()}};
    int code = exit_code::done;
    for (const std::string& file : options.names) {
        std::vector<std::string> notes;
        const Checked checked{file, load_profiles({file}, Trust::anyone, notes)};
        if (!checked.profile) code = exit_code::bad_input;
        json["profiles"].push_back(json_of(checked));
        if (console.json()) continue;
        if (checked.profile)
            console.print(printable(file) + ": well formed\n");
        else
            console.fail("check", checked.profile.error());
    }
    if (console.json()) console.print(document_text(json));
    return code;
}

}  // namespace ctrlpass
