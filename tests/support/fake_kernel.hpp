// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "iommu/root.hpp"
#include "tests/support/stage.hpp"
#include "vfio/kernel.hpp"

namespace ctrlpass::tests {

/// The fake was asked for something that it does not model: a mistake in a test, or a fact to be
/// taught to it.
struct NotModelled : std::logic_error {
    using std::logic_error::logic_error;
};

/// A module that can be loaded, and which functions its driver takes by itself: a pattern for
/// modaliases, "" for drivers that take only what an override gives them.
struct FakeModule {
    std::string name;    ///< as the kernel spells it: "xhci_pci"
    std::string driver;  ///< "xhci_hcd"
    std::string takes;   ///< "pci:*bc0Csc03i30*"
};

/// A kernel that behaves: writes to sysfs change the machine's tree on disk the way that Linux
/// 6.1 to 6.12 do, so that everything that reads the tree sees it.
///
/// It models `driver_override`, `drivers/*/bind`, `drivers/*/unbind`, `drivers_probe`, modules,
/// VFIO's groups and who holds them. A driver takes the functions that it had when the fake was
/// made and those that its module's pattern names.
///
/// It refuses, by NotModelled: every other path, `new_id` and `remove_id` first of all; a driver
/// forced by an override on a function that is not its kind; a hold on a group without a node.
///
/// What hangs on a USB controller goes when its driver goes and comes back with it, under the same
/// names; nothing hangs on one that never had its driver here. Reading is reading the tree: unlike
/// Linux 6.1 it never hangs, also where a function's lock is taken.
class FakeKernel final : public Kernel {
  public:
    /// Works on the tree below `directory`, as it is now.
    explicit FakeKernel(std::string directory);
    ~FakeKernel() override;

    Result<> write(const std::string& path, std::string_view text) override;
    Result<> load_module(const std::string& name_or_alias) override;
    Result<> try_group(int group) override;
    Result<> try_disk(const std::string& node, const std::string& number) override;
    Result<> place_thread(int thread, const CpuSet& cpus) override;

    /// What was done to the kernel, refused or not: "sys/bus/pci/drivers_probe <- 0000:00:14.0",
    /// "\n" shown as such.
    const std::vector<std::string>& writes() const { return writes_; }
    /// What load_module was asked for, and try_group.
    const std::vector<std::string>& loads() const { return loads_; }
    const std::vector<int>& tries() const { return tries_; }
    const std::vector<std::string>& disk_tries() const { return disk_tries_; }  ///< nodes
    /// Opening this node alone fails: EBUSY where somebody has it. 0: it can be opened again.
    void refuse_disk(const std::string& node, int error_number) {
        refused_disks_[node] = error_number;
    }
    const std::vector<int>& placed_threads() const { return placed_threads_; }
    int count() const { return static_cast<int>(writes_.size()); }
    void forget();  ///< the lists and counts start again, knobs that wait for a write are dropped

    /// `during` a write: the link has changed, the rest comes when the kernel is next used.
    using Moment = Stage;
    /// Writes are counted from 1.
    void refuse_write(int number, int error_number);
    void swallow_write(int number);  ///< says success and does nothing
    void die_at_write(int number, Moment moment);
    void before_write(int number, std::function<void()> action);  ///< somebody else is faster
    /// CPUs that are there (0 to 7 at first), and those of the threads' cgroup.
    void set_online(const CpuSet& cpus);
    void confine(const CpuSet& cpus);
    /// Modules that are asked for are counted from 1 as well. `during`: it is loaded.
    void die_at_load(int number, Moment moment);
    void refuse_load(int number, int error_number);
    /// What writes begun and not ended still have to do.
    void settle();

    void add_module(const FakeModule& module);
    void remove_module(const std::string& name);  ///< not installed, as seen by load_module
    void refuse_module(const std::string& name, int error_number);
    /// vfio-pci is gone again, as after booting; nothing may be bound to it.
    void unload_vfio();
    /// Its next binds say EAGAIN.
    void defer(const std::string& address, int times);
    /// /dev/vfio/N does not come.
    void withhold_nodes() { nodes_come_ = false; }
    void vanish(const std::string& address);  ///< hot-unplug

    /// A process opens /dev/vfio/<group>: a QEMU that runs `guest`, or something else where that
    /// is empty. It is seen in proc.
    void hold(int group, int pid, const std::string& guest);
    /// All holders of the group close it. An unbind that hung for it comes to its end.
    void release(int group);
    /// An unbind hangs in it: each write to it will, too. Word of that is left in the tree.
    bool is_stuck(const std::string& address) const { return hanging_.contains(address); }

  private:
    struct Failure {
        std::optional<int> error_number;  ///< none: the write does not come back
    };
    using Outcome = std::optional<Failure>;  ///< none: success

    std::string full(const std::string& path) const { return directory_ + "/" + path; }
    std::string device(const std::string& address) const;
    std::string attribute(const std::string& address, const std::string& name) const;
    std::optional<std::string> driver_of(const std::string& address) const;
    std::optional<int> group_of(const std::string& address) const;
    std::vector<std::string> functions() const;
    bool is_there(const std::string& address) const;
    bool is_registered(const std::string& driver) const;

    Outcome place_interrupt(const std::string& path, std::string_view text);
    Outcome perform(const std::string& path, std::string_view text);
    Outcome set_override(const std::string& address, std::string_view text);
    Outcome unbind(const std::string& driver, const std::string& address);
    Outcome bind(const std::string& driver, const std::string& address);
    Outcome probe_any(const std::string& address);
    Outcome probe(const std::string& driver, const std::string& address);
    bool matches(const std::string& driver, const std::string& address) const;
    bool is_its_kind(const std::string& driver, const std::string& address) const;
    void attach(const std::string& driver, const std::string& address);
    void unlink_driver(const std::string& driver, const std::string& address);
    void after_remove(const std::string& address);
    /// The part of a write that a death `during` it leaves for the kernel to end.
    void later(std::function<void()> rest);
    /// As LiveKernel does: the process in which the write hangs is seen in proc.
    void remember_hanging(const std::string& address, const std::string& path);
    void put_usb_aside(const std::string& address);
    void give_usb_back(const std::string& address);
    void make_node(int group);
    void drop_node(int group);

    std::string directory_;
    std::string aside_;
    std::map<std::string, FakeModule> modules_;
    std::map<std::string, std::string> native_;  ///< address to the driver it had at first
    std::map<std::string, std::vector<std::pair<std::string, std::string>>> links_aside_;
    std::map<std::string, std::string> hanging_;  ///< address to the driver whose unbind hangs
    std::map<int, std::set<int>> holders_;        ///< group to process ids
    std::vector<std::function<void()>> unfinished_;
    bool dying_ = false;
    bool nodes_come_ = true;

    std::vector<std::string> writes_;
    std::vector<std::string> loads_;
    std::vector<int> tries_;
    std::vector<std::string> disk_tries_;
    std::map<std::string, int> refused_disks_;
    std::map<int, int> refused_;
    std::set<int> swallowed_;
    std::map<int, Moment> deaths_;
    std::map<int, std::function<void()>> actions_;
    std::map<int, Moment> load_deaths_;
    std::map<int, int> refused_loads_;
    std::map<std::string, int> refused_modules_;
    std::map<std::string, int> deferred_;
    CpuSet online_{0, 1, 2, 3, 4, 5, 6, 7};
    CpuSet cgroup_;
    std::vector<int> placed_threads_;
};

}  // namespace ctrlpass::tests
