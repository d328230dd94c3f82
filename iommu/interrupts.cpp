// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/interrupts.hpp"

#include <algorithm>

#include "iommu/cpu_list.hpp"
#include "iommu/number.hpp"

namespace ctrlpass {

namespace {

/// The kernel gives each vector a number, and the line has one too.
std::vector<int> numbers_of(const Root& root, const std::string& function) {
    const std::string device = "sys/bus/pci/devices/" + function;
    std::vector<int> numbers;
    for (const std::string& name : root.names(device + "/msi_irqs"))
        if (const auto number = number_in<int>(name)) numbers.push_back(*number);
    if (!numbers.empty()) return numbers;
    const auto line = number_in<int>(root.attribute(device + "/irq").value_or(""));
    if (line && *line > 0) numbers.push_back(*line);
    return numbers;
}

/// Of several handlers on one line, VFIO's for this function; "" where there is none.
std::string action_of(const Root& root, int number, const std::string& function) {
    const auto all = root.attribute("sys/kernel/irq/" + std::to_string(number) + "/actions");
    std::string_view rest = all ? std::string_view(*all) : std::string_view();
    while (!rest.empty()) {
        const auto end = std::min(rest.find(','), rest.size());
        const auto action = rest.substr(0, end);
        if (action.starts_with("vfio-") && action.ends_with("(" + function + ")"))
            return std::string(action);
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return {};
}

/// "vfio-msix[3](…)" is vector 3; the line has no number.
unsigned index_of(std::string_view action) {
    const auto open = action.find('[');
    const auto close = action.find(']');
    if (open == action.npos || close == action.npos || close < open) return 0;
    return number_in<unsigned>(action.substr(open + 1, close - open - 1)).value_or(0);
}

}  // namespace

std::vector<Interrupt> read_vfio_interrupts(const Root& root,
                                            std::span<const PciAddress> functions) {
    std::vector<Interrupt> found;
    for (const PciAddress& function : functions) {
        const std::string name = to_string(function);
        for (const int number : numbers_of(root, name)) {
            std::string action = action_of(root, number, name);
            if (action.empty()) continue;
            const auto cpus = root.attribute(interrupt_affinity(number));
            const unsigned index = index_of(action);
            found.push_back({number, function, index, std::move(action),
                             cpus ? parse_cpu_list(*cpus) : std::nullopt});
        }
    }
    std::ranges::sort(found, {}, [](const Interrupt& interrupt) {
        return std::tuple(interrupt.function, interrupt.index, interrupt.number);
    });
    return found;
}

std::string interrupt_affinity(int number) {
    return "proc/irq/" + std::to_string(number) + "/smp_affinity_list";
}

}  // namespace ctrlpass
