// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "src/pins/live.hpp"
#include "vfio/kernel.hpp"

namespace ctrlpass {

/// A guest that runs, and the functions that it has from this host.
struct RunningGuest {
    std::string name;
    int process = 0;
    std::string started;  ///< of the process, see processes.hpp
    std::vector<PciAddress> functions;
    bool operator==(const RunningGuest&) const = default;
};

/// Keeps the interrupts and threads of a running guest in their places: looks, places what is not
/// there, and remembers where it was.
class Follower {
  public:
    Follower(const Root& root, Kernel& kernel, RunningGuest guest, Placement placement);

    struct Look : LiveReport {
        std::vector<int> interrupts;  ///< the numbers of all that there are
    };
    /// Places what is not in its place. One look costs a few reads for each thread and vector.
    Look look();
    bool is_guest_there() const;

    /// Everything that is still there back to where it was at first.
    std::vector<Error> put_back();
    /// What outlives the guest, or its driver, back to where it was: lines whose handler is gone.
    std::vector<Error> release_lines();

  private:
    Result<bool> place_one(const LivePlace& place, const CpuSet& cpus);
    /// What makes it the same thing: number or id, with what they stand for.
    static std::string key_of(const LivePlace& place);

    const Root& root_;
    Kernel& kernel_;
    RunningGuest guest_;
    Placement placement_;
    std::map<std::string, LivePlace> first_;  ///< by key: as they were found
    std::set<std::string> told_;
};

}  // namespace ctrlpass
