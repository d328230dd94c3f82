// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/ledger/record.hpp"

#include <nlohmann/json.hpp>

#include "src/ledger/state_json.hpp"

namespace ctrlpass {

using Json = nlohmann::ordered_json;

namespace {

constexpr int newest_format = 1;

Json domain_json(const DomainRef& domain) {
    return {{"uri", domain.uri}, {"uuid", domain.uuid}, {"name", domain.name}};
}

/// A setting by its name; a domain is remembered by more than its name.
void add_setting(Json& json, const Setting& setting) {
    json["setting"] = name_of(setting);
    if (const DomainRef* const domain = domain_of(setting)) {
        json["uri"] = domain->uri;
        json["uuid"] = domain->uuid;
    }
}

struct RecordToJson {
    Json operator()(const BeginRecord& begin) const {
        return {{"record", "begin"},
                {"format", newest_format},
                {"verb", begin.verb == Verb::apply ? "apply" : "rollback"},
                {"transaction", begin.transaction},
                {"time", begin.time},
                {"boot", begin.boot},
                {"profile", {{"path", begin.profile_path}, {"digest", begin.profile_digest}}},
                {"domain", domain_json(begin.domain)},
                {"who", begin.who},
                {"accepted", begin.accepted},
                {"pending", begin.pending},
                {"at_boot", begin.at_boot}};
    }
    Json operator()(const DefinitionRecord& definition) const {
        return {{"record", "definition"},
                {"domain", domain_json(definition.domain)},
                {"xml", definition.xml}};
    }
    Json operator()(const HoldRecord& hold) const {
        Json json{{"record", "hold"}};
        add_setting(json, hold.setting);
        json["state"] = state_to_record(hold.state);
        json["origin"] = state_to_record(hold.origin);
        return json;
    }
    Json operator()(const IntentRecord& intent) const {
        Json json{{"record", "intent"}};
        add_setting(json, intent.setting);
        json["before"] = state_to_record(intent.before);
        json["origin"] = state_to_record(intent.origin);
        json["after"] = state_to_record(intent.after);
        json["wanted"] = intent.wanted;
        return json;
    }
    Json operator()(const DoneRecord& done) const {
        Json json{{"record", "done"}};
        add_setting(json, done.setting);
        return json;
    }
    Json operator()(const CommitRecord& commit) const {
        return with({{"record", "commit"}}, commit.signature);
    }
    Json operator()(const RestoredRecord& restored) const {
        return with({{"record", "restored"}}, restored.signature);
    }
    Json operator()(const WaitRecord& wait) const {
        return {{"record", "waiting"}, {"until", wait.until}};
    }
    Json operator()(const BootCompleteRecord&) const { return {{"record", "boot-complete"}}; }

  private:
    static Json with(Json json, const Signature& signature) {
        if (signature == Signature{}) return json;
        json["time"] = signature.time;
        json["who"] = signature.who;
        return json;
    }
};

/// Reads members of a record; the first that is missing or of another kind makes it `bad`.
class Reader {
  public:
    explicit Reader(const Json& json) : json_(json) {}

