// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/guests/guests.hpp"

#include <algorithm>
#include <string_view>

namespace ctrlpass {

namespace {

const Domain* find(const std::vector<Domain>& domains, const auto& matches) {
    const auto found = std::ranges::find_if(domains, matches);
    return found == domains.end() ? nullptr : &*found;
}

bool is_local_scheme(std::string_view scheme) {
    const auto plus = scheme.find('+');
    const auto driver = scheme.substr(0, plus);
    const auto is_word = [](char character) {
        return (character >= 'a' && character <= 'z') || (character >= '0' && character <= '9');
    };
    return !driver.empty() && std::ranges::all_of(driver, is_word) &&
           (plus == scheme.npos || scheme.substr(plus) == "+unix");
}

/// `name=` tells the daemon to open another URI than ours; escapes could spell it.
bool is_local_query(std::string_view query) {
    while (!query.empty()) {
        const auto end = std::min(query.find_first_of("&;"), query.size());
        const auto key = query.substr(0, std::min(query.find('='), end));
        if (key == "name" || key.find('%') != key.npos) return false;
        query.remove_prefix(std::min(end + 1, query.size()));
    }
    return true;
}

}  // namespace

const Domain* Guests::by_name(const std::string& uri, const std::string& name) const {
    return find(domains, [&](const Domain& domain) {
        return domain.ref.uri == uri && domain.ref.name == name;
    });
}

const Domain* Guests::by_uuid(const std::string& uri, const std::string& uuid) const {
    return find(domains, [&](const Domain& domain) {
        return domain.ref.uri == uri && domain.ref.uuid == uuid;
    });
}

bool is_local_uri(const std::string& uri) {
    const auto colon = uri.find(':');
    if (colon == uri.npos) return false;
    std::string_view rest = uri;
    const auto scheme = rest.substr(0, colon);
    rest.remove_prefix(colon + 1);
    // An authority, even an empty one with a user, may name a host; "///" has none.
    if (rest.starts_with("//")) rest.remove_prefix(2);
    if (!rest.starts_with('/') || rest.starts_with("//")) return false;
    if (std::ranges::any_of(rest, [](char character) { return character <= ' '; })) return false;
    const auto question = rest.find('?');
    return is_local_scheme(scheme) &&
           (question == rest.npos || is_local_query(rest.substr(question + 1)));
}

}  // namespace ctrlpass
