// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "tests/support/scene.hpp"

namespace ctrlpass::tests {

using Snapshot = std::map<std::string, std::string>;

/// How often each sink is written to.
using Writes = std::map<Sink, int>;

/// What one has and the other has not, for people; empty when they are the same.
std::string difference(const Snapshot& now, const Snapshot& expected);

/// A scenario in which something is written, with one machine for all of its cases: each case ends
/// with the machine as it was at the start, which is checked.
class Bench {
  public:
    explicit Bench(const Scenario& scenario);

    const std::string& name() const { return scenario_.name; }
    Scene& scene() { return *scene_; }
    const Snapshot& start() const { return start_; }    ///< before everything
    const Snapshot& wanted() const { return wanted_; }  ///< after an apply that nothing disturbs
    const Writes& of_apply() const { return of_apply_; }
    const Writes& of_rollback() const { return of_rollback_; }

    Result<Outcome> apply() { return scene_->apply({scenario_.profile}); }
    Result<Outcome> rollback() { return scene_->rollback({scenario_.profile.name}); }
    /// What people do after a trouble: the machine must then be as it was.
    void back_to_start();
    /// Or again: it must then be as it was wanted.
    void on_to_the_end();
    /// The next case: a machine on which ctrlpass never was.
    void begin();

  private:
    Writes count();

    Scenario scenario_;
    std::unique_ptr<Scene> scene_;
    Snapshot start_;
    Snapshot wanted_;
    Writes of_apply_;
    Writes of_rollback_;
    bool whole_ = true;  ///< the last case left the machine as it was
};

/// How many cases there were, for the last line of a matrix.
struct Tally {
    std::string matrix;
    int scenarios = 0;  ///< in tests/scenarios
    int with_writes = 0;
    Writes cases;

    int sum() const;
    void print() const;
};

/// Calls with every scenario in which something is written: a refused plan writes nothing.
void for_each_bench(Tally& tally, const std::function<void(Bench&)>& call);

/// "kernel write", "ledger append".
std::string name_of(Sink sink);

}  // namespace ctrlpass::tests
