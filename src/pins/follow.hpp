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

/// A line (INTx) keeps its CPUs when the guest ends: it is for those who will put it back.
enum class Lines { placed, left };

/// Keeps the interrupts and threads of a running guest in their places: looks, places what is not
/// there, and remembers where it was.
class Follower {
  public:
    Follower(const Root& root, Kernel& kernel, RunningGuest guest, Placement placement);

    struct Look : LiveReport {
        std::vector<int> interrupts;  ///< the numbers of all that there are
    };
    /// Places what is not in its place. One look costs a few reads for each thread and vector. What
    /// could not be placed is tried again only now and then.
    Look look(Lines lines = Lines::placed);
    bool is_guest_there() const;

    /// Everything that is still there back to where it was at first.
    std::vector<Error> put_back();
    /// What outlives the guest, or its driver, back to where it was: lines whose handler is gone.
    std::vector<Error> release_lines();

  private:
    /// Looks between two attempts at what the kernel refused: a minute's.
    static constexpr int looks_between_attempts = 60;

    void bring(const LivePlace& one, Look& look);
    /// Where it was, or would be now without us.
    void remember(const LivePlace& one);
    CpuSet origin_of(const LivePlace& one) const;
    Result<bool> place_one(const LivePlace& place, const CpuSet& cpus);
    /// What makes it the same thing: number or id, with what they stand for.
    static std::string key_of(const LivePlace& place);

    const Root& root_;
    Kernel& kernel_;
    RunningGuest guest_;
    Placement placement_;
    std::map<std::string, LivePlace> first_;  ///< by key: as they were found
    std::set<std::string> known_;             ///< keys that an earlier look has seen
    std::map<std::string, int> refused_;      ///< by key: the look at the last attempt
    int looks_ = 0;
};

}  // namespace ctrlpass
