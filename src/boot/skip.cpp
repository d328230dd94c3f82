// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/boot/skip.hpp"

#include <sstream>

namespace ctrlpass {

namespace {

constexpr auto skipped = "skipped-at-boot";

std::string first_back(const std::string& profile) {
    return "Roll that back first:\n    ctrlpass rollback " + profile;
}

}  // namespace

std::optional<Finding> switched_off(std::string_view command_line) {
    std::istringstream words{std::string(command_line)};
    for (std::string word; words >> word;)
        if (word == "ctrlpass=off")
            return make_finding("", skipped, word, word + " is on the kernel command line",
                                "Boot without it, or apply by hand:\n    ctrlpass apply --all");
    return std::nullopt;
}

std::optional<Finding> boot_loop(const RecordedProfile& ledger, const std::string& boot) {
    if (!ledger.on_trial || *ledger.on_trial == boot) return std::nullopt;
    return make_finding(
        ledger.name, skipped, ledger.name,
        "profile " + ledger.name + " was applied in an earlier boot that did not come to its end",
        "Try it by hand, then it is applied at boot again:\n    ctrlpass apply " + ledger.name);
}

std::optional<Finding> reason_to_skip(const Profile& profile, const Recorded& recorded,
                                      const std::string& boot) {
    const std::string& name = profile.name;
    const auto skip = [&](const std::string& reason, std::string forward) {
        return make_finding(name, skipped, name, "profile " + name + reason, std::move(forward));
    };
    const auto found = recorded.find(name);
    if (found == recorded.end()) return skip(" was never applied", {});
    const RecordedProfile& ledger = found->second;
    if (auto loop = boot_loop(ledger, boot)) return loop;
    if (ledger.unfinished)
        return ledger.unfinished->waits_until
                   ? skip(" was not confirmed", {})
                   : skip(" has an earlier command that is unfinished", first_back(name));
    if (!ledger.is_applied()) return skip(" is not applied", {});
    if (ledger.committed->profile_path != profile.path)
        return skip(
            " is not " + ledger.committed->profile_path + ", which is applied under its name",
            first_back(name));
    if (ledger.committed->profile_digest != profile.digest)
        return skip(" was changed since it was applied", {});
    return std::nullopt;
}

}  // namespace ctrlpass
