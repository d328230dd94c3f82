// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/commands/apply_at_boot.hpp"

#include "src/boot/plan_at_boot.hpp"
#include "src/boot/skip.hpp"
#include "src/ledger/broken.hpp"

namespace ctrlpass {

Outcome left_alone(const std::string& profile, Finding why) {
    Outcome outcome;
    if (!profile.empty()) outcome.plan.profiles = {profile};
    outcome.plan.findings.push_back(std::move(why));
    return outcome;
}

Result<Outcome> apply_at_boot(Session& session, const Profile& profile,
                              std::function<std::optional<Error>()> stop) {
    TRY(session.catch_up());
    TRY(check_readable({profile.name}, session.recorded()));
    if (auto why = reason_to_skip(profile, session.recorded(), session.boot()))
        return left_alone(profile.name, std::move(*why));
    Facts facts =
        TRY(gather_facts(session.root(), {profile}, session.recorded(), nullptr, session.state()));
    keep_to_boot(facts);
    ApplyChoices choices;
    choices.at_boot = true;
    choices.stop = std::move(stop);
    return apply_plan(session, facts, plan_at_boot(facts), choices);
}

}  // namespace ctrlpass
