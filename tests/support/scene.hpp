// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "src/commands/session.hpp"
#include "tests/support/fake_guests.hpp"
#include "tests/support/fake_kernel.hpp"
#include "tests/support/fragile_disk.hpp"
#include "tests/support/fragile_ledger.hpp"
#include "tests/support/machine_tree.hpp"
#include "tests/support/temp_tree.hpp"
#include "tests/support/wishes.hpp"

namespace ctrlpass::tests {

/// tests/scenarios/NAME: a machine (the name of a description in tests/machines), a profile, and
/// the plan that is expected as text.
struct Scenario {
    std::string name;
    std::string machine;
    Profile profile;
    std::string expected_plan;
    std::string plan_path;
    Wishes wishes;
};
std::vector<Scenario> all_scenarios();

/// All that ctrlpass writes to. Writes to each are counted from 1.
enum class Sink { kernel, module, definition, file, ledger };

/// A machine on which ctrlpass works: its tree with a behaving kernel, its guests, a state
/// directory. Each command opens a session of its own, as the program does.
class Scene {
  public:
    explicit Scene(const Scenario& scenario);
    explicit Scene(MachineTree tree);

    Plan plan(const std::vector<Profile>& profiles, bool may_lock_out = false);
    Result<Outcome> apply(const std::vector<Profile>& profiles, bool may_lock_out = false);
    Result<Outcome> rollback(const std::vector<std::string>& names);
    /// What the next command does first; false when it could not.
    bool recover();

    int writes(Sink sink) const;
    void die_at(Sink sink, int number, Stage stage);
    void refuse(Sink sink, int number, int error_number);
    void fill_disk(int from_append);  ///< under the ledger
    /// Nothing befalls ctrlpass any more, counting starts again; what was begun comes to its end.
    void calm();
    /// The ledgers are gone, and vfio-pci where it was not loaded at first, and /etc/libvirt, which
    /// no machine has.
    void forget_everything();

    /// Driver and override of every function, every definition, and the files below /etc/libvirt
    /// but for those that a crash may leave.
    std::map<std::string, std::string> snapshot() const;

    Root root() const;
    const std::string& directory() const { return tree_.directory(); }
    const std::string& state() const { return state_.path(); }
    FakeKernel& kernel() { return kernel_; }
    /// What a profile wants besides what is in it.
    void place(const std::string& profile, Placement placement) {
        placements_[profile] = std::move(placement);
    }
    void want_files(const std::string& profile, std::vector<WantedFile> files) {
        files_[profile] = std::move(files);
    }
    FakeDomains& domains() { return domains_; }
    const MachineTree& tree() const { return tree_; }

  private:
    Result<std::unique_ptr<Session>> session();
    Result<Facts> facts(Session& session, const std::vector<Profile>& profiles);

    MachineTree tree_;
    TempDir state_;
    FakeKernel kernel_;
    FakeDomains domains_;
    LedgerFate ledger_fate_;
    DiskFate disk_fate_;
    std::map<std::string, Placement> placements_;
    std::map<std::string, std::vector<WantedFile>> files_;
    bool had_vfio_ = false;
    bool had_etc_ = false;
};

}  // namespace ctrlpass::tests
