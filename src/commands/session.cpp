// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/commands/session.hpp"

#include <pwd.h>
#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <set>

#include "iommu/number.hpp"
#include "src/audit/audited_ledger.hpp"
#include "src/audit/journal.hpp"
#include "src/commands/ask_disks.hpp"
#include "src/commands/caught_signals.hpp"
#include "src/commands/last_words.hpp"
#include "src/ledger/utc_time.hpp"
#include "src/plan/planner.hpp"
#include "src/render/text.hpp"

namespace ctrlpass {

namespace {

std::string random_id() {
    std::array<unsigned char, 8> bytes{};
    if (::getrandom(bytes.data(), bytes.size(), 0) < 0)
        return utc_now() + "-" + std::to_string(::getpid());
    std::string text;
    for (const unsigned byte : bytes) {
        std::array<char, 4> hex{};
        std::snprintf(hex.data(), hex.size(), "%02x", byte);
        text += hex.data();
    }
    return text;
}

/// Who logged in and became root since, by su for instance; "" for services.
std::string login_name(const Root& root) {
    const auto uid = number_in<::uid_t>(root.attribute("proc/self/loginuid").value_or(""));
    constexpr auto nobody = static_cast<::uid_t>(-1);
    if (!uid || *uid == nobody || *uid == 0) return "";
    const struct passwd* const user = ::getpwuid(*uid);
    return user != nullptr ? user->pw_name : std::to_string(*uid);
}

std::string who(const Root& root) {
    if (const char* const user = std::getenv("SUDO_USER"))
        return "root (sudo by " + printable(user) + ")";
    const std::string login = login_name(root);
    return login.empty() ? "root" : "root (login of " + printable(login) + ")";
}

/// Of the findings of a way back: each is a setting that has to stay as it is.
std::vector<Stuck> left_by(const std::vector<Finding>& findings) {
    std::vector<Stuck> left;
    for (const Finding& finding : findings)
        left.push_back(
            {finding.profile, "binding " + finding.subject, finding.message + "\n" + finding.hint});
    return left;
}

}  // namespace

std::int64_t seconds_since_boot() {
    struct timespec time {};
    ::clock_gettime(CLOCK_BOOTTIME, &time);
    return time.tv_sec;
}

Session::Session(Root root, Kernel& kernel, GuestHosts guests, std::unique_ptr<Ledger> ledger,
                 std::unique_ptr<Disk> disk, std::string state, std::string boot)
    : root_(std::move(root)),
      kernel_(kernel),
      guests_(std::move(guests)),
      ledger_(std::move(ledger)),
      disk_(std::move(disk)),
      state_(std::move(state)),
      boot_(std::move(boot)),
      machine_(root_, kernel_, guests_, *disk_) {}

Result<std::unique_ptr<Session>> Session::open(Root root, Kernel& kernel, GuestHosts guests,
                                               const std::string& state) {
    LedgerDirectory ledger = TRY(LedgerDirectory::open(state));
    const Recorded recorded = TRY(read_ledgers(state));
    const std::string caller = who(root);
    return open(
        std::move(root), kernel, std::move(guests), state,
        std::make_unique<AuditedLedger>(std::make_unique<LedgerDirectory>(std::move(ledger)),
                                        recorded, caller, utc_now, tell_journal));
}

Result<std::unique_ptr<Session>> Session::open(Root root, Kernel& kernel, GuestHosts guests,
                                               const std::string& state,
                                               std::unique_ptr<Ledger> ledger,
                                               std::unique_ptr<Disk> disk) {
    auto boot = root.attribute("proc/sys/kernel/random/boot_id");
    if (!boot) return fail("cannot read /proc/sys/kernel/random/boot_id");
    auto session =
        std::make_unique<Session>(std::move(root), kernel, std::move(guests), std::move(ledger),
                                  std::move(disk), state, std::move(*boot));
    TRY(kernel.wait_for_writers());
    TRY(session->reread());
    return session;
}

Result<> Session::reread() {
    is_behind_ = true;
    recorded_ = TRY(read_ledgers(state_));
    is_behind_ = false;
    return {};
}

void Session::reread_later() {
    is_behind_ = true;
    (void)catch_up();
}

Result<> Session::catch_up() {
    if (is_behind_) TRY(reread());
    return {};
}

Result<Report> Session::put_right(const std::vector<std::string>& asked) {
    std::vector<std::string> profiles = asked;
    std::vector<Stuck> held;
    RollbackPlan way_back = plan_recovery(profiles, recorded_, boot_, machine_);
    const Facts facts = TRY(gather_for_way_back(root_, way_back.plan.changes, recorded_, guests_));
    auto findings = judge_way_back(facts, way_back.plan.changes);
    if (findings.empty()) findings = ask_last(facts.host, way_back.plan.changes, findings);
    // What is only not known holds nothing back here: it was asked before the apply.
    std::erase_if(findings, [](const Finding& one) { return one.severity != Severity::refuse; });
    if (!findings.empty()) {
        // Nothing is begun of a profile that cannot be gone through with.
        held = left_by(findings);
        std::erase_if(profiles, [&](const std::string& profile) {
            return std::ranges::find(held, profile, &Stuck::profile) != held.end();
        });
        way_back = plan_recovery(profiles, recorded_, boot_, machine_);
    }
    const CaughtSignals caught;
    Report report = execute_recovery(way_back, recorded_, machine_, *ledger_);
    report.stuck.insert(report.stuck.end(), held.begin(), held.end());
    report.held = !held.empty();
    reread_later();
    return report;
}

Result<std::optional<Report>> Session::recover() {
    const auto unfinished = unfinished_profiles(recorded_, now());
    if (unfinished.empty()) return std::optional<Report>{};
    recovery_ = TRY(put_right(unfinished));
    return std::optional(recovery_);
}

std::vector<Stuck> Session::left_of(const std::vector<std::string>& profiles) const {
    std::vector<Stuck> left;
    for (const Stuck& stuck : recovery_.stuck)
        if (std::ranges::find(profiles, stuck.profile) != profiles.end()) left.push_back(stuck);
    return left;
}

Moment Session::now() const { return {boot_, seconds_since_boot()}; }

void Session::start_transaction() {
    transaction_ = random_id();
    last_words::set_transaction(transaction_);
}

BeginRecord Session::begin(Verb verb) const {
    BeginRecord record;
    record.verb = verb;
    record.transaction = transaction_;
    record.time = utc_now();
    record.boot = boot_;
    record.who = who(root_);
    return record;
}

std::vector<Finding> Session::ask_groups(const Host& host, const std::vector<Change>& changes) {
    std::vector<Finding> findings;
    std::set<int> asked;
    for (const Change& change : changes) {
        const auto* const setting = std::get_if<BindingSetting>(&change.setting);
        if (setting == nullptr ||
            std::get<Binding>(change.before).driver == std::get<Binding>(change.after).driver)
            continue;
        const Function* const function = host.function(setting->address);
        if (function == nullptr || !function->group) continue;
        const std::string node = "dev/vfio/" + std::to_string(*function->group);
        if (!root_.exists(node) || !asked.insert(*function->group).second) continue;
        const auto opened = kernel_.try_group(*function->group);
        if (!opened && opened.error().error_number == EBUSY)
            findings.push_back(make_finding(change.profile, "held-by-process",
                                            to_string(setting->address),
                                            "somebody has /" + node + " open"));
    }
    return findings;
}

std::vector<Finding> Session::ask_last(const Host& host, const std::vector<Change>& changes,
                                       const std::vector<Finding>& known) {
    auto findings = ask_groups(host, changes);
    if (findings.empty()) findings = ask_disks(kernel_, host, changes, known);
    return findings;
}

GuestHosts guests_within(int deadline) {
    constexpr int own_deadline_of_libvirt = 30;
    if (deadline >= own_deadline_of_libvirt) return GuestHosts();
    return GuestHosts([deadline](const std::string& uri) {
        return open_libvirt(uri, std::chrono::seconds(deadline));
    });
}

}  // namespace ctrlpass
