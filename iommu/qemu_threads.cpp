// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/qemu_threads.hpp"

#include <algorithm>

#include "iommu/cpu_list.hpp"
#include "iommu/lines.hpp"
#include "iommu/number.hpp"
#include "iommu/processes.hpp"
#include "iommu/stuck.hpp"

namespace ctrlpass {

namespace {

/// The number between two parts of a name: of "CPU 0/KVM" the 0.
std::optional<unsigned> number_between(std::string_view name, std::string_view before,
                                       std::string_view after) {
    if (!name.starts_with(before)) return std::nullopt;
    name.remove_prefix(before.size());
    return number_in<unsigned>(name.substr(0, after.empty() ? name.npos : name.find(after)));
}

/// libvirt starts QEMU with debug-threads=on; QEMU calls them so (qemu_thread_create).
void set_role(QemuThread& thread) {
    using Role = QemuThread::Role;
    if (const auto vcpu = number_between(thread.name, "CPU ", "/")) {
        thread.role = Role::vcpu;
        thread.number = *vcpu;
    } else if (const auto iothread = number_between(thread.name, "IO iothread", "")) {
        thread.role = Role::iothread;
        thread.number = *iothread;
    }
}

std::optional<CpuSet> allowed_cpus(const Root& root, const std::string& home) {
    constexpr std::string_view key = "Cpus_allowed_list:";
    for (const std::string& line : lines_of(root.attribute(home + "/status").value_or("")))
        if (line.starts_with(key)) {
            const auto words = words_of(line);
            return words.size() == 2 ? parse_cpu_list(words[1]) : std::nullopt;
        }
    return std::nullopt;
}

/// As libvirt calls QEMU.
bool has_uuid(const Root& root, int pid, const std::string& uuid) {
    const auto arguments = process_arguments(root, pid);
    const auto key = std::ranges::find(arguments, "-uuid");
    return key != arguments.end() && key + 1 != arguments.end() && *(key + 1) == uuid;
}

}  // namespace

std::optional<int> process_of_guest(const Root& root, const std::string& name,
                                    const std::string& uuid) {
    if (uuid.empty()) return std::nullopt;
    const bool is_plain = !name.empty() && name.find('/') == name.npos;
    const auto written =
        is_plain ? root.attribute("run/libvirt/qemu/" + name + ".pid") : std::nullopt;
    if (written)
        if (const auto pid = number_in<int>(*written); pid && has_uuid(root, *pid, uuid))
            return pid;
    for (const int pid : process_ids(root))
        if (has_uuid(root, pid, uuid)) return pid;
    return std::nullopt;
}

std::vector<QemuThread> read_qemu_threads(const Root& root, int process) {
    std::vector<QemuThread> threads;
    const std::string tasks = process_home(process) + "/task";
    for (const std::string& entry : root.names(tasks)) {
        const auto id = number_in<int>(entry);
        const std::string home = tasks + "/" + entry;
        const auto name = root.attribute(home + "/comm");
        auto cpus = allowed_cpus(root, home);
        QemuThread thread{id.value_or(0), name.value_or(""), start_in(root, home)};
        if (!id || !name || !cpus || thread.started.empty()) continue;
        thread.cpus = std::move(*cpus);
        set_role(thread);
        threads.push_back(std::move(thread));
    }
    std::ranges::sort(threads, {}, &QemuThread::id);
    return threads;
}

}  // namespace ctrlpass
