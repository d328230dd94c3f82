// SPDX-License-Identifier: GPL-2.0-or-later
#include "vfio/companions.hpp"

#include <optional>
#include <string_view>

#include "iommu/number.hpp"
#include "vfio/driver_names.hpp"

namespace ctrlpass {

namespace {

constexpr std::string_view ehci = "0x0c0320";

std::string device_of(const PciAddress& address) {
    return "sys/bus/pci/devices/" + to_string(address);
}

std::string unbind_of(const std::string& driver) {
    return "sys/bus/pci/drivers/" + driver + "/unbind";
}

std::string class_of(const Root& root, const PciAddress& address) {
    return root.attribute(device_of(address) + "/class").value_or("");
}

bool is_usb_1_or_2(const std::string& class_text) {
    return class_text == "0x0c0300" || class_text == "0x0c0310" || class_text == ehci;
}

bool is_host_driver(const std::string& driver) {
    return !driver.empty() && !is_vfio_driver(driver);
}

}  // namespace

Result<ParkedCompanions> ParkedCompanions::park(const Root& root, Kernel& kernel,
                                                const PciAddress& address, const std::string& from,
                                                const std::string& to) {
    ParkedCompanions companions(kernel);
    const std::string own_class = class_of(root, address);
    const bool looks_around = is_host_driver(to) || (is_host_driver(from) && own_class == ehci);
    if (from == to || !is_usb_1_or_2(own_class) || !looks_around) return companions;
    std::vector<One> mistaken;
    for (std::uint8_t function = 0; function < 8; ++function) {
        PciAddress other = address;
        other.function = function;
        if (other == address || !is_usb_1_or_2(class_of(root, other))) continue;
        const auto driver = root.link_name(device_of(other) + "/driver");
        if (!driver || !is_vfio_driver(*driver)) continue;
        const auto group =
            number_in<int>(root.link_name(device_of(other) + "/iommu_group").value_or(""));
        if (group) TRY(kernel.try_group(*group));
        mistaken.push_back({to_string(other), *driver});
    }
    for (const One& one : mistaken) {
        const auto unbound = kernel.write(unbind_of(one.driver), one.name);
        if (!unbound) {
            Error error = unbound.error();
            if (const auto back = companions.put_back(); !back)
                error.where += "; and " + back.error().where;
            return std::unexpected(std::move(error));
        }
        companions.parked_.push_back(one);
    }
    return companions;
}

Result<> ParkedCompanions::put_back() {
    Result<> result;
    for (const One& one : parked_) {
        const auto bound = kernel_->write("sys/bus/pci/drivers/" + one.driver + "/bind", one.name);
        if (!bound)
            result = fail("cannot bind the companion", one.name + " is without its driver " +
                                                           one.driver + ": " + bound.error().where);
    }
    parked_.clear();
    return result;
}

}  // namespace ctrlpass