    std::string text(const char* key) {
        if (json_.contains(key) && json_[key].is_string()) return json_[key].get<std::string>();
        bad_ = true;
        return {};
    }
    Verb verb() {
        const std::string word = text("verb");
        if (word != "apply" && word != "rollback") bad_ = true;
        if (!json_.contains("format") || json_["format"] != newest_format) bad_ = true;
        return word == "rollback" ? Verb::rollback : Verb::apply;
    }
    bool flag(const char* key) {
        if (json_.contains(key) && json_[key].is_boolean()) return json_[key].get<bool>();
        bad_ = true;
        return false;
    }
    std::int64_t number(const char* key) {
        if (json_.contains(key) && json_[key].is_number_integer())
            return json_[key].get<std::int64_t>();
        bad_ = true;
        return 0;
    }
    std::vector<std::string> texts(const char* key) {
        std::vector<std::string> all;
        if (!json_.contains(key) || !json_[key].is_array()) bad_ = true;
        if (bad_) return all;
        for (const Json& each : json_[key]) {
            if (each.is_string())
                all.push_back(each.get<std::string>());
            else
                bad_ = true;
        }
        return all;
    }
    Reader object(const char* key) {
        static const Json none = Json::object();
        if (json_.contains(key) && json_[key].is_object()) return Reader(json_[key]);
        bad_ = true;
        return Reader(none);
    }
    DomainRef domain(const char* key) {
        Reader domain = object(key);
        const DomainRef ref{domain.text("uri"), domain.text("uuid"), domain.text("name")};
        bad_ = bad_ || domain.bad_;
        return ref;
    }
    std::pair<std::string, std::string> profile() {
        Reader profile = object("profile");
        std::string path = profile.text("path");
        std::string digest = profile.text("digest");
        bad_ = bad_ || profile.bad_;
        return {std::move(path), std::move(digest)};
    }
    Setting setting() {
        const std::string name = text("setting");
        auto found = setting_named(name, {}, {});
        if (found && domain_of(*found) != nullptr) {
            const std::string uri = text("uri");
            found = setting_named(name, uri, text("uuid"));
        }
        if (!found) bad_ = true;
        return found.value_or(ModuleSetting{});
    }
    State state(const char* key, const Setting& setting) {
        const auto found =
            json_.contains(key) ? state_from_json(setting, json_[key]) : std::nullopt;
        if (!found) bad_ = true;
        return found.value_or(false);
    }
    /// For what older ledgers do not have.
    bool flag_or(const char* key, bool otherwise) {
        return json_.contains(key) ? flag(key) : otherwise;
    }
    Signature signature() {
        if (!json_.contains("time") && !json_.contains("who")) return {};
        return {text("time"), text("who")};
    }
    bool is_bad() const { return bad_; }

  private:
    const Json& json_;
    bool bad_ = false;
};

Record read_begin(Reader& reader) {
    BeginRecord begin;
    begin.verb = reader.verb();
    begin.transaction = reader.text("transaction");
    begin.time = reader.text("time");
    begin.boot = reader.text("boot");
    std::tie(begin.profile_path, begin.profile_digest) = reader.profile();
    begin.domain = reader.domain("domain");
    begin.who = reader.text("who");
    begin.accepted = reader.texts("accepted");
    begin.pending = reader.flag("pending");
    begin.at_boot = reader.flag_or("at_boot", false);
    return begin;
}

std::optional<Record> read_record(const std::string& kind, Reader& reader) {
    if (kind == "begin") return read_begin(reader);
    if (kind == "definition") return DefinitionRecord{reader.domain("domain"), reader.text("xml")};
    if (kind == "commit") return CommitRecord{reader.signature()};
    if (kind == "restored") return RestoredRecord{reader.signature()};
    if (kind == "boot-complete") return BootCompleteRecord{};
    if (kind == "waiting") return WaitRecord{reader.number("until")};
    if (kind != "hold" && kind != "intent" && kind != "done") return std::nullopt;
    const Setting setting = reader.setting();
    if (kind == "done") return DoneRecord{setting};
    if (kind == "hold")
        return HoldRecord{setting, reader.state("state", setting), reader.state("origin", setting)};
    return IntentRecord{setting, reader.state("before", setting), reader.state("origin", setting),
                        reader.state("after", setting), reader.flag("wanted")};
}

}  // namespace

std::string to_line(const Record& record) {
    // Names of domains may be no UTF-8: that must not keep a record from being written.
    return std::visit(RecordToJson{}, record).dump(-1, ' ', true, Json::error_handler_t::replace);
}

Result<Record> parse_record(std::string_view line) {
    const Json json = Json::parse(line, nullptr, false);
    if (!json.is_object()) return fail("it is no record of a ledger");
    const auto format = json.find("format");
    if (format != json.end() && format->is_number() && format->get<double>() >= newest_format + 1)
        return fail("it was written by a newer ctrlpass (format " + format->dump() + ")", {},
                    "Use that ctrlpass to roll back.");
    Reader reader(json);
    const auto record = read_record(reader.text("record"), reader);
    if (!record || reader.is_bad()) return fail("it is no record of a ledger");
    return *record;
}

}  // namespace ctrlpass
