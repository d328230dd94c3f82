// SPDX-License-Identifier: GPL-2.0-or-later
#include "vfio/placing.hpp"

#include <algorithm>
#include <array>
#include <cerrno>

#include "iommu/cpu_list.hpp"
#include "iommu/processes.hpp"

namespace ctrlpass {

namespace {

std::string what_of(const std::string& name, const CpuSet& cpus) {
    return "cannot place " + name + " on CPU " + to_cpu_list(cpus);
}

bool is_there(const Root& root, const Interrupt& interrupt) {
    const auto now = read_vfio_interrupts(root, std::array{interrupt.function});
    return std::ranges::any_of(now, [&](const Interrupt& one) {
        return one.number == interrupt.number && one.action == interrupt.action;
    });
}

/// Kernels before 6.12 say EIO where later ones say EPERM.
std::string reason_of(const Error& error) {
    if (error.error_number == EIO || error.error_number == EPERM)
        return "the kernel does not move this interrupt";
    if (error.error_number == ENOSPC) return "the CPU has no vector left for another interrupt";
    if (error.error_number == EINVAL || error.error_number == ERANGE ||
        error.error_number == EOVERFLOW)
        return "none of these CPUs is online";
    return error.where;
}

std::optional<QemuThread> thread_now(const Root& root, int process, const QemuThread& thread) {
    for (QemuThread& now : read_qemu_threads(root, process))
        if (now.id == thread.id && now.started == thread.started) return std::move(now);
    return std::nullopt;
}

}  // namespace

Result<bool> place(const Root& root, Kernel& kernel, const Interrupt& interrupt,
                   const CpuSet& cpus) {
    const std::string what = what_of(interrupt.action, cpus);
    if (!is_there(root, interrupt)) return false;
    const std::string file = interrupt_affinity(interrupt.number);
    const auto written = kernel.write(file, to_cpu_list(cpus));
    if (!written) {
        if (!is_there(root, interrupt)) return false;
        Error error = written.error();
        error.what = what;
        error.where = reason_of(error);
        return std::unexpected(std::move(error));
    }
    const auto after = root.attribute(file);
    if (!after || !is_there(root, interrupt)) return false;
    if (parse_cpu_list(*after) == cpus) return true;
    return fail(what, "it is on " + *after + " after the write");
}

Result<> release(const Root& root, Kernel& kernel, const Interrupt& interrupt, const CpuSet& before,
                 const CpuSet& placed) {
    if (!interrupt.is_line() || before.empty()) return {};
    const std::string file = interrupt_affinity(interrupt.number);
    if (parse_cpu_list(root.attribute(file).value_or("")) != placed) return {};
    auto written = kernel.write(file, to_cpu_list(before));
    if (written) return {};
    return fail(what_of("line " + std::to_string(interrupt.number), before),
                reason_of(written.error()));
}

Result<bool> place(const Root& root, Kernel& kernel, int process, const QemuThread& thread,
                   const CpuSet& cpus) {
    if (!thread_now(root, process, thread)) return false;
    const auto placed = kernel.place_thread(thread.id, cpus);
    const auto now = thread_now(root, process, thread);
    if (!now) return false;
    if (placed && now->cpus == cpus) return true;
    const std::string what = what_of("thread \"" + thread.name + "\"", cpus);
    const bool shut_out = placed.has_value() || placed.error().error_number == EINVAL;
    if (!shut_out) return fail(what, placed.error().where);
    return fail(
        what, "its cgroup does not let it run there; it runs on " + to_cpu_list(now->cpus),
        "Let libvirt place it, for it made the cgroup: the pins of the definition do that at "
        "the guest's next start, and now:\n    virsh vcpupin, emulatorpin or iothreadpin, "
        "with --live");
}

}  // namespace ctrlpass
