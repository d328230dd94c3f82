// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "iommu/host.hpp"
#include "iommu/irqbalance.hpp"
#include "src/guests/guests.hpp"
#include "src/ledger/record.hpp"
#include "src/pins/place.hpp"
#include "src/plan/plan.hpp"
#include "src/profile/profile.hpp"
#include "vfio/holders.hpp"

namespace ctrlpass {

/// A file that a profile wants: ctrlpass owns it.
struct WantedFile {
    std::string path;  ///< absolute
    std::string content;
    std::string why;
};

/// All that a plan is made of, as values.
struct Facts {
    std::vector<Profile> profiles;
    Host host;
    Holders holders;
    Guests guests;
    /// As files have them, of the system's libvirt where that is not asked.
    std::vector<Domain> definitions;
    Recorded recorded;
    std::set<std::string> unasked;                         ///< URIs whose domains are not known
    std::map<std::string, Placement> placements;           ///< by profile
    std::map<std::string, std::vector<WantedFile>> files;  ///< by profile
    /// By path: those of `files` and of the ledgers. One that is not here is not known.
    std::map<std::string, FileState> files_now;
    /// The libvirt daemon that runs and found no hook when it started: it will not look for ours.
    std::string blind_daemon;
    std::optional<Irqbalance> irqbalance;  ///< looked for when interrupts are to be placed
    /// Also judge what libvirt will take at a guest's start, though nothing is to be changed now.
    bool asks_about_start = false;
    std::string ssh_connection;     ///< of whoever called ctrlpass, see Case
    bool may_lock_out = false;      ///< the user said --i-may-lock-myself-out
    std::vector<Finding> gathered;  ///< found while the facts were gathered
};

/// What would have to change so that the profiles hold, and what stands in the way. Pure.
Plan make_plan(const Facts& facts);

/// What stands in the way of these ways back: somebody holds the function.
std::vector<Finding> judge_way_back(const Facts& facts, const std::vector<Change>& changes);

}  // namespace ctrlpass
