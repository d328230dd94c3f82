// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "iommu/cpus.hpp"
#include "iommu/result.hpp"

namespace ctrlpass {

/// Everything by which ctrlpass changes the running kernel. The one seam below the binding code:
/// the tests put a behaving fake here.
class Kernel {
  public:
    virtual ~Kernel() = default;

    /// One write() of the whole text to a sysfs file ("sys/bus/pci/drivers_probe"). Errors carry
    /// the errno; `stuck` when the write did not come back before the deadline (then it goes on in
    /// a child that nothing can kill, and the function is lost until reboot).
    virtual Result<> write(const std::string& path, std::string_view text) = 0;

    /// Loads a module by name or modalias. Built in and already loaded are success.
    virtual Result<> load_module(const std::string& name_or_alias) = 0;

    /// Opens /dev/vfio/<group> and closes it at once: EBUSY means that somebody holds it. It is
    /// itself a short reservation, so only apply and rollback ask.
    virtual Result<> try_group(int group) = 0;

    /// Opens a block device with this number for itself alone and closes it at once
    /// (disk_open.hpp): EBUSY means that somebody has it. It wakes the disk, so only apply and
    /// rollback ask.
    virtual Result<> try_disk(const std::string& node, const std::string& number) = 0;

    /// Where a thread may run, as sched_setaffinity(2): ESRCH when it is gone, EINVAL when its
    /// cgroup has none of the CPUs.
    virtual Result<> place_thread(int thread, const CpuSet& cpus) = 0;

    /// Waits for writes of an earlier ctrlpass that was killed: the kernel ends those that were
    /// under way. `stuck` when one does not end before the deadline.
    virtual Result<> wait_for_writers() { return {}; }
};

/// The kernel below us. Each write runs in a child of its own with a deadline.
class LiveKernel final : public Kernel {
  public:
    using Moment = std::chrono::steady_clock::time_point;
    /// `deadline` is that of each write. Until `end` all must be through: then a write has the
    /// time that is left, though never less than a second, for what was begun has to go back.
    explicit LiveKernel(std::chrono::milliseconds deadline = std::chrono::seconds(30),
                        Moment end = Moment::max());
    Result<> write(const std::string& path, std::string_view text) override;
    Result<> load_module(const std::string& name_or_alias) override;
    Result<> try_group(int group) override;
    Result<> try_disk(const std::string& node, const std::string& number) override;
    Result<> place_thread(int thread, const CpuSet& cpus) override;
    Result<> wait_for_writers() override;

  private:
    std::chrono::milliseconds time_left() const;
    std::chrono::milliseconds deadline_;
    Moment end_;
};

}  // namespace ctrlpass
