// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "iommu/address.hpp"
#include "iommu/ways_in.hpp"

namespace ctrlpass {

/// What is known of every PCI function, also of those that are nobody's subject.
struct Place {
    PciAddress address;
    std::string sysfs;  ///< "sys/devices/pci0000:00/0000:00:01.2/0000:02:00.0"
    /// Where it hangs, without bus numbers: "PC00/08.1/00.3". Survives renumbering.
    std::string path;
    std::uint32_t class_code = 0;  ///< 24 bits: base class, subclass, programming interface
    bool operator==(const Place&) const = default;
};

/// The details of a PCI function, read for subjects and the members of their groups.
struct Function {
    Place place;
    PciId id;
    std::optional<PciId> subsystem;  ///< bridges and some others have none (0000:0000)
    std::optional<std::string> driver;
    std::optional<std::string> override_name;  ///< driver_override, absent where it reads "(null)"
    std::optional<int> group;                  ///< IOMMU group number
    std::optional<int> numa_node;              ///< absent where the kernel says -1
    std::vector<std::string> reset_methods;
    unsigned virtual_functions = 0;  ///< sriov_numvfs
    std::optional<std::string> serial;
    /// The kernel did not answer in time when asked for the override: somebody holds the
    /// function's lock, perhaps for ever. `override_name` is then not known.
    bool stuck = false;
    bool operator==(const Function&) const = default;
};

/// An IOMMU group: the smallest unit that can be given away. Its number changes between boots.
struct Group {
    int number = 0;
    std::vector<PciAddress> functions;  ///< sorted, bridges included
    bool operator==(const Group&) const = default;
};

/// How something on the host uses a disk or one of its parts.
struct DiskUse {
    enum class Kind { mount, swap, holder };
    Kind kind = Kind::mount;
    std::string node;   ///< "/dev/sda2"
    std::string where;  ///< the mount point, "" for swap, the holder's node ("/dev/dm-0")
    bool operator==(const DiskUse&) const = default;
};

/// Something that the host uses through a USB device.
struct Carried {
    enum class Kind { disk, net, input, sound, video, serial, other };
    Kind kind = Kind::other;
    std::string name;    ///< the kernel's name: "sda", "enx0011…", "input7", "card1", "ttyACM0"
    std::string detail;  ///< for people: size and use of a disk, "keyboard", the card's id
    std::vector<DiskUse> uses;  ///< of a disk: its own and its partitions', holders followed up
    bool keyboard = false;      ///< of an input: somebody can type letters on it
    bool pointer = false;       ///< of an input: mouse, touchpad, tablet
    bool bluetooth = false;     ///< of an input: there only once the host's Bluetooth is
    bool operator==(const Carried&) const = default;
};

/// A USB device or hub and what hangs below it. Root hubs are left out.
struct UsbDevice {
    std::string port;  ///< the kernel's name: bus, then ports: "1-2.1"; the bus part changes
    PciId id;
    std::string product;                ///< text from the hardware: hostile, escape before showing
    std::optional<std::string> driver;  ///< of its interfaces, the first that is bound
    bool hub = false;
    std::vector<Carried> carries;
    std::vector<UsbDevice> devices;
    bool operator==(const UsbDevice&) const = default;
};

/// A USB host controller, or a USB4 host interface (named, never offered).
struct Controller {
    enum class Type { uhci, ohci, ehci, xhci, usb4, other };
    PciAddress address;
    Type type = Type::other;
    /// UHCI and OHCI functions beside an EHCI and the other way round: same bus and slot (the
    /// kernel's own rule, drivers/usb/core/hcd-pci.c for_each_companion).
    std::vector<PciAddress> companions;
    std::vector<UsbDevice> devices;
    bool operator==(const Controller&) const = default;
};

/// Something that the host uses, with its place in the tree of devices.
struct Attached {
    std::string sysfs;  ///< "sys/devices/pci0000:00/0000:00:14.0/usb1/1-2/1-2:1.0/…/input7"
    Carried carried;
    bool operator==(const Attached&) const = default;
};

struct Iommu {
    enum class State { on, off_in_firmware, off_on_command_line, absent };
    State state = State::absent;
    std::optional<bool> interrupt_remapping;  ///< absent where it cannot be told
    bool operator==(const Iommu&) const = default;
};

/// The host as far as the scope asked for it.
struct Host {
    std::vector<Place> places;                 ///< every PCI function, by address
    std::map<PciAddress, Function> functions;  ///< those with details
    std::vector<Group> groups;                 ///< by number
    std::vector<Controller> controllers;       ///< by address
    /// What hangs below the subjects, USB or not; with a pointer or a possible way in among it,
    /// every input device of the host.
    std::vector<Attached> attached;
    std::optional<WaysIn> ways_in;  ///< read when a possible way in is among `attached`
    Iommu iommu;
    std::string command_line;  ///< of the kernel
    /// `options vfio-pci ids=…` lines and their kin: {file or "kernel command line", ids}.
    std::vector<std::pair<std::string, std::string>> vfio_ids;
    std::string boot_id;
    bool module_loaded = false;  ///< is the vfio-pci driver there (as a module or built in)?

    const Place* place(const PciAddress& address) const;
    const Function* function(const PciAddress& address) const;
    const Group* group(int number) const;
    const Controller* controller(const PciAddress& address) const;
};

/// Does the one hang below the other in the tree of devices?
bool is_below(const std::string& sysfs, const Place& place);

/// Somebody may get into the host by it: a keyboard, a network link, a serial port, or the
/// Bluetooth adapter of a keyboard.
bool may_be_way_in(const Carried& carried);
bool is_bluetooth_adapter(const Carried& carried);

/// Class 0x0c03 with any programming interface.
bool is_usb_controller(std::uint32_t class_code);
/// Base class 0x06, and USB4 host interfaces (0x0c0340): these stay with the host.
bool is_bridge(std::uint32_t class_code);
std::optional<Controller::Type> controller_type(std::uint32_t class_code);

}  // namespace ctrlpass
