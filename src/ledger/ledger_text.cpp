// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/ledger/ledger_text.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "src/render/text.hpp"

namespace ctrlpass {

using Json = nlohmann::ordered_json;

namespace {

/// For an error that has no way forward of its own.
std::string look_at(const std::string& path) {
    return "Look at the file. Until it can be read, its profile and what its lines name are left "
           "alone. To give up what it remembers, move it away:\n    mv " +
           shell_word(path) + " " + shell_word(path + ".broken");
}

std::string word_of(const Json& json, const char* key) {
    const auto found = json.find(key);
    return found != json.end() && found->is_string() ? found->get<std::string>() : "";
}

/// Reads lines for what they name, whatever else is the matter with them.
class Salvage {
  public:
    explicit Salvage(BrokenLedger& broken) : broken_(broken) {}

    void see(std::string_view line) {
        const Json json = Json::parse(line, nullptr, false);
        if (!json.is_object()) return;
        const std::string kind = word_of(json, "record");
        if (kind == "begin") {
            broken_.transaction = word_of(json, "transaction");
            broken_.committed = false;
        }
        if (kind == "commit") broken_.committed = true;
        if (kind == "restored") broken_.transaction.clear();
        name(json);
    }

    void finish(bool is_whole) {
        broken_.settings.assign(named_.begin(), named_.end());
        broken_.is_known = is_whole && !named_.empty() && !is_vague_;
    }

  private:
    void name(const Json& json) {
        const auto setting =
            setting_named(word_of(json, "setting"), word_of(json, "uri"), word_of(json, "uuid"));
        if (!setting) return;
        const DomainRef* const domain = domain_of(*setting);
        if (domain != nullptr && domain->uuid.empty()) is_vague_ = true;
        named_.insert(*setting);
    }

    BrokenLedger& broken_;
    std::set<Setting> named_;
    bool is_vague_ = false;  ///< a setting of a domain that is not known
};

}  // namespace

bool is_torn(std::string_view tail) {
    constexpr std::string_view beginning = "{\"record\":\"";
    tail = tail.substr(0, tail.find_last_not_of('\0') + 1);
    const auto length = std::min(tail.size(), beginning.size());
    return tail.substr(0, length) == beginning.substr(0, length);
}

std::unexpected<Error> not_ours(const std::string& path, std::size_t line) {
    return fail("cannot read ledger " + path,
                path + ":" + std::to_string(line) + ": it is no record of a ledger", look_at(path));
}

Result<> read_lines(std::string_view text, const std::string& path, const SeeRecord& see) {
    for (std::size_t line = 1; !text.empty(); ++line) {
        const auto end = text.find('\n');
        if (end == text.npos && is_torn(text)) break;
        if (end == text.npos) return not_ours(path, line);
        auto record = parse_record(text.substr(0, end));
        if (!record) {
            Error error = record.error();
            error.where = path + ":" + std::to_string(line) + ": " + error.what;
            error.what = "cannot read ledger " + path;
            if (error.hint.empty()) error.hint = look_at(path);
            return std::unexpected(error);
        }
        if (line == 1 && !std::holds_alternative<BeginRecord>(*record))
            return fail("cannot read ledger " + path, "its beginning is lost", look_at(path));
        see(std::move(*record), text.substr(0, end + 1));
        text.remove_prefix(end + 1);
    }
    return {};
}

BrokenLedger broken_ledger(Error error, std::string_view text, bool is_whole) {
    BrokenLedger broken{.error = std::move(error)};
    Salvage salvage(broken);
    for (auto end = text.find('\n'); end != text.npos; end = text.find('\n')) {
        salvage.see(text.substr(0, end));
        text.remove_prefix(end + 1);
    }
    salvage.finish(is_whole);
    return broken;
}

}  // namespace ctrlpass
