// SPDX-License-Identifier: GPL-2.0-or-later
#include "vfio/kernel.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <set>
#include <thread>
#include <vector>

#include "iommu/child.hpp"
#include "iommu/kernel_log.hpp"
#include "iommu/number.hpp"
#include "iommu/stuck.hpp"
#include "vfio/disk_open.hpp"
#include "vfio/modules.hpp"
#include "vfio/remember_stuck.hpp"

namespace ctrlpass {

namespace {

constexpr auto between_looks = std::chrono::milliseconds(20);
constexpr std::chrono::milliseconds shortest = std::chrono::seconds(1);

/// One write() of the whole text, which is how sysfs wants it. Nothing is retried: each write()
/// is an action of its own.
int write_once(const std::string& path, std::string_view text) {
    const int file = ::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY);
    if (file < 0) return errno;
    const ssize_t count = ::write(file, text.data(), text.size());
    if (count < 0) return errno;
    return static_cast<std::size_t>(count) == text.size() ? 0 : EIO;
}

/// How a process is called that writes; another ctrlpass finds it by that.
constexpr auto writer = "ctrlpass-write";

/// The writers of others that are root's. One that is known to be stuck is nobody's to wait for.
std::vector<int> earlier_writers(const Root& root) {
    std::set<int> stuck;
    for (const auto& [address, write] : read_stuck_writes(root)) stuck.insert(write.process);
    std::vector<int> found;
    for (const std::string& name : root.names("proc")) {
        const auto process = number_in<int>(name);
        if (!process || stuck.contains(*process)) continue;
        struct stat status {};
        if (root.attribute("proc/" + name + "/comm") == writer &&
            ::stat(("/proc/" + name).c_str(), &status) == 0 && status.st_uid == ::geteuid() &&
            !start_of_process(root, *process).empty())
            found.push_back(*process);
    }
    return found;
}

/// Which function hangs is remembered, and what the kernel says about it told.
void describe_stuck(const std::string& path, std::string_view text, int process, Error& error) {
    const auto address = function_of_write(path, text);
    if (!address) return;
    if (const auto root = Root::open("/")) remember_stuck(*root, *address, process, path);
    const auto lines = kernel_log_about(to_string(*address));
    if (lines.empty()) return;
    error.hint = "The kernel's log says:";
    for (const std::string& line : lines) error.hint += "\n    " + line;
}

}  // namespace

LiveKernel::LiveKernel(std::chrono::milliseconds deadline, Moment end)
    : deadline_(deadline), end_(end) {}

std::chrono::milliseconds LiveKernel::time_left() const {
    if (end_ == Moment::max()) return deadline_;
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        end_ - std::chrono::steady_clock::now());
    return std::clamp(left, shortest, std::max(deadline_, shortest));
}

Result<> LiveKernel::write(const std::string& path, std::string_view text) {
    const std::string file = "/" + path;
    const std::string what = "cannot write " + file;
    // sysfs takes no notice of an empty write and says success: an override stays as it is.
    if (text.empty()) return fail(what, "nothing to write: a mistake in ctrlpass");
    int process = 0;
    auto answer = run_in_child(
        what,
        [&] {
            ::prctl(PR_SET_NAME, writer);
            return Answer{write_once(file, text), {}};
        },
        time_left(), &process);
    if (!answer) {
        if (answer.error().trouble == Trouble::stuck)
            describe_stuck(path, text, process, answer.error());
        return std::unexpected(std::move(answer).error());
    }
    if (answer->error_number != 0) return fail_with_errno(what, answer->error_number);
    return {};
}

Result<> LiveKernel::load_module(const std::string& name_or_alias) {
    return insert_module(name_or_alias, time_left());
}

Result<> LiveKernel::try_group(int group) {
    const std::string node = "/dev/vfio/" + std::to_string(group);
    const std::string what = "cannot open " + node;
    // It waits for the group's lock, which whoever opens a device of the group has meanwhile. The
    // child's end closes it.
    const auto answer = TRY(run_in_child(
        what,
        [&] {
            return Answer{::open(node.c_str(), O_RDWR | O_CLOEXEC) < 0 ? errno : 0, {}};
        },
        time_left()));
    if (answer.error_number != 0) return fail_with_errno(what, answer.error_number);
    return {};
}

Result<> LiveKernel::try_disk(const std::string& node, const std::string& number) {
    const std::string what = "cannot open " + node;
    // A disk that is dying or starting up keeps whoever opens it waiting.
    const auto answer = TRY(run_in_child(
        what,
        [&] {
            return Answer{open_disk_alone(node, number), {}};
        },
        time_left()));
    if (answer.error_number != 0) return fail_with_errno(what, answer.error_number);
    return {};
}

Result<> LiveKernel::place_thread(int thread, const CpuSet& cpus) {
    const std::string what = "cannot place thread " + std::to_string(thread);
    if (cpus.empty()) return fail(what, "no CPU to place it on: a mistake in ctrlpass");
    const std::size_t count = *cpus.rbegin() + 1;
    const std::unique_ptr<cpu_set_t, void (*)(cpu_set_t*)> mask(
        CPU_ALLOC(count), [](cpu_set_t* set) { CPU_FREE(set); });
    const std::size_t size = CPU_ALLOC_SIZE(count);
    CPU_ZERO_S(size, mask.get());
    for (const unsigned cpu : cpus) CPU_SET_S(cpu, size, mask.get());
    if (::sched_setaffinity(thread, size, mask.get()) != 0) return fail_with_errno(what, errno);
    return {};
}

Result<> LiveKernel::wait_for_writers() {
    const Root root = TRY(Root::open("/"));
    const auto end = std::chrono::steady_clock::now() + time_left();
    for (;;) {
        const auto writers = earlier_writers(root);
        if (writers.empty()) return {};
        if (std::chrono::steady_clock::now() >= end)
            return fail("cannot begin",
                        "a write of an earlier ctrlpass is still under way in process " +
                            std::to_string(writers.front()),
                        "The kernel's log may say why:\n    dmesg", Trouble::stuck);
        std::this_thread::sleep_for(between_looks);
    }
}

}  // namespace ctrlpass
