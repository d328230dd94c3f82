// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/commands/after_exception.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <map>
#include <memory>
#include <new>

#include "src/commands/last_words.hpp"
#include "src/commands/unconfirmed.hpp"

namespace ctrlpass {

namespace {

/// Given back when something throws, so that there is memory to put things right with. Larger than
/// malloc keeps for itself (M_MMAP_THRESHOLD), so that it is address space again.
class Reserve {
  public:
    void give_back() { memory_.reset(); }

  private:
    using Memory = std::array<char, 4U << 20U>;
    std::unique_ptr<Memory> memory_ = std::make_unique_for_overwrite<Memory>();
};

/// Nothing of the transaction is left to be named when this ends.
struct NamedTransaction {
    NamedTransaction() = default;
    NamedTransaction(const NamedTransaction&) = delete;
    NamedTransaction& operator=(const NamedTransaction&) = delete;
    ~NamedTransaction() { last_words::set_transaction(""); }
};

constexpr auto finish_it = "Put it back:\n    ctrlpass rollback --unfinished";

/// What the ledgers say of transactions: the id of each profile's open and last committed one.
struct Standing {
    explicit Standing(const Recorded& recorded, const Moment& now) {
        for (const std::string& name : unfinished_profiles(recorded, now))
            open[name] = recorded.at(name).unfinished->begin.transaction;
        for (const auto& [name, ledger] : recorded)
            if (ledger.committed) committed[name] = ledger.committed->transaction;
    }
    std::map<std::string, std::string> open;
    std::map<std::string, std::string> committed;
};

/// The profiles that a transaction has left open: not those that an earlier one had.
std::vector<std::string> left_open(const Session& session, const Standing& before) {
    const Standing after(session.recorded(), session.now());
    std::vector<std::string> profiles = profiles_of(session.transaction(), session.recorded());
    for (const auto& [name, transaction] : after.open)
        if (const auto known = before.open.find(name);
            (known == before.open.end() || known->second != transaction) &&
            std::ranges::find(profiles, name) == profiles.end())
            profiles.push_back(name);
    return profiles;
}

/// Recovery goes on from wherever it was left: when it throws, once more.
template <typename Work>
auto try_twice(const Work& work) {
    try {
        return work();
    } catch (...) {
        return work();
    }
}

/// An apply that threw is undone, a rollback that threw is finished.
Outcome put_right(Session& session, const Standing& before, const Error& why) {
    Outcome outcome;
    outcome.report.failure = why;
    const auto profiles = left_open(session, before);
    outcome.plan.profiles = profiles;
    if (profiles.empty()) {
        // After the last word of the ledger there was only something to say.
        outcome.report.changed =
            Standing(session.recorded(), session.now()).committed != before.committed;
        if (outcome.report.changed) outcome.report.failure.reset();
        return outcome;
    }
    const Recorded begun = session.recorded();
    const auto report = session.put_right(profiles);
    if (report) outcome.report.add(*report);
    for (const std::string& profile : profiles) {
        const BeginRecord& begin = begun.at(profile).unfinished->begin;
        if (!report)
            outcome.report.stuck.push_back({profile, "transaction " + begin.transaction,
                                            report.error().what + "\n" + finish_it});
    }
    const bool finished = std::ranges::all_of(profiles, [&](const std::string& profile) {
        return begun.at(profile).unfinished->begin.verb == Verb::rollback;
    });
    if (finished && outcome.report.stuck.empty()) outcome.report.failure.reset();
    return outcome;
}

std::unexpected<Error> left_unfinished_by(Error why, const Session& session) {
    std::string names;
    for (const std::string& name : unfinished_profiles(session.recorded(), session.now()))
        names += (names.empty() ? "" : ", ") + name + " (transaction " +
                 session.recorded().at(name).unfinished->begin.transaction + ")";
    why.what = "cannot put back what was begun: " + names;
    why.hint = finish_it;
    why.trouble = Trouble::unrecoverable;
    return std::unexpected(std::move(why));
}

template <typename T>
Result<T> firmly(Session& session, const std::function<Result<T>()>& work) {
    Reserve reserve;
    try {
        return work();
    } catch (...) {
        reserve.give_back();
    }
    try {
        TRY(session.reread());
        return work();
    } catch (...) {
        return left_unfinished_by(error_of_exception(), session);
    }
}

}  // namespace

Error error_of_exception() {
    const std::string what = "cannot go on";
    try {
        throw;
    } catch (const std::bad_alloc&) {
        return {what, "there is not enough memory", {}};
    } catch (const std::exception& exception) {
        return {what, exception.what(), {}};
    } catch (...) {
        return {what, "for a reason that is not known", {}};
    }
}

Result<Outcome> undone_if_it_throws(Session& session,
                                    const std::function<Result<Outcome>()>& transaction) {
    Reserve reserve;
    const NamedTransaction named;
    const Standing before(session.recorded(), session.now());
    Error why;
    try {
        return transaction();
    } catch (...) {
        reserve.give_back();
        why = error_of_exception();
    }
    try {
        return try_twice([&]() -> Result<Outcome> {
            TRY(session.reread());
            return put_right(session, before, why);
        });
    } catch (...) {
        Outcome outcome;
        outcome.report.failure = why;
        outcome.report.stuck.push_back({"", "transaction " + session.transaction(), finish_it});
        return outcome;
    }
}

Result<std::optional<Report>> recover_firmly(Session& session) {
    return firmly<std::optional<Report>>(session, [&] { return session.recover(); });
}

Result<Outcome> undo_firmly(Session& session, const std::vector<std::string>& profiles) {
    return firmly<Outcome>(session, [&] { return undo(session, profiles); });
}

}  // namespace ctrlpass
