// SPDX-License-Identifier: GPL-2.0-or-later
// What libvirt's hook asks for. It must not ask libvirt, which waits for it meanwhile.
#include <syslog.h>
#include <unistd.h>

#include "iommu/descriptor.hpp"
#include "iommu/lines.hpp"
#include "src/commands/commands.hpp"
#include "src/commands/guard_start.hpp"
#include "src/commands/programs.hpp"
#include "src/ledger/ledger.hpp"
#include "src/plan/gather.hpp"
#include "src/render/text.hpp"

namespace ctrlpass {

namespace {

/// Longer than any definition that libvirt takes.
constexpr std::size_t longest_definition = 8U << 20U;

Result<StartingGuest> guest_on_standard_input() {
    const Descriptor input(::dup(STDIN_FILENO));
    const auto text = TRY(read_all(input, "cannot read the definition", longest_definition));
    return starting_guest(text);
}

/// A hint with its commands, which libvirt would show as one line anyway.
std::string on_one_line(const std::string& hint) {
    std::string text;
    for (const std::string& word : ctrlpass::words_of(hint))
        text += (text.empty() ? "" : " ") + word;
    return text;
}

/// libvirt drops what a hook says that succeeds.
void log(const Error& error) {
    const std::string where = error.where.empty() ? "" : ": " + error.where;
    ::openlog("ctrlpass", LOG_PERROR, LOG_DAEMON);
    ::syslog(LOG_ERR, "%s", printable(error.what + where + ". " + on_one_line(error.hint)).c_str());
}

/// libvirt shows what a hook that fails has said.
Result<int> guard(const Options& options, const Console& console) {
    const StartingGuest guest = TRY(guest_on_standard_input());
    if (guest.taken.empty()) return exit_code::done;
    const Root root = TRY(Root::open("/"));
    const Recorded recorded = TRY(read_ledgers(options.state));
    const auto findings = TRY(judge_start(root, guest, recorded));
    for (const Finding& finding : findings)
        console.note(finding.code + ": " + finding.message + ". " + on_one_line(finding.hint));
    return findings.empty() ? exit_code::done : exit_code::refused;
}

/// The follower of each profile that pins this guest; nobody waits for it. One that still puts back
/// what an earlier run of the guest had is ended first.
Result<> start_follower(const std::string& profile_path) {
    std::vector<std::string> notes;
    const auto profiles = TRY(load_profiles({profile_path}, Trust::anyone, notes));
    if (!profiles.front().wish) return {};
    return start_detached(
        {"systemctl", "--quiet", "--no-block", "restart", follower_of(profile_path)});
}

/// What keeps one profile from being followed keeps no other.
Result<> follow(const Options& options) {
    const StartingGuest guest = TRY(guest_on_standard_input());
    const Recorded recorded = TRY(read_ledgers(options.state));
    for (const RecordedProfile* const ledger : applied_to(guest.uuid, recorded))
        if (const auto started = start_follower(ledger->committed->profile_path); !started)
            log(started.error());
    return {};
}

}  // namespace

Result<int> run_hook(const Options& options, const Console& console) {
    if (options.operation == "prepare") return guard(options, console);
    if (options.operation != "started") return exit_code::done;
    // A guest without its pins is slow; one that does not start is lost.
    if (const auto followed = follow(options); !followed) log(followed.error());
    return exit_code::done;
}

}  // namespace ctrlpass
