// SPDX-License-Identifier: GPL-2.0-or-later
// The USB trees below the controllers of a machine, and what the devices carry.
#include "tests/support/machine_tree_writer.hpp"

namespace ctrlpass::machine {

namespace {

/// The numbers of the carried thing's node, where the description has them.
void number(const Writer& writer, const Json& carried, const std::string& directory) {
    if (carried.contains("dev")) writer.file(directory + "/dev", text_of(carried, "dev") + "\n");
}

void build_sound(const Writer& writer, const Json& sound, const std::string& below) {
    const auto directory = in_class(writer, below, "sound", sound.at("name"));
    writer.file(directory + "/id", text_of(sound, "id", "Device") + "\n");
    const Json nodes = sound.value("nodes", Json::object());
    for (const auto& [node, numbers] : nodes.items())
        writer.file(directory + "/" + node + "/dev", numbers.get<std::string>() + "\n");
}

void build_video(const Writer& writer, const Json& video, const std::string& below) {
    const auto directory = in_class(writer, below, "video4linux", video.at("name"));
    writer.file(directory + "/name", text_of(video, "label", "Camera") + "\n");
    number(writer, video, directory);
}

void build_serial(const Writer& writer, const Json& serial, const std::string& below) {
    const std::string name = serial.at("name");
    // Drivers of usb-serial put a port between the interface and the tty.
    const bool port = name.starts_with("ttyUSB");
    number(writer, serial, in_class(writer, port ? below + "/" + name : below, "tty", name));
}

void build_hidraw(const Writer& writer, const Json& hidraw, const std::string& below) {
    const std::string hid = below + "/0003:1050:0407.00" + text_of(hidraw, "hid", "07");
    const std::string page = flag_of(hidraw, "security_key") ? "\x06\xd0\xf1"
                             : flag_of(hidraw, "ups")        ? "\x05\x84"
                                                             : "\x06\x01\xff";
    writer.file(hid + "/report_descriptor", page + "\x09\x01\xa1\x01");
    number(writer, hidraw, in_class(writer, hid, "hidraw", hidraw.at("name")));
}

void build_carried(const Writer& writer, const Json& carried, const std::string& below) {
    const std::string kind = carried.at("kind");
    if (kind == "disk")
        build_disk(writer, carried, below + "/host6/target6:0:0/6:0:0:0");
    else if (kind == "input")
        build_input(writer, carried, below + "/" + text_of(carried, "hid", "0003:046D:C31C.0001"));
    else if (kind == "net")
        build_net(writer, carried, below);
    else if (kind == "sound")
        build_sound(writer, carried, below);
    else if (kind == "video")
        build_video(writer, carried, below);
    else if (kind == "serial")
        build_serial(writer, carried, below);
    else if (kind == "hidraw")
        build_hidraw(writer, carried, below);
    else
        number(writer, carried, in_class(writer, below, kind, carried.at("name")));
}

/// HID: what the interface says that it is, by what hangs on it: "01" a keyboard, "02" a mouse.
std::string boot_protocol(const Json& interface) {
    for (const auto& carried : array_of(interface, "carries")) {
        if (flag_of(carried, "keyboard")) return "01";
        if (flag_of(carried, "pointer")) return "02";
    }
    return "00";
}

void build_interface(const Writer& writer, const Json& interface, const std::string& name,
                     const std::string& device) {
    const std::string directory = device + "/" + name;
    writer.file(directory + "/bInterfaceClass", text_of(interface, "class", "ff") + "\n");
    const std::string protocol = boot_protocol(interface);
    writer.file(directory + "/bInterfaceSubClass",
                text_of(interface, "subclass", protocol == "00" ? "00" : "01") + "\n");
    writer.file(directory + "/bInterfaceProtocol", text_of(interface, "protocol", protocol) + "\n");
    writer.make_directory(directory + "/ep_81");
    writer.make_directory(directory + "/power");
    writer.link_to("sys/bus/usb/devices/" + name, directory);
    writer.link_to(directory + "/subsystem", "sys/bus/usb");
    if (const auto driver = text_of(interface, "driver"); !driver.empty()) {
        writer.link_to(directory + "/driver", "sys/bus/usb/drivers/" + driver);
        writer.link_to("sys/bus/usb/drivers/" + driver + "/" + name, directory);
    }
    for (const auto& carried : array_of(interface, "carries"))
        build_carried(writer, carried, directory);
}

void write_device(const Writer& writer, const Json& device, const std::string& directory) {
    const std::string id = device.at("id");
    writer.file(directory + "/idVendor", id.substr(0, 4) + "\n");
    writer.file(directory + "/idProduct", id.substr(5, 4) + "\n");
    writer.file(directory + "/bDeviceClass", text_of(device, "class", "00") + "\n");
    if (device.contains("devnum")) {
        const long bus = std::stol(text_of(device, "port"));
        const long number = number_of(device, "devnum", 0);
        writer.file(directory + "/busnum", std::to_string(bus) + "\n");
        writer.file(directory + "/dev",
                    "189:" + std::to_string((bus - 1) * 128 + number - 1) + "\n");
        writer.file(directory + "/devnum", std::to_string(number) + "\n");
    }
    writer.file(directory + "/speed", "480\n");
    if (device.contains("product"))
        writer.file(directory + "/product", text_of(device, "product") + "\n");
    if (device.contains("serial"))
        writer.file(directory + "/serial", text_of(device, "serial") + "\n");
    writer.make_directory(directory + "/ep_00");
    writer.make_directory(directory + "/power");
    writer.link_to(directory + "/driver", "sys/bus/usb/drivers/usb");
    writer.link_to(directory + "/subsystem", "sys/bus/usb");
}

void build_device(const Writer& writer, const Json& device, const std::string& parent) {
    const std::string port = device.at("port");
    const std::string directory = parent + "/" + port;
    write_device(writer, device, directory);
    writer.link_to("sys/bus/usb/devices/" + port, directory);
    int number = 0;
    for (const auto& interface : array_of(device, "interfaces"))
        build_interface(writer, interface, port + ":1." + std::to_string(number++), directory);
    for (const auto& child : array_of(device, "devices")) build_device(writer, child, directory);
}

/// "sys/devices/…/usb1" for "1-2", made when it is not there yet.
std::string root_hub(const Writer& writer, const std::string& function, const std::string& address,
                     const std::string& port) {
    const std::string bus = port.substr(0, port.find('-'));
    const std::string directory = function + "/usb" + bus;
    if (writer.exists(directory)) return directory;
    write_device(writer,
                 {{"id", "1d6b:0002"}, {"class", "09"}, {"product", "Host"}, {"serial", address}},
                 directory);
    writer.link_to("sys/bus/usb/devices/usb" + bus, directory);
    build_interface(writer, {{"class", "09"}, {"driver", "hub"}}, bus + "-0:1.0", directory);
    return directory;
}

std::string path_of(const Json& machine, const std::string& address) {
    for (const auto& function : machine.at("functions"))
        if (function.at("address") == address) return function.at("path");
    give_up("no function " + address + " for its USB tree");
}

}  // namespace

void build_usb(const Writer& writer, const Json& machine) {
    writer.make_directory("sys/bus/usb/devices");
    writer.make_directory("sys/bus/usb/drivers/usb");
    for (const auto& tree : array_of(machine, "usb")) {
        const std::string address = tree.at("controller");
        // Some controllers are platform devices below their function:
        // "dwc3.1.auto/xhci-hcd.2.auto".
        const std::string between = text_of(tree, "below");
        const std::string function =
            path_of(machine, address) + (between.empty() ? "" : "/" + between);
        for (const auto& device : array_of(tree, "devices"))
            build_device(writer, device, root_hub(writer, function, address, device.at("port")));
        for (const auto& bus : array_of(tree, "buses"))
            root_hub(writer, function, address, bus.get<std::string>() + "-");
    }
}

}  // namespace ctrlpass::machine
