// SPDX-License-Identifier: GPL-2.0-or-later
// What libvirt's hook asks for. It must not ask libvirt, which waits for it meanwhile.
#include <unistd.h>

#include "iommu/descriptor.hpp"
#include "iommu/lines.hpp"
#include "src/commands/applied_profile.hpp"
#include "src/commands/commands.hpp"
#include "src/commands/follower.hpp"
#include "src/commands/guard_start.hpp"
#include "src/commands/log_error.hpp"
#include "src/ledger/ledger.hpp"
#include "src/plan/gather.hpp"

namespace ctrlpass {

namespace {

/// Longer than any definition that libvirt takes.
constexpr std::size_t longest_definition = 8U << 20U;

Result<StartingGuest> guest_on_standard_input() {
    const Descriptor input(::dup(STDIN_FILENO));
    const auto text = TRY(read_all(input, "cannot read the definition", longest_definition));
    return starting_guest(text);
}

/// libvirt shows what a hook that fails has said.
Result<int> guard(const Options& options, const Console& console) {
    const StartingGuest guest = TRY(guest_on_standard_input());
    if (guest.taken.empty()) return exit_code::done;
    const Root root = TRY(Root::open("/"));
    const Recorded recorded = TRY(read_ledgers(options.state));
    const auto findings = TRY(judge_start(root, guest, recorded, options.state));
    for (const Finding& finding : findings)
        console.note(finding.code + ": " + finding.message + ". " + on_one_line(finding.hint));
    return findings.empty() ? exit_code::done : exit_code::refused;
}

/// The follower of each profile that pins this guest, as it was applied.
Result<> start_follower_of(const RecordedProfile& ledger, const std::string& state) {
    const Profile profile = TRY(applied_profile(ledger, state));
    return profile.wish ? start_follower(profile.path, state) : Result<>();
}

/// What keeps one profile from being followed keeps no other.
Result<> follow(const Options& options) {
    const StartingGuest guest = TRY(guest_on_standard_input());
    const Recorded recorded = TRY(read_ledgers(options.state));
    for (const RecordedProfile* const ledger : applied_to(guest.uuid, recorded))
        if (const auto started = start_follower_of(*ledger, options.state); !started)
            log_error(started.error());
    return {};
}

}  // namespace

Result<int> run_hook(const Options& options, const Console& console) {
    if (options.operation == "prepare") return guard(options, console);
    if (options.operation != "started") return exit_code::done;
    // A guest without its pins is slow; one that does not start is lost.
    if (const auto followed = follow(options); !followed) log_error(followed.error());
    return exit_code::done;
}

}  // namespace ctrlpass
