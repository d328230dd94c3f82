// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/commands/boot_run.hpp"

#include <utility>

#include "src/boot/plan_at_boot.hpp"
#include "src/boot/skip.hpp"
#include "src/commands/after_exception.hpp"
#include "src/commands/apply_at_boot.hpp"
#include "src/commands/caught_signals.hpp"
#include "src/commands/late_functions.hpp"
#include "src/commands/outcome_text.hpp"
#include "src/commands/unconfirmed.hpp"
#include "src/commands/writing.hpp"

namespace ctrlpass {

namespace {

using Clock = std::chrono::steady_clock;

/// The whole deadline in three parts: for waiting, for changes to begin, for them to go back.
struct Schedule {
    explicit Schedule(int deadline)
        : third(std::chrono::milliseconds(std::chrono::seconds(deadline)) / 3),
          begin(Clock::now()) {}
    Clock::time_point no_more_waiting() const { return begin + third; }
    Clock::time_point no_more_changes() const { return begin + 2 * third; }
    Clock::time_point end() const { return begin + 3 * third; }
    std::chrono::milliseconds third;
    Clock::time_point begin;
};

GuestHosts nobody_to_ask() {
    return GuestHosts([](const std::string& uri) -> Result<std::unique_ptr<GuestHost>> {
        return fail("cannot ask libvirt at " + uri, "it starts after ctrlpass at boot");
    });
}

std::string after_boot(const Outcome& outcome) {
    const Report& report = outcome.report;
    if (report.failure || report.changed) return after_apply(outcome);
    return outcome.plan.findings.empty() ? after_apply(outcome) : "Left as it is.\n";
}

class BootRun {
  public:
    BootRun(Session& session, const Schedule& schedule, const Console& console)
        : session_(session), schedule_(schedule), console_(console) {}

    /// Each profile by itself, late ones last.
    void run(const std::vector<std::string>& paths) {
        LateFunctions late(schedule_.no_more_waiting());
        for (const std::string& path : paths) try_profile(path, true);
        while (!waiting_.empty()) {
            const bool more = !CaughtSignals::interruption() && late.wait();
            if (!more && late.trouble())
                console_.note(late.trouble()->what + ": " + late.trouble()->where +
                              "; what is not there is not waited for");
            const auto again = std::exchange(waiting_, {});
            for (const std::string& path : again) try_profile(path, more);
        }
    }

    std::vector<Transaction> transactions() {
        std::vector<Transaction> all;
        for (Result<Outcome>& outcome : outcomes_)
            all.push_back({"apply", [outcome = std::move(outcome)] { return outcome; }, true});
        return all;
    }

  private:
    void try_profile(const std::string& path, bool may_wait) {
        auto outcome = apply(path);
        if (may_wait && outcome && outcome->refused && may_appear(outcome->plan))
            waiting_.push_back(path);
        else
            outcomes_.push_back(std::move(outcome));
    }

    /// While it is planned and the module loaded, udev may give the function to its driver: once
    /// more then.
    Result<Outcome> apply(const std::string& path) {
        const auto once = [&] {
            return undone_if_it_throws(session_, [&] { return apply_once(path); });
        };
        auto outcome = once();
        if (outcome && outcome->report.failure && outcome->report.stuck.empty() &&
            outcome->report.failure->trouble == Trouble::outdated)
            return once();
        return outcome;
    }

    Result<Outcome> apply_once(const std::string& path) {
        TRY(may_begin({path}));
        std::vector<std::string> notes;
        const auto profiles = TRY(load_profiles({path}, Trust::root_only, notes));
        return apply_at_boot(session_, profiles.front(), [this] { return time_is_up(); });
    }

    std::optional<Error> time_is_up() const {
        if (Clock::now() < schedule_.no_more_changes()) return std::nullopt;
        return Error{"cannot go on: the time for this at boot is over", {}, {}};
    }

    Session& session_;
    Schedule schedule_;
    const Console& console_;
    std::vector<std::string> waiting_;  ///< profiles with a function that is not there yet
    std::vector<Result<Outcome>> outcomes_;
};

int print_nothing_done(Outcome outcome, const Console& console) {
    const Transaction nothing{"apply", [&] { return Result<Outcome>(outcome); }};
    return run_transactions({nothing}, console, after_boot);
}

}  // namespace

Result<int> run_apply_at_boot(const Options& options, const Console& console) {
    const Schedule schedule(options.deadline);
    TRY(require_root());
    Root root = TRY(Root::open("/"));
    if (auto off = switched_off(root.attribute("proc/cmdline").value_or("")))
        return print_nothing_done(left_alone("", std::move(*off)), console);
    const auto paths = TRY(trusted_profile_paths());
    if (paths.empty()) return print_nothing_done({}, console);
    LiveKernel kernel{schedule.third, schedule.end()};
    // What an interrupted command left in definitions needs libvirt: ctrlpass-finish.service.
    const auto session =
        TRY(Session::open(std::move(root), kernel, nobody_to_ask(), options.state));
    const CaughtSignals caught;
    BootRun boot(*session, schedule, console);
    boot.run(paths);
    return run_transactions(boot.transactions(), console, after_boot);
}

}  // namespace ctrlpass
