// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "src/execute/execute.hpp"
#include "src/plan/claims.hpp"
#include "tests/toy/toy_machine.hpp"

namespace ctrlpass::tests {

/// A machine with its ledgers, between two commands.
struct World {
    ToyMachine machine;
    ToyLedger ledger;
    int boot = 1;
    int transactions = 0;

    std::string boot_id() const { return "boot " + std::to_string(boot); }
    Moment now() const { return {boot_id(), 0}; }
    std::map<Setting, State> lasting_states() const;  ///< without modules: they have no way back
};

/// Two worlds that no later command can tell apart have one key: settings, root ports, what the
/// ledgers mean in this boot.
std::string key_of(const World& world);

/// Is there something to be put right? What waits to be confirmed is not.
bool is_unfinished(const World& world);

/// A command of the toy: like the program's it first recovers, and goes on only when that left
/// nothing unfinished. Without profiles that is all it does.
struct Command {
    std::string name;
    Verb verb = Verb::apply;
    std::vector<std::string> profiles;
    std::vector<Wanted> wanted;
    enum class Way { plain, pending, keep, undo } way = Way::plain;
};

/// What a command came to; without a report it was killed.
struct Ran {
    World world;
    Fate fate;
    std::optional<Report> report;
    bool refused = false;  ///< an earlier transaction of it is still unfinished, a claim conflicts
    bool left = false;     ///< recovery did not put everything right
};
Ran run(const World& world, const Command& command, Fate fate = {});

/// The settings of the toy: profiles A and B of one domain share function 0 and its hostdev.
struct Toy {
    Setting module = ModuleSetting{"vfio-pci"};
    Setting shared_binding;
    Setting a_binding;
    Setting b_binding;
    Setting shared_hostdev;
    Setting a_hostdev;
    State ours;     ///< of a binding
    State by_hand;  ///< of a binding: nothing that ctrlpass ever wrote or found
    Toy();

    /// Everything with the host's drivers, and a machine on which some of what is wanted is so.
    World fresh() const;
    World half_way() const;
    std::vector<Command> commands() const;

    /// Somebody else's change, and the way back from it.
    void change_by_hand(World& world, const Setting& setting) const;
};

}  // namespace ctrlpass::tests
