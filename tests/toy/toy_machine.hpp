// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "src/execute/machine.hpp"
#include "src/ledger/ledger.hpp"

namespace ctrlpass::tests {

/// The process is gone, in the middle of what it did. Nothing in the product catches it.
struct Killed {};

/// What befalls one command, by the number of its step: every state that a write passes through and
/// every record is a step.
class Fate {
  public:
    enum class Kind { none, dies, refused, refused_for_good, hangs };
    Fate() = default;
    Fate(Kind kind, int step) : kind_(kind), step_(step) {}

    /// False when the step is refused. Throws Killed. Tidying writes no setting.
    bool write(const std::optional<Setting>& setting);
    bool append();
    /// A write to this setting did not come back: touching it again would hang as well.
    bool hangs(const Setting& setting) const { return hung_.contains(setting); }
    void touch(const Setting& setting) { touched_again_ = touched_again_ || hangs(setting); }

    int steps() const { return count_; }
    int writes() const { return writes_; }
    bool struck() const { return struck_; }
    bool touched_again() const { return touched_again_; }
    int index() const { return static_cast<int>(kind_); }
    int at() const { return step_; }

  private:
    bool step();

    Kind kind_ = Kind::none;
    int step_ = -1;
    int count_ = 0;
    int writes_ = 0;
    bool struck_ = false;
    bool touched_again_ = false;
    std::set<Setting> hung_;
};

/// Settings in memory. Writes pass through the states that the real ones pass through; hostdevs
/// bring a root port along, which stays until the definition is tidied.
class ToyMachine final : public Machine {
  public:
    Result<State> read(const Setting& setting) override;
    Result<> write(const Setting& setting, const State& state) override;
    Result<std::string> definition(const DomainRef& domain) override;
    Result<> tidy(const DomainRef& domain, const std::string& original) override;

    /// Bindings and modules are again what they are after booting.
    void reboot(const ToyMachine& booted);

    std::map<Setting, State> states;  ///< a setting that is not here is `missing`
    std::set<Setting> ports;          ///< hostdevs that have a root port
    Fate* fate = nullptr;             ///< of the command that is running

  private:
    std::string hostdevs() const;
    Result<> step_to(const Setting& setting, const State& state);
};

/// Ledgers in memory: a record is there whole or not at all.
class ToyLedger final : public Ledger {
  public:
    Result<> append(const std::string& profile, const Record& record) override;
    Recorded recorded() const;

    std::map<std::string, std::vector<Record>> records;
    Fate* fate = nullptr;
};

}  // namespace ctrlpass::tests
