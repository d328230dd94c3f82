// SPDX-License-Identifier: GPL-2.0-or-later
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "src/commands/applied_profile.hpp"
#include "src/commands/caught_signals.hpp"
#include "src/commands/commands.hpp"
#include "src/commands/follower.hpp"
#include "src/commands/pin_lock.hpp"
#include "src/commands/running_guest.hpp"
#include "src/commands/writing.hpp"
#include "src/findings/judge_hook.hpp"
#include "src/pins/spare.hpp"
#include "src/plan/gather.hpp"
#include "src/render/render.hpp"
#include "src/render/render_json.hpp"

namespace ctrlpass {

namespace {

/// Between two looks. A vector that comes is out of its place that long at most.
constexpr int interval_ms = 1000;
/// irqbalance moves interrupts every 10 s; a new one of it is told within that.
constexpr int looks_between_words = 10;

struct Question {
    Profile profile;
    Facts facts;
    std::string uuid;
    Placement placement;
    RunningGuest guest;
};

std::unexpected<Error> no_pin(const Profile& profile) {
    return fail("there is nothing to pin by profile " + profile.name,
                profile.path + " has no [pin]", "See ctrlpass.toml(5).", Trouble::bad_input);
}

/// One that is applied is followed as it was applied, whoever owns its file now and whatever that
/// says.
Result<std::optional<Profile>> profile_to_follow(const Options& options, const std::string& word) {
    const bool unit = options.instance && options.state == usual_state;
    const std::string state = unit ? state_for_follower(options.names.front()) : options.state;
    const Recorded recorded = TRY(read_ledgers(state));
    const auto ledger = recorded.find(TRY(profile_name_of(word)));
    if (ledger == recorded.end() || !ledger->second.committed) return std::optional<Profile>{};
    std::error_code error;
    const bool is_path = word.find('/') != word.npos || word.ends_with(".toml");
    if (is_path && std::filesystem::weakly_canonical(std::filesystem::absolute(word), error) !=
                       ledger->second.committed->profile_path)
        return std::optional<Profile>{};
    Profile profile = TRY(applied_profile(ledger->second, state));
    return std::optional(std::move(profile));
}

Result<Profile> profile_to_pin(const Options& options, const Console& console) {
    const std::string word = TRY(options.instance ? path_of_instance(options.names.front())
                                                  : Result<std::string>(options.names.front()));
    if (options.follow) {
        auto applied = TRY(profile_to_follow(options, word));
        if (applied) return std::move(*applied);
    }
    std::vector<std::string> notes;
    auto profiles = TRY(load_profiles({word}, Trust::interactive, notes));
    for (const std::string& note : notes) console.note(note);
    return std::move(profiles.front());
}

/// Whose guest runs, and where its things belong.
Result<Question> question_of(const Root& root, const Options& options, const Console& console) {
    Question question;
    question.profile = TRY(profile_to_pin(options, console));
    const Profile& profile = question.profile;
    if (!profile.wish) return no_pin(profile);
    GuestHosts guests;
    question.facts = TRY(gather_facts(root, {profile}, {}, &guests));
    const Domain* const domain = question.facts.guests.by_name(profile.vm->uri, profile.vm->name);
    const std::string name = printable(profile.vm->name);
    const std::string what = "cannot place anything of " + name;
    if (domain == nullptr) return fail(what, profile.vm->uri + " has no domain " + name);
    const auto guest = running_guest(root, question.facts, profile);
    if (!guest)
        return fail(what, "it is not running",
                    "Its threads are placed when it starts:\n    ctrlpass plan " + profile.name);
    question.uuid = domain->ref.uuid;
    question.guest = *guest;
    question.placement = question.facts.placements.at(profile.name);
    return question;
}

std::vector<Finding> findings_of(const Question& question) {
    std::vector<Finding> findings = question.placement.findings;
    std::ranges::move(judge_irqbalance(question.facts, question.profile.name),
                      std::back_inserter(findings));
    for (Finding& finding : findings)
        finding.accepted =
            finding.severity == Severity::consent &&
            std::ranges::find(question.profile.allow, finding.code) != question.profile.allow.end();
    return findings;
}

bool is_refused(const std::vector<Finding>& findings) {
    return Plan{{}, {}, {}, findings}.is_refused();
}

std::string closing(const LiveReport& live) {
    if (live.placed.empty() && live.kept.empty() && live.left.empty())
        return "Nothing to place: the guest has no such thread, and has not switched on its "
               "interrupts.\n";
    const std::string kept = std::to_string(live.kept.size()) + " were there already.\n";
    return std::to_string(live.placed.size()) + " placed and verified, " + kept;
}

/// Sleeps until the guest ends, a signal comes, or it is time for the next look.
class Wait {
  public:
    explicit Wait(int process) : end_(static_cast<int>(::syscall(SYS_pidfd_open, process, 0))) {}
    void operator()() const {
        pollfd wait{end_.number(), POLLIN, 0};
        // EINTR is what a signal does, and what is wanted.
        (void)::poll(&wait, end_.is_open() ? 1 : 0, interval_ms);
    }

  private:
    Descriptor end_;
};

void tell(const LiveReport& live, const Console& console) {
    const std::string text = live_text(live, console.style());
    if (!text.empty()) console.print(text);
}

/// Until the guest ends or somebody ends this.
int follow(const Root& root, const Question& question, const Console& console) {
    LiveKernel kernel;
    Follower follower(root, kernel, question.guest, question.placement);
    SparedInterrupts spared(root);
    const CaughtSignals caught;
    const Wait wait(question.guest.process);
    std::vector<int> interrupts;
    bool told = false;
    for (int round = 0; follower.is_guest_there() && !CaughtSignals::interruption(); ++round) {
        const auto look = follower.look();
        tell(look, console);
        const bool is_time = look.interrupts != interrupts || round % looks_between_words == 0;
        if (is_time && question.placement.interrupts) {
            interrupts = look.interrupts;
            const auto spare = spared.spare(interrupts);
            if (!spare && !std::exchange(told, true)) console.say(spare.error());
        }
        wait();
    }
    auto failures = follower.put_back();
    if (const auto back = spared.put_back(); !back) failures.push_back(back.error());
    for (const Error& failure : failures) console.say(failure);
    console.print(follower.is_guest_there() ? "Stopped: everything is where it was.\n"
                                            : "The guest has ended.\n");
    return failures.empty() ? exit_code::done : exit_code::stuck;
}

}  // namespace

Result<int> run_pin(const Options& options, const Console& console) {
    TRY(require_root());
    const Root root = TRY(Root::open("/"));
    const Question question = TRY(question_of(root, options, console));
    const auto findings = findings_of(question);
    if (!console.json()) console.print(findings_text(findings, console.style()));
    if (is_refused(findings)) {
        console.print(console.json() ? pin_json(question.profile.name, {}, findings)
                                     : "\nRefused. Nothing was placed.\n");
        return exit_code::refused;
    }
    if (options.follow) {
        const Descriptor lock = TRY(lock_domain(question.uuid));
        return follow(root, question, console);
    }
    if (is_followed(question.uuid))
        console.note(
            "a ctrlpass pin --follow is at work for this guest: it keeps everything where "
            "the profile said when it started");
    LiveKernel kernel;
    const auto look = Follower(root, kernel, question.guest, question.placement).look(Lines::left);
    if (console.json()) {
        console.print(pin_json(question.profile.name, look, findings));
    } else {
        tell(look, console);
        console.print("\n" + closing(look));
    }
    return look.failures.empty() ? exit_code::done : exit_code::failed;
}

}  // namespace ctrlpass
