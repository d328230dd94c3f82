// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/irqbalance.hpp"

#include <string_view>

#include "iommu/processes.hpp"

namespace ctrlpass {

namespace {

constexpr std::string_view vfio_driver = "vfio-pci";

/// "--banmod=vfio-pci", "--banmod vfio-pci", "-m vfio-pci": irqbalance looks for the value in the
/// name of the driver that a function is bound to (classify.c, check_for_irq_ban).
bool spares_vfio(const std::vector<std::string>& arguments) {
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        std::string_view value = arguments[i];
        constexpr std::string_view key = "--banmod";
        if (value.starts_with("--banmod=")) {
            value.remove_prefix(key.size() + 1);
        } else if ((value == key || value == "-m") && i + 1 < arguments.size()) {
            value = arguments[++i];
        } else {
            continue;
        }
        if (!value.empty() && vfio_driver.find(value) != vfio_driver.npos) return true;
    }
    return false;
}

}  // namespace

/// Anybody can call a process so; only root's moves interrupts.
std::optional<Irqbalance> read_irqbalance(const Root& root) {
    for (const int pid : process_ids(root))
        if (process_name(root, pid) == "irqbalance" && user_of_process(root, pid) == 0U)
            return Irqbalance{pid, spares_vfio(process_arguments(root, pid))};
    return std::nullopt;
}

}  // namespace ctrlpass
