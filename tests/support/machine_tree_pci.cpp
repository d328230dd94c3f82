// SPDX-License-Identifier: GPL-2.0-or-later
// The PCI functions of a machine, their drivers and IOMMU groups.
#include <filesystem>
#include <set>

#include "tests/support/machine_tree_writer.hpp"

namespace ctrlpass::machine {

namespace {

std::string upper(std::string text) {
    for (char& c : text)
        if (c >= 'a' && c <= 'f') c = static_cast<char>(c - 'a' + 'A');
    return text;
}

/// "1022:149c" as the two halves.
std::pair<std::string, std::string> halves(const std::string& id) {
    return {id.substr(0, 4), id.substr(5, 4)};
}

std::string modalias(const Json& function, const std::string& subsystem) {
    const auto [vendor, device] = halves(function.at("id"));
    const auto [subvendor, subdevice] = halves(subsystem);
    const std::string code = function.at("class");
    return upper("pci:v0000" + vendor) + upper("d0000" + device) + upper("sv0000" + subvendor) +
           upper("sd0000" + subdevice) + "bc" + upper(code.substr(0, 2)) + "sc" +
           upper(code.substr(2, 2)) + "i" + upper(code.substr(4, 2));
}

std::string uevent(const Json& function, const std::string& subsystem) {
    const std::string driver = text_of(function, "driver");
    return (driver.empty() ? "" : "DRIVER=" + driver + "\n") +
           "PCI_CLASS=" + upper(function.at("class")) + "\nPCI_ID=" + upper(function.at("id")) +
           "\nPCI_SUBSYS_ID=" + upper(subsystem) +
           "\nPCI_SLOT_NAME=" + function.at("address").get<std::string>() +
           "\nMODALIAS=" + modalias(function, subsystem) + "\n";
}

void write_ids(const Writer& writer, const Json& function, const std::string& directory) {
    const std::string subsystem = text_of(function, "subsystem", "0000:0000");
    const auto [vendor, device] = halves(function.at("id"));
    const auto [subvendor, subdevice] = halves(subsystem);
    writer.file(directory + "/class", "0x" + function.at("class").get<std::string>() + "\n");
    writer.file(directory + "/vendor", "0x" + vendor + "\n");
    writer.file(directory + "/device", "0x" + device + "\n");
    writer.file(directory + "/subsystem_vendor", "0x" + subvendor + "\n");
    writer.file(directory + "/subsystem_device", "0x" + subdevice + "\n");
    writer.file(directory + "/modalias", modalias(function, subsystem) + "\n");
    writer.file(directory + "/uevent", uevent(function, subsystem));
}

void write_state(const Writer& writer, const Json& function, const std::string& directory) {
    writer.file(directory + "/driver_override", text_of(function, "override", "(null)") + "\n");
    writer.file(directory + "/numa_node", std::to_string(number_of(function, "numa", -1)) + "\n");
    // What most functions have; an empty list is one that cannot be reset.
    static const Json usual = Json::array({"flr", "bus"});
    std::string methods;
    for (const auto& method : function.contains("reset") ? array_of(function, "reset") : usual)
        methods += (methods.empty() ? "" : " ") + method.get<std::string>();
    if (!methods.empty()) writer.file(directory + "/reset_method", methods + "\n");
    if (const long vfs = number_of(function, "vfs", -1); vfs >= 0) {
        writer.file(directory + "/sriov_totalvfs", "8\n");
        writer.file(directory + "/sriov_numvfs", std::to_string(vfs) + "\n");
    }
    if (const auto serial = text_of(function, "serial"); !serial.empty())
        writer.file(directory + "/serial_number", serial + "\n");
}

/// What ctrlpass does not read; it makes the tree like a real one.
void write_rest(const Writer& writer, const std::string& directory) {
    writer.file(directory + "/revision", "0x00\n");
    writer.file(directory + "/enable", "1\n");
    writer.file(directory + "/irq", "24\n");
    writer.file(directory + "/power/control", "auto\n");
    writer.file(directory + "/power/runtime_status", "active\n");
}

void link_driver(const Writer& writer, const std::string& driver, const std::string& address,
                 const std::string& directory) {
    const std::string home = "sys/bus/pci/drivers/" + driver;
    writer.link_to(home + "/" + address, directory);
    writer.link_to(directory + "/driver", home);
}

void link_group(const Writer& writer, long group, const std::string& address,
                const std::string& directory) {
    const std::string home = "sys/kernel/iommu_groups/" + std::to_string(group);
    if (!writer.exists(home)) writer.file(home + "/type", "DMA-FQ\n");
    writer.link_to(home + "/devices/" + address, directory);
    writer.link_to(directory + "/iommu_group", home);
}

void build_function(const Writer& writer, const Json& function, bool terse) {
    const std::string address = function.at("address");
    const std::string directory = function.at("path");
    write_ids(writer, function, directory);
    write_state(writer, function, directory);
    if (!terse) write_rest(writer, directory);
    writer.link_to("sys/bus/pci/devices/" + address, directory);
    writer.link_to(directory + "/subsystem", "sys/bus/pci");
    if (const auto driver = text_of(function, "driver"); !driver.empty())
        link_driver(writer, driver, address, directory);
    if (const long group = number_of(function, "group", -1); group >= 0)
        link_group(writer, group, address, directory);
}

void build_drivers(const Writer& writer, const Json& machine) {
    std::set<std::string> drivers{"xhci_hcd"};
    for (const auto& driver : array_of(machine, "drivers")) drivers.insert(driver);
    for (const auto& function : machine.at("functions"))
        if (const auto driver = text_of(function, "driver"); !driver.empty())
            drivers.insert(driver);
    for (const auto& driver : drivers)
        for (const char* name : {"bind", "unbind", "new_id", "remove_id", "uevent"})
            writer.file("sys/bus/pci/drivers/" + driver + "/" + name, "");
}

}  // namespace

void build_functions(const Writer& writer, const Json& machine) {
    writer.make_directory("sys/bus/pci/devices");
    for (const char* name : {"drivers_probe", "rescan"})
        writer.file(std::string("sys/bus/pci/") + name, "");
    writer.file("sys/bus/pci/drivers_autoprobe", "1\n");
    build_drivers(writer, machine);
    const bool terse = flag_of(machine, "terse");
    for (const auto& function : machine.at("functions")) build_function(writer, function, terse);
    if (writer.exists("sys/bus/pci/drivers/vfio-pci"))
        writer.link_to("sys/bus/pci/drivers/vfio-pci/module", "sys/module/vfio_pci");
}

}  // namespace ctrlpass::machine
