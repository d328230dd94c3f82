// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "src/execute/execute.hpp"
#include "src/execute/machine.hpp"

namespace ctrlpass {

/// Puts settings back, one at a time, and writes into the report what became of each. A setting
/// that cannot be put back does not keep the others from it.
class WayBack {
  public:
    WayBack(Machine& machine, Report& report, Ledger& ledger)
        : machine_(machine), report_(report), ledger_(ledger) {}

    /// Back to `to`, from anywhere on the way between it and `other`. What is gone is back. A
    /// foreign state is left alone. False when it is stuck.
    bool go(const std::string& profile, const Setting& setting, const State& to,
            const State& other);

    /// Not to be touched: a write to it hangs in the kernel, or somebody holds it.
    void leave(const std::string& profile, const Setting& setting, const std::string& reason);

    bool tidy(const std::string& profile, const DomainRef& domain, const std::string& original);

  private:
    Result<> put(const Setting& setting, const State& to);

    Machine& machine_;
    Report& report_;
    Ledger& ledger_;
};

/// Error: one of these profiles has a broken ledger, or an unfinished transaction; a second one on
/// top of it would hide what the first one has to put back.
Result<> check_finished(const std::vector<std::string>& profiles, const Recorded& recorded);

/// Error: the unfinished transaction of a profile that is not among these has one of these settings
/// to put back: that must not be changed, nor claimed, under it.
Result<> check_apart(const std::vector<Setting>& settings, const std::vector<std::string>& profiles,
                     const Recorded& recorded, const std::string& boot);

/// What went wrong and why; a hint follows on lines of its own.
std::string reason_of(const Error& error);

/// Why a state is nobody's that ctrlpass knows, with what it would have to be.
std::string foreign_reason(const State& now, const State& to, const State& other);

}  // namespace ctrlpass
