// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/capture/attribute_list.hpp"

#include <algorithm>
#include <array>

namespace ctrlpass {

namespace {

using Kind = AttributeKind;

/// The attributes of sysfs that are read, by the name of their file.
constexpr std::array attributes{
    // PCI
    Attribute{"vendor", Form::word},
    Attribute{"device", Form::word},
    Attribute{"subsystem_vendor"},
    Attribute{"subsystem_device"},
    Attribute{"class"},
    Attribute{"revision"},
    Attribute{"irq"},
    Attribute{"numa_node"},
    Attribute{"enable", Form::word},
    Attribute{"local_cpulist", Form::numbers},
    Attribute{"removable", Form::word},
    Attribute{"reset_method", Form::words},
    Attribute{"driver_override", Form::words},
    Attribute{"reserved_regions", Form::words},
    Attribute{"actions", Form::words},
    Attribute{"type", Form::words},
    Attribute{"sriov_numvfs"},
    Attribute{"sriov_totalvfs"},
    Attribute{"boot_vga"},
    Attribute{"power_state", Form::word},
    Attribute{"serial_number", {}, Kind::serial},
    Attribute{"msi_bus"},
    Attribute{"d3cold_allowed"},
    Attribute{"control", Form::word},
    Attribute{"runtime_status", Form::word},
    // USB
    Attribute{"idVendor"},
    Attribute{"idProduct"},
    Attribute{"bcdDevice"},
    Attribute{"bDeviceClass"},
    Attribute{"bDeviceSubClass"},
    Attribute{"bDeviceProtocol"},
    Attribute{"bInterfaceClass"},
    Attribute{"bInterfaceSubClass"},
    Attribute{"bInterfaceProtocol"},
    Attribute{"bInterfaceNumber"},
    Attribute{"bNumInterfaces", Form::numbers},
    Attribute{"bConfigurationValue", Form::numbers},
    Attribute{"busnum"},
    Attribute{"devnum"},
    Attribute{"devpath", Form::numbers},
    Attribute{"speed", Form::numbers},
    Attribute{"maxchild", Form::numbers},
    Attribute{"authorized"},
    Attribute{"product", Form::text},
    Attribute{"manufacturer", Form::text},
    Attribute{"interface", Form::text},
    Attribute{"serial", {}, Kind::serial},
    Attribute{"usbip_status", Form::numbers},
    Attribute{"usbip_sockfd", Form::numbers},
    Attribute{"status", Form::words},
    Attribute{"connect_type", Form::words},
    Attribute{"role", Form::words},
    Attribute{"modalias", Form::words},
    Attribute{"driver_name", Form::word},
    Attribute{"uevent", {}, Kind::node},
    // HID and input
    Attribute{"bustype"},
    Attribute{"version"},
    Attribute{"key", Form::numbers},
    Attribute{"rel", Form::numbers},
    Attribute{"abs", Form::numbers},
    Attribute{"ev", Form::numbers},
    Attribute{"led", Form::numbers},
    Attribute{"msc", Form::numbers},
    Attribute{"sw", Form::numbers},
    Attribute{"properties", Form::numbers},
    Attribute{"report_descriptor", {}, Kind::descriptor},
    Attribute{"country", Form::numbers},
    // disks
    Attribute{"dev", Form::numbers},
    Attribute{"size"},
    Attribute{"ro"},
    Attribute{"partition"},
    Attribute{"in_flight", Form::numbers},
    Attribute{"uuid", {}, Kind::mapped_kind},
    Attribute{"backing_file", {}, Kind::path},
    Attribute{"autoclear"},
    Attribute{"partscan"},
    Attribute{"level", Form::word},
    Attribute{"raid_disks", Form::words},
    Attribute{"array_state", Form::word},
    Attribute{"state", Form::words},
    Attribute{"hidden"},
    Attribute{"media"},
    Attribute{"queue_depth"},
    Attribute{"rotational"},
    Attribute{"pid"},
    Attribute{"udev_path", {}, Kind::path},
    Attribute{"backing_dev", {}, Kind::path},
    Attribute{"device_path", {}, Kind::path},
    Attribute{"transport", Form::word},
    Attribute{"persistent_address", {}, Kind::address},
    Attribute{"client_addr", {}, Kind::address},
    Attribute{"netif", {}, Kind::link},
    Attribute{"backend", {}, Kind::path},
    Attribute{"targetname", {}, Kind::name},
    Attribute{"persistent_port"},
    Attribute{"tid"},
    // links
    Attribute{"operstate", Form::word},
    Attribute{"flags"},
    Attribute{"carrier"},
    Attribute{"ifindex"},
    Attribute{"iflink"},
    Attribute{"ifname", {}, Kind::link},

    // consoles and cards
    Attribute{"active", Form::words},
    Attribute{"id", Form::text},
    Attribute{"enabled", Form::word},
    Attribute{"identity", Form::text},
    Attribute{"timeout"},
    Attribute{"timeleft"},
    Attribute{"nowayout"},
    // processors
    Attribute{"online", Form::numbers},
    Attribute{"present", Form::numbers},
    Attribute{"isolated", Form::numbers},
    Attribute{"nohz_full", Form::words},
    Attribute{"cpulist", Form::numbers},
    Attribute{"distance", Form::numbers},
    Attribute{"cpus", Form::numbers},
    Attribute{"cpuset.cpus.isolated", Form::numbers},
    Attribute{"shared_cpu_list", Form::numbers},
    Attribute{"core_id"},
    Attribute{"physical_package_id"},
    Attribute{"thread_siblings_list", Form::numbers},
    Attribute{"core_cpus_list", Form::numbers},
    Attribute{"cluster_cpus_list", Form::numbers},
    Attribute{"die_cpus_list", Form::numbers},
    Attribute{"package_cpus_list", Form::numbers},
    Attribute{"cpu_capacity"},
    Attribute{"cpuinfo_max_freq"},
    Attribute{"highest_perf"},
    // platform
    Attribute{"lockdown", Form::words},
    Attribute{"security", Form::word},
    Attribute{"iommu_dma_protection"},
    Attribute{"allow_unsafe_interrupts", Form::word},
    Attribute{"enable_unsafe_noiommu_mode", Form::word},
    Attribute{"initstate", Form::word},
    Attribute{"features", Form::words},
    Attribute{"cap", Form::word},
    Attribute{"ecap", Form::word},
    Attribute{"fw_platform_size"},
    Attribute{"guest_type", Form::word},
    Attribute{"sys_vendor", Form::text},
    Attribute{"bios_vendor", Form::text},
    Attribute{"product_name", Form::text},
    Attribute{"board_vendor", Form::text},
    Attribute{"board_name", Form::text},
    Attribute{"chassis_type"},
};

}  // namespace

/// A name is a device's own for people, but of a mapped device and of a bus of names.
Attribute attribute_of(const std::string& path) {
    const std::string name = path.substr(path.rfind('/') + 1);
    if (path.ends_with("/dm/name")) return {"known", {}, Kind::mapped};
    if (path.ends_with("/capabilities/snd")) return {"known", Form::numbers};
    if (path.ends_with("/hypervisor/type")) return {"known", Form::word};
    if (path.starts_with("sys/fs/btrfs/") && name == "label") return {"known", {}, Kind::name};
    if (path.find("/config/target/") != path.npos && name != "udev_path")
        return {"known", Form::number};
    if (path.find("/usb_gadget/") != path.npos && name == "file") return {"known", {}, Kind::path};
    if (path.find("/scst_tgt/") != path.npos && name == "filename")
        return {"known", {}, Kind::path};
    if (name == "address" && path.find("/iscsi_connection/") != path.npos)
        return {"known", {}, Kind::address};
    if (name == "address" && path.find("/nvme") != path.npos) return {"known", {}, Kind::address};
    if (name == "name") return {"known", Form::text};
    if (path.starts_with("sys/module/") && path.find("/parameters/") != path.npos)
        return {"known", name == "ids" ? Form::words : Form::word};
    const auto known = std::ranges::find(attributes, name, &Attribute::name);
    return known == attributes.end() ? Attribute{"", {}, Kind::by_form} : *known;
}

}  // namespace ctrlpass
