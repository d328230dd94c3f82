// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/session.hpp"

#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <ctime>
#include <set>

#include "src/render.hpp"

namespace ctrlpass {

namespace {

/// UTC, RFC 3339, whole seconds.
std::string time_now() {
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    ::gmtime_r(&now, &parts);
    std::array<char, 32> text{};
    std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
    return text.data();
}

std::string random_id() {
    std::array<unsigned char, 8> bytes{};
    if (::getrandom(bytes.data(), bytes.size(), 0) < 0)
        return time_now() + "-" + std::to_string(::getpid());
    std::string text;
    for (const unsigned byte : bytes) {
        std::array<char, 4> hex{};
        std::snprintf(hex.data(), hex.size(), "%02x", byte);
        text += hex.data();
    }
    return text;
}

std::string who() {
    const char* const user = std::getenv("SUDO_USER");
    return user == nullptr ? "root" : "root (sudo by " + printable(user) + ")";
}

}  // namespace

Session::Session(Root root, LedgerDirectory ledger, std::string state, std::string boot)
    : root_(std::move(root)),
      ledger_(std::move(ledger)),
      state_(std::move(state)),
      boot_(std::move(boot)),
      transaction_(random_id()),
      machine_(root_, kernel_, guests_) {}

Result<std::unique_ptr<Session>> Session::open(const Options& options, const Console& console) {
    if (::geteuid() != 0)
        return fail("cannot change this machine", "only root may",
                    "Run it by sudo. Nothing was changed.", Trouble::denied);
    Root root = TRY(Root::open("/"));
    auto boot = root.attribute("proc/sys/kernel/random/boot_id");
    if (!boot) return fail("cannot read /proc/sys/kernel/random/boot_id");
    LedgerDirectory ledger = TRY(LedgerDirectory::open(options.state));
    auto session = std::make_unique<Session>(std::move(root), std::move(ledger), options.state,
                                             std::move(*boot));
    TRY(session->reread());
    TRY(session->recover(console));
    return session;
}

Result<> Session::reread() {
    recorded_ = TRY(read_ledgers(state_));
    return {};
}

Result<> Session::recover(const Console& console) {
    const auto is_unfinished = [](const auto& ledger) { return ledger.second.unfinished.has_value(); };
    if (std::ranges::none_of(recorded_, is_unfinished)) return {};
    const RollbackPlan way_back = plan_recovery(recorded_, boot_, machine_);
    const Facts facts = TRY(gather_for_way_back(root_, way_back.plan.changes, recorded_));
    auto findings = judge_way_back(facts, way_back.plan.changes);
    std::ranges::move(ask_groups(facts.host, way_back.plan.changes), std::back_inserter(findings));
    if (!findings.empty())
        return fail("cannot put back what an interrupted ctrlpass left", findings.front().message,
                    findings.front().hint + "\nNothing was changed now.", Trouble::unrecoverable);
    const Report report = execute_recovery(way_back, recorded_, machine_, ledger_);
    console.note("an earlier ctrlpass was interrupted; put back " +
                 count_of(report.restored.size(), "setting"));
    if (!report.stuck.empty())
        return fail("cannot put back what an interrupted ctrlpass left",
                    report.stuck.front().setting + ": " + report.stuck.front().reason, {},
                    Trouble::unrecoverable);
    return reread();
}

BeginRecord Session::begin(Verb verb) const {
    BeginRecord record;
    record.verb = verb;
    record.transaction = transaction_;
    record.time = time_now();
    record.boot = boot_;
    record.who = who();
    return record;
}

std::vector<Finding> Session::ask_groups(const Host& host, const std::vector<Change>& changes) {
    std::vector<Finding> findings;
    std::set<int> asked;
    for (const Change& change : changes) {
        const auto* const setting = std::get_if<BindingSetting>(&change.setting);
        if (setting == nullptr || std::get<Binding>(change.before).driver ==
                                      std::get<Binding>(change.after).driver)
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

}  // namespace ctrlpass
