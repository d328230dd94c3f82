// SPDX-License-Identifier: GPL-2.0-or-later
// Interrupts and threads: where the kernel lets them be.
#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>

#include "iommu/cpu_list.hpp"
#include "tests/support/fake_kernel.hpp"

namespace ctrlpass::tests {

namespace fs = std::filesystem;

FakeKernel::Outcome FakeKernel::place_interrupt(const std::string& path, std::string_view text) {
    const auto wanted = parse_cpu_list(text);
    if (!wanted) return Failure{EINVAL};
    if (std::ranges::none_of(*wanted, [&](unsigned cpu) { return online_.contains(cpu); }))
        return Failure{EINVAL};
    std::ofstream(full(path)) << to_cpu_list(*wanted) << '\n';
    return {};
}

void FakeKernel::set_online(const CpuSet& cpus) { online_ = cpus; }
void FakeKernel::confine(const CpuSet& cpus) { cgroup_ = cpus; }

Result<> FakeKernel::place_thread(int thread, const CpuSet& cpus) {
    const std::string what = "cannot place thread " + std::to_string(thread);
    placed_threads_.push_back(thread);
    CpuSet allowed;
    std::ranges::set_intersection(cpus, cgroup_.empty() ? online_ : cgroup_,
                                  std::inserter(allowed, allowed.end()));
    for (const auto& process : fs::directory_iterator(full("proc"))) {
        const fs::path home = process.path() / "task" / std::to_string(thread);
        if (!fs::exists(home)) continue;
        if (allowed.empty()) return fail_with_errno(what, EINVAL);
        std::ofstream(home / "status")
            << "Name:\tthread\nCpus_allowed_list:\t" << to_cpu_list(allowed) << "\n";
        return {};
    }
    return fail_with_errno(what, ESRCH);
}

}  // namespace ctrlpass::tests
