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

/// The class of a function whose class cannot be read.
inline constexpr std::uint32_t unknown_class = 0xffffffff;

/// What is known of every PCI function, also of those that are nobody's subject.
struct Place {
    PciAddress address;
    std::string sysfs;  ///< "sys/devices/pci0000:00/0000:00:01.2/0000:02:00.0"
    /// Where it hangs, without bus numbers: "PC00/08.1/00.3". Survives renumbering.
    std::string path;
    /// 24 bits: base class, subclass, programming interface; or `unknown_class`.
    std::uint32_t class_code = 0;
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
    bool serial_hidden = false;  ///< it may have one, which only root can read
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

/// Something that is built upon a block device.
struct DiskLayer {
    enum class Kind {
        crypt,
        lvm,
        md,
        multipath,
        bcache,
        loop,
        btrfs,
        zfs,
        other,
        drbd,
        zram,
        file,
        overlay,
        lio,
        nvmet,
        gadget,
        scst,  ///< exports: to who is on a network, or on a cable
    };
    Kind kind = Kind::other;
    /// Its node ("/dev/mapper/home", "/dev/md0"); of a btrfs the node that it is mounted by, of zfs
    /// the pool. Of a physical volume without active volumes the volume group, "" when not known.
    /// Of an export its name ("iblock_0/usbdisk"), of an overlay the folder below it.
    std::string name;
    std::string file = {};  ///< the file that it is made of, where it is no device
    bool operator==(const DiskLayer&) const = default;
};

struct Process {
    int pid = 0;
    std::string name;  ///< its command name: hostile, escape before showing
    bool operator==(const Process&) const = default;
};

/// How something on the host uses a disk or one of its parts.
struct DiskUse {
    /// `doubted`: everything speaks for a use that cannot be seen; `unknown`: nothing is known.
    enum class Kind { mount, swap, layer, listed, maybe_listed, doubted, unknown };
    Kind kind = Kind::mount;
    std::string node;               ///< "/dev/sda2", the disk or the part that hangs there
    std::vector<DiskLayer> layers;  ///< what is built upon it, the used one last
    /// The mount point; of `listed` the line: "line 7 of /etc/fstab: UUID=… on /srv"; of
    /// `maybe_listed`, `doubted` and `unknown` all that is to be said: "not known whether …"; ""
    /// for others.
    std::string where;
    /// Of a mount in a mount namespace that is not our own: a process that lives there.
    std::optional<Process> process = {};
    bool of_system = false;       ///< the host goes on from it: mounted on /, /usr and the like
    bool carries_system = false;  ///< a mount with files on it on which such a thing stands
    /// Of `listed` the file, and the unit of systemd in it: "/etc/fstab", "srv.mount".
    std::string file = {};
    std::string unit = {};
    bool operator==(const DiskUse&) const = default;
};
/// "/dev/sda2 carries /dev/mapper/home mounted on /home". Names in it are hostile.
std::string to_string(const DiskUse& use);

/// What the host does with a network link, or with one that is built upon it.
struct LinkUse {
    enum class Kind { address, default_route, route, member, upper, remote };
    Kind kind = Kind::address;
    std::string link;  ///< the link itself, or what is built upon it: "br0", "eth0.5"
    /// "192.0.2.7"; "192.0.2.0/24"; of `member` "bridge", "bond" or ""; of `remote` all that is to
    /// be said: "/dev/sdc (iSCSI, 192.0.2.1) mounted on /srv".
    std::string what;
    bool of_system = false;                     ///< of `remote`: the host goes on from it
    std::vector<std::string> other_links = {};  ///< of `remote`: by which it could be reached too
    bool operator==(const LinkUse&) const = default;
};
/// "port of bridge br0", "address 192.0.2.7 (br0)", said of the link `of`.
std::string to_string(const LinkUse& use, const std::string& of);

/// Why an input device counts as a keyboard or a pointer, or why it does not.
struct InputFacts {
    std::string label;      ///< the name that it gives itself: hostile, escape before showing
    std::string device;     ///< sysfs of the device that it is a part of; "" where it is all of it
    std::string reason;     ///< "its first interface is a boot keyboard", "of the BMC"
    bool has_keys = false;  ///< the keys of a typewriter, whether it counts as a keyboard or not
    bool has_axes = false;  ///< those of a pointer, likewise
    bool doubtful = false;  ///< it counts, though `reason` says what is not known of it
    bool operator==(const InputFacts&) const = default;
};

/// Something that the host uses through a USB device.
struct Carried {
    enum class Kind { disk, net, input, sound, video, serial, other };
    /// What it is for people where the kind does not tell.
    enum class Role {
        none,
        bluetooth,
        printer,
        security_key,
        card_reader,
        ups,
        tuner,
        tape,
        changer,
        display,
        watchdog
    };
    Kind kind = Kind::other;
    std::string name;    ///< the kernel's name: "sda", "enx0011…", "input7", "card1", "ttyACM0"
    std::string detail;  ///< for people: size of a disk, "keyboard", the card's id
    std::vector<DiskUse> uses;  ///< of a disk: its own and its partitions'
    std::vector<LinkUse> link_uses;
    Role role = Role::none;
    bool keyboard = false;   ///< of an input: somebody can type letters on it
    bool pointer = false;    ///< of an input: mouse, touchpad, tablet
    bool bluetooth = false;  ///< of an input: there only once the host's Bluetooth is
    InputFacts input = {};
    /// A watchdog is armed, an output of a display is connected, a tape drive is at work. Absent:
    /// not known.
    std::optional<bool> active = {};
    bool operator==(const Carried&) const = default;
};

/// A node by which processes use a device.
struct DeviceNode {
    std::string path;    ///< "/dev/snd/pcmC1D0p"
    std::string number;  ///< "116:3"
    bool block = false;
    std::string sysfs;  ///< of what it belongs to: of a partition its disk; "sys/devices/…"
    bool operator==(const DeviceNode&) const = default;
};

/// A USB device or hub and what hangs below it. Root hubs are left out.
struct UsbDevice {
    std::string port;  ///< the kernel's name: bus, then ports: "1-2.1"; the bus part changes
    PciId id;
    std::string product;                ///< text from the hardware: hostile, escape before showing
    std::optional<std::string> driver;  ///< of its interfaces, the first that is bound
    bool hub = false;
    std::string sysfs;
    /// Is it offered to other machines by usbip-host?
    enum class Export { no, idle, used, unknown };
    Export exported = Export::no;
    std::vector<Carried> carries;
    std::vector<UsbDevice> devices;
    bool operator==(const UsbDevice&) const = default;
};

/// A USB host controller, or a USB4 host interface (named, never offered).
struct Controller {
    enum class Type { uhci, ohci, ehci, xhci, usb4, other };
    PciAddress address;
    Type type = Type::other;
    /// The other UHCI, OHCI and EHCI functions of its slot, where an EHCI is among them (the
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

/// Who sets a function's driver_override besides ctrlpass, and will again at the next boot.
struct Overrider {
    enum class Tool { driverctl, udev };
    Tool tool = Tool::udev;
    std::string place;   ///< the file; with ":LINE" for a udev rule
    std::string driver;  ///< what it sets; "" where that cannot be told
    bool operator==(const Overrider&) const = default;
};

/// A file of another tool or of a person that binds or unbinds a function, or runs something that
/// may: a rule of udev, a script of the initramfs, a unit, a hook.
struct ForeignRule {
    enum class When { initramfs, seen, boot, module, guest, sleep };
    When when = When::boot;  ///< when it is read or run
    std::string place;       ///< "/etc/udev/rules.d/25-vfio.rules:1-2"
    /// What it does: "driver_override", "new_id", "bind", "unbind", a command that does the same.
    /// None where it runs `script` and that was not understood.
    std::vector<std::string> verbs;
    std::string script;    ///< what it runs
    bool by_id = false;    ///< it names the id, not the address
    bool to_vfio = false;  ///< vfio-pci is named beside it
    bool names_it = true;  ///< otherwise whether it is meant is not known
    bool operator==(const ForeignRule&) const = default;
};

/// An option by which a driver that lends functions takes them from the start.
struct IdsOption {
    std::string place;   ///< "the kernel command line", "/etc/modprobe.d/vfio.conf"
    std::string driver;  ///< "vfio-pci", "pci-stub", "xen-pciback"
    std::string value;   ///< of `ids=`, of xen-pciback's `hide=`
    bool operator==(const IdsOption&) const = default;
};

/// What decides how a function fares in the hands of a guest, and in whose hands it is besides
/// ctrlpass. Read for the subjects.
struct Fitness {
    bool has_reset = false;  ///< the kernel has some way to reset it
    /// The function itself, or the bridge above it, that the kernel calls removable.
    std::optional<PciAddress> removable;
    /// The Thunderbolt or USB4 host interface on one of whose tunnels it hangs.
    std::optional<PciAddress> tunnel;
    /// Memory that the firmware wants mapped for its group for ever: "0xbdf6e000-0xbdf8dfff".
    std::vector<std::string> direct_regions;
    /// The number of its interrupt line and the other handlers on it; only where the function
    /// uses a line (no MSI) and is not alone on it.
    std::optional<int> shared_line;
    std::vector<std::string> line_sharers;
    std::vector<Overrider> overriders;
    std::vector<ForeignRule> foreign;
    bool operator==(const Fitness&) const = default;
};

/// Who makes the processor: names of options and switches differ.
enum class Processor { intel, amd, other };

struct Iommu {
    enum class State { on, off_in_firmware, off_on_command_line, absent };
    /// Why VFIO has none. Each was looked at; what was seen is in `evidence`.
    enum class Reason {
        none,               ///< it is on
        container,          ///< only its host can tell
        xen_dom0,           ///< Xen has it
        guest,              ///< of a hypervisor that gives none
        turned_off,         ///< by words of the kernel command line
        not_turned_on,      ///< Intel's waits for a word, and there is none
        not_built,          ///< the kernel has no driver for it
        not_started,        ///< it was turned on, and the kernel did not start it
        no_tables,          ///< the firmware's tables cannot be seen
        firmware,           ///< the firmware has tables, and none of them describes one
        no_virtualization,  ///< and the processor has no virtualization
        not_known,
    };
    State state = State::absent;
    Reason reason = Reason::none;
    Processor processor = Processor::other;  ///< read only where it is not on
    std::string platform;  ///< "lxc", "QEMU": of a container or a guest, "" where it is not known
    /// Words of the kernel command line, files and what they say; "" where nothing is to be said.
    std::string evidence;
    std::vector<std::string> words_off;       ///< whole words of the command line that turn it off
    bool on_by_default = false;               ///< the kernel was built to start Intel's by itself
    std::optional<bool> interrupt_remapping;  ///< absent where it cannot be told
    bool unsafe_interrupts = false;           ///< VFIO is told to go on without interrupt remapping
    bool no_iommu_mode = false;               ///< VFIO is told to go on without an IOMMU
    bool operator==(const Iommu&) const = default;
};

/// Addresses and routes of the host, IPv4 and IPv6.
struct Network {
    using Bytes = std::vector<std::uint8_t>;  ///< 4 or 16, in the order of the network
    struct Address {
        Bytes bytes;
        std::string link;
        bool operator==(const Address&) const = default;
    };
    struct Route {
        Bytes net;
        unsigned length = 0;  ///< of the prefix; 0: the default route
        std::string link;
        bool gateway = false;
        std::uint32_t metric = 0;  ///< of several to the same net the lowest is taken
        bool operator==(const Route&) const = default;
    };
    std::vector<Address> addresses;
    std::vector<Route> routes;
    bool operator==(const Network&) const = default;
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
    /// Of `everything` those whose attributes cannot be understood, and why. They are not among
    /// `functions`; a subject, and what goes with it, must be readable.
    std::map<PciAddress, std::string> unread;
    std::map<PciAddress, Fitness> fitness;  ///< of the subjects
    std::vector<DeviceNode> nodes;          ///< of what hangs below the subjects
    Network network;                        ///< read only with a network link below the subjects
    std::optional<WaysIn> ways_in;          ///< read when a possible way in is among `attached`
    Iommu iommu;
    std::string command_line;  ///< of the kernel
    std::vector<IdsOption> ids_options;
    std::string boot_id;
    bool module_loaded = false;  ///< is the vfio-pci driver there (as a module or built in)?

    const Place* place(const PciAddress& address) const;
    const Function* function(const PciAddress& address) const;
    const Group* group(int number) const;
    const Controller* controller(const PciAddress& address) const;
    const Fitness* fitness_of(const PciAddress& address) const;
};

/// Does the one hang below the other in the tree of devices?
bool is_below(const std::string& sysfs, const Place& place);

/// Somebody may get into the host by it: a keyboard, a network link, a serial port, or the
/// Bluetooth adapter of a keyboard.
bool may_be_way_in(const Carried& carried);
bool is_bluetooth_adapter(const Carried& carried);

inline constexpr std::uint32_t usb4_host_interface = 0x0c0340;  ///< class

/// Class 0x0c03 with any programming interface.
bool is_usb_controller(std::uint32_t class_code);
/// Base class 0x06, and USB4 host interfaces: these stay with the host.
bool is_bridge(std::uint32_t class_code);
std::optional<Controller::Type> controller_type(std::uint32_t class_code);

}  // namespace ctrlpass
