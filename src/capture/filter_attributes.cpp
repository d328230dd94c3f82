// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <array>
#include <cstdint>

#include "iommu/lines.hpp"
#include "iommu/module_files.hpp"
#include "src/capture/filters.hpp"
#include "src/capture/forms.hpp"
#include "src/render/text.hpp"

namespace ctrlpass::filters {

namespace {

std::string without_end(std::string text) {
    while (text.ends_with('\n')) text.pop_back();
    return text;
}

/// What a value becomes that is not let through by its form.
enum class Kind { by_form, serial, mapped, mapped_kind, path, link, id, name, address, descriptor };

struct Attribute {
    std::string_view name;
    Form form = Form::number;
    Kind kind = Kind::by_form;
};

/// The attributes of sysfs that are read, by the name of their file.
constexpr std::array attributes{
    // PCI
    Attribute{"vendor", Form::word}, Attribute{"device", Form::word},
    Attribute{"subsystem_vendor"}, Attribute{"subsystem_device"},
    Attribute{"class"}, Attribute{"revision"}, Attribute{"irq"}, Attribute{"numa_node"},
    Attribute{"enable", Form::word}, Attribute{"local_cpulist", Form::numbers},
    Attribute{"removable", Form::word}, Attribute{"reset_method", Form::words},
    Attribute{"driver_override", Form::words}, Attribute{"reserved_regions", Form::words},
    Attribute{"actions", Form::words}, Attribute{"type", Form::words},
    Attribute{"sriov_numvfs"}, Attribute{"sriov_totalvfs"}, Attribute{"boot_vga"},
    Attribute{"power_state", Form::word}, Attribute{"serial_number", {}, Kind::serial},
    Attribute{"msi_bus"}, Attribute{"d3cold_allowed"}, Attribute{"control", Form::word},
    Attribute{"runtime_status", Form::word},
    // USB
    Attribute{"idVendor"}, Attribute{"idProduct"}, Attribute{"bcdDevice"},
    Attribute{"bDeviceClass"}, Attribute{"bDeviceSubClass"}, Attribute{"bDeviceProtocol"},
    Attribute{"bInterfaceClass"}, Attribute{"bInterfaceSubClass"},
    Attribute{"bInterfaceProtocol"}, Attribute{"bInterfaceNumber"}, Attribute{"bNumInterfaces", Form::numbers},
    Attribute{"bConfigurationValue", Form::numbers}, Attribute{"busnum"}, Attribute{"devnum"},
    Attribute{"devpath", Form::numbers}, Attribute{"speed", Form::numbers},
    Attribute{"maxchild", Form::numbers}, Attribute{"authorized"},
    Attribute{"product", Form::text}, Attribute{"manufacturer", Form::text},
    Attribute{"interface", Form::text}, Attribute{"serial", {}, Kind::serial},
    Attribute{"usbip_status", Form::numbers}, Attribute{"usbip_sockfd", Form::numbers},
    Attribute{"status", Form::words}, Attribute{"connect_type", Form::words},
    Attribute{"role", Form::words}, Attribute{"modalias", Form::words},
    Attribute{"driver_name", Form::word},
    // HID and input
    Attribute{"bustype"}, Attribute{"version"}, Attribute{"key", Form::numbers},
    Attribute{"rel", Form::numbers}, Attribute{"abs", Form::numbers},
    Attribute{"ev", Form::numbers}, Attribute{"led", Form::numbers},
    Attribute{"msc", Form::numbers}, Attribute{"sw", Form::numbers},
    Attribute{"properties", Form::numbers},
    Attribute{"report_descriptor", {}, Kind::descriptor}, Attribute{"country", Form::numbers},
    // disks
    Attribute{"dev", Form::numbers}, Attribute{"size"}, Attribute{"ro"}, Attribute{"partition"},
    Attribute{"uuid", {}, Kind::mapped_kind}, Attribute{"backing_file", {}, Kind::path},
    Attribute{"autoclear"}, Attribute{"partscan"}, Attribute{"level", Form::word},
    Attribute{"raid_disks", Form::words}, Attribute{"array_state", Form::word},
    Attribute{"state", Form::words}, Attribute{"hidden"}, Attribute{"media"},
    Attribute{"queue_depth"}, Attribute{"rotational"}, Attribute{"pid"},
    Attribute{"udev_path", {}, Kind::path}, Attribute{"backing_dev", {}, Kind::path},
    Attribute{"device_path", {}, Kind::path}, Attribute{"transport", Form::word},
    Attribute{"persistent_address", {}, Kind::address}, Attribute{"client_addr", {}, Kind::address},
    Attribute{"netif", {}, Kind::link}, Attribute{"backend", {}, Kind::path},
    Attribute{"targetname", {}, Kind::name}, Attribute{"persistent_port"}, Attribute{"tid"},
    // links
    Attribute{"operstate", Form::word}, Attribute{"flags"}, Attribute{"carrier"},
    Attribute{"ifindex"}, Attribute{"iflink"}, Attribute{"ifname", {}, Kind::link},
    
    // consoles and cards
    Attribute{"active", Form::words}, Attribute{"id", Form::text}, Attribute{"enabled", Form::word},
    Attribute{"identity", Form::text}, Attribute{"timeout"}, Attribute{"timeleft"},
    Attribute{"nowayout"},
    // processors
    Attribute{"online", Form::numbers}, Attribute{"present", Form::numbers},
    Attribute{"isolated", Form::numbers}, Attribute{"nohz_full", Form::words},
    Attribute{"cpulist", Form::numbers}, Attribute{"distance", Form::numbers},
    Attribute{"cpus", Form::numbers}, Attribute{"cpuset.cpus.isolated", Form::numbers},
    Attribute{"shared_cpu_list", Form::numbers}, Attribute{"core_id"},
    Attribute{"physical_package_id"}, Attribute{"thread_siblings_list", Form::numbers},
    Attribute{"core_cpus_list", Form::numbers}, Attribute{"cluster_cpus_list", Form::numbers},
    Attribute{"die_cpus_list", Form::numbers}, Attribute{"package_cpus_list", Form::numbers},
    Attribute{"cpu_capacity"}, Attribute{"cpuinfo_max_freq"}, Attribute{"highest_perf"},
    // platform
    Attribute{"lockdown", Form::words}, Attribute{"security", Form::word},
    Attribute{"iommu_dma_protection"}, Attribute{"allow_unsafe_interrupts", Form::word},
    Attribute{"enable_unsafe_noiommu_mode", Form::word}, Attribute{"initstate", Form::word},
    Attribute{"features", Form::words}, Attribute{"cap", Form::word}, Attribute{"ecap", Form::word},
    Attribute{"fw_platform_size"}, Attribute{"guest_type", Form::word},
    Attribute{"sys_vendor", Form::text}, Attribute{"bios_vendor", Form::text},
    Attribute{"product_name", Form::text}, Attribute{"board_vendor", Form::text},
    Attribute{"board_name", Form::text}, Attribute{"chassis_type"},
};

/// "LVM-…", "CRYPT-LUKS2-…": who made a mapped device, by what stands before its own numbers.
std::string kind_of_mapped(Mask& mask, const std::string& value) {
    constexpr auto known = std::to_array<std::string_view>({
        "CRYPT", "LUKS1", "LUKS2", "PLAIN", "TCRYPT", "BITLK", "VERITY", "INTEGRITY",
        "TEMP", "LVM", "mpath", "DMRAID", "stratis", "VDO", "SUBDEV", "FVAULT2"});
    std::string kept;
    std::string_view rest = value;
    while (!rest.empty()) {
        const auto dash = std::min(rest.find('-'), rest.size());
        const std::string_view part = rest.substr(0, dash);
        const bool partition = part.starts_with("part") && consists_of(part.substr(4), "0123456789");
        if (std::ranges::find(known, part) == known.end() && !partition) break;
        kept += std::string(part) + "-";
        rest.remove_prefix(std::min(dash + 1, rest.size()));
    }
    return kept + mask.names.serial(value);
}

/// Of an item of a HID report descriptor: what is it about? Its size stands in the last two bits.
bool is_about_uses(unsigned char item) {
    constexpr auto kept = std::to_array<unsigned char>(
        {0x04, 0x08, 0x14, 0x18, 0x24, 0x28, 0x74, 0x80, 0x84, 0x90, 0x94, 0xa0, 0xb0, 0xc0});
    return std::ranges::find(kept, item & 0xfcU) != kept.end();
}

/// The pages and uses, ranges and collections of a report descriptor (HID 1.11, 6.2.2). Of long
/// items nobody knows what they say.
std::string uses_in(const std::string& text) {
    constexpr std::size_t longest = 4096;
    std::string kept;
    for (std::size_t at = 0; at < std::min(text.size(), longest);) {
        const auto prefix = static_cast<unsigned char>(text[at]);
        const std::size_t size = (prefix & 3U) == 3 ? 4 : prefix & 3U;
        const bool is_long = prefix == 0xfe && at + 1 < text.size();
        if (!is_long && is_about_uses(prefix)) kept += text.substr(at, 1 + size);
        at += is_long ? 3U + static_cast<unsigned char>(text[at + 1]) : 1U + size;
    }
    return kept;
}

/// A name is a device's own for people, but of a mapped device and of a bus of names.
Attribute attribute_of(const std::string& path) {
    const std::string name = path.substr(path.rfind('/') + 1);
    if (path.ends_with("/dm/name")) return {"known", {}, Kind::mapped};
    if (path.ends_with("/capabilities/snd")) return {"known", Form::numbers};
    if (path.ends_with("/hypervisor/type")) return {"known", Form::word};
    if (path.starts_with("sys/fs/btrfs/") && name == "label") return {"known", {}, Kind::name};
    if (path.find("/config/target/") != path.npos && name != "udev_path") return {"known", Form::number};
    if (path.find("/usb_gadget/") != path.npos && name == "file") return {"known", {}, Kind::path};
    if (path.find("/scst_tgt/") != path.npos && name == "filename") return {"known", {}, Kind::path};
    if (name == "address" && path.find("/iscsi_connection/") != path.npos)
        return {"known", {}, Kind::address};
    if (name == "address" && path.find("/nvme") != path.npos) return {"known", {}, Kind::address};
    if (name == "name") return {"known", Form::text};
    if (path.starts_with("sys/module/") && path.find("/parameters/") != path.npos)
        return {"known", name == "ids" ? Form::words : Form::word};
    const auto known = std::ranges::find(attributes, name, &Attribute::name);
    return known == attributes.end() ? Attribute{"", {}, Kind::by_form} : *known;
}

/// "192.0.2.7", "192.0.2.7:6789/0", "traddr=192.0.2.7,trsvcid=4420": the address alone.
std::string masked_addresses(Mask& mask, const std::string& value) {
    const auto key = value.find("traddr=");
    std::string address = key == value.npos ? value : value.substr(key + 7);
    address = address.substr(0, address.find_first_of(",/ "));
    std::string masked = mask.addresses.address(address);
    if (masked.empty()) masked = mask.addresses.address(address.substr(0, address.rfind(':')));
    return masked.empty() || key == value.npos ? masked : "traddr=" + masked;
}

bool is_acpi_path(std::string_view value) {
    constexpr std::size_t longest = 128;
    return value.size() <= longest &&
           consists_of(value, "\\_.ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");
}

std::string shown(Mask& mask, const std::string& value) {
    return printable(mask.names.without_macs(value));
}

}  // namespace

std::string nothing(Mask&, const std::string&, const std::string&) { return ""; }

std::string attribute(Mask& mask, const std::string& path, const std::string& text) {
    const std::string value = without_end(text);
    // "\\_SB_.PCI0"
    if (path.ends_with("/firmware_node/path")) return is_acpi_path(value) ? text : "";
    const Attribute known = attribute_of(path);
    switch (known.kind) {
        case Kind::serial:
            return mask.names.serial(value) + "\n";
        case Kind::mapped:
            return mask.names.mapped(value) + "\n";
        case Kind::mapped_kind:
            return path.ends_with("/dm/uuid") ? kind_of_mapped(mask, value) + "\n" : "";
        case Kind::path:
            return mask.places.path(value.substr(0, value.find('\n'))) + "\n";
        case Kind::address:
            return masked_addresses(mask, value) + "\n";
        case Kind::link:
            return mask.names.link(value) + "\n";
        case Kind::id:
            return mask.names.id(value) + "\n";
        case Kind::name:
            return mask.names.name(value) + "\n";
        case Kind::descriptor:
            return uses_in(text);
        case Kind::by_form:
            break;
    }
    if (known.name.empty()) return "";
    if (known.form == Form::text) return shown(mask, value.substr(0, value.find('\n'))) + "\n";
    const bool none = value == "(null)";
    return none || has_form(value, known.form) ? text : "";
}

std::string word(Mask&, const std::string&, const std::string& text) {
    return has_form(text, Form::word) ? text : "";
}

std::string number(Mask&, const std::string&, const std::string& text) {
    return has_form(text, Form::number) ? text : "";
}

std::string id(Mask& mask, const std::string&, const std::string& text) {
    return mask.names.id(without_end(text)) + "\n";
}

/// Findings name the process. The kernel cuts it at 15 bytes.
std::string process_name(Mask& mask, const std::string&, const std::string& text) {
    constexpr std::size_t longest = 15;
    return shown(mask, without_end(text).substr(0, longest)) + "\n";
}

/// Its state and when it began (proc(5)): the third and the 22nd field.
std::string process_stat(Mask&, const std::string& path, const std::string& text) {
    const auto fields = words_of(text.substr(std::min(text.rfind(')') + 1, text.size())));
    const auto slash = path.find('/');
    const std::string pid = path.substr(slash + 1, path.rfind('/') - slash - 1);
    if (fields.size() < 20 || fields[0].size() != 1 || !has_form(fields[19], Form::number) ||
        !has_form(pid, Form::number))
        return "";
    std::string kept = pid + " (process) " + fields[0];
    for (int i = 1; i < 19; ++i) kept += " 0";
    return kept + " " + fields[19] + "\n";
}

/// Who makes the first of them, and what it can.
std::string processor(Mask&, const std::string&, const std::string& text) {
    constexpr auto makers = std::to_array<std::string_view>({"GenuineIntel", "AuthenticAMD", "HygonGenuine",
                                                     "CentaurHauls"});
    std::string kept = "processor\t: 0\n";
    for (const std::string_view maker : makers)
        if (text.find(maker) != text.npos) kept += "vendor_id\t: " + std::string(maker) + "\n";
    const auto flags = text.find("\nflags");
    const auto from = text.starts_with("flags") ? 0 : flags == text.npos ? text.size() : flags + 1;
    const auto end = std::min(text.find('\n', from), text.size());
    for (const std::string_view flag : {"vmx", "svm", "hypervisor"})
        if ((text.substr(from, end - from) + " ").find(" " + std::string(flag) + " ") != text.npos)
            kept += (kept.find("flags") == kept.npos ? "flags\t\t: " : "") + std::string(flag) + " ";
    return kept + (kept.ends_with('\n') ? "flags\t\t:\n" : "\n");
}

/// Whether the IOMMU remaps them.
std::string interrupts(Mask&, const std::string&, const std::string& text) {
    std::string kept;
    if (text.find(" IR-") != text.npos) kept += "   1:          0  IR-IO-APIC\n";
    if (text.find("IO-APIC") != text.npos) kept += "   2:          0  IO-APIC\n";
    return kept;
}

/// "kernel/drivers/vfio/pci/vfio-pci.ko.xz:", of the few modules that are asked for.
std::string kernel_modules(Mask&, const std::string&, const std::string& text) {
    std::string kept;
    for (const std::string& line : lines_of(lines_about_our_modules(text))) {
        const std::string file = line.substr(0, line.find(':'));
        const std::string name = file.substr(file.rfind('/') + 1);
        if (has_form(name, Form::word)) kept += "kernel/" + name + ":\n";
    }
    return kept;
}

/// What commands differ by, and what people call it.
std::string os_release(Mask&, const std::string&, const std::string& text) {
    std::string kept;
    for (const std::string& line : lines_of(text)) {
        const auto equals = line.find('=');
        const std::string key = line.substr(0, equals);
        const std::string value = equals == line.npos ? "" : unquoted(line.substr(equals + 1));
        const bool words = key == "ID" || key == "ID_LIKE" || key == "VERSION_ID" ||
                           key == "VARIANT_ID" || key == "VERSION_CODENAME" || key == "OSTREE_VERSION";
        const bool quotable = value.find_first_of("\"\\$`") == value.npos;
        if ((words && has_form(value, Form::words)) ||
            (key == "PRETTY_NAME" && has_form(value, Form::text) && quotable))
            kept += key + "=\"" + printable(value) + "\"\n";
    }
    return kept;
}

/// Four bytes of attributes, then the value: whether SecureBoot is on, and the names that a boot
/// loader says of itself, in UTF-16 (systemd's BOOT_LOADER_INTERFACE).
std::string efi_variable(Mask&, const std::string& path, const std::string& text) {
    constexpr std::size_t head = 4;
    constexpr std::size_t longest = 256;
    const std::string name = path.substr(path.rfind('/') + 1);
    if (text.size() < head) return "";
    if (name.starts_with("SecureBoot-") || name.starts_with("SetupMode-"))
        return text.size() == head + 1 ? std::string(head, '\0') + (text.back() == 1 ? '\1' : '\0')
                                       : "";
    if (!name.starts_with("LoaderInfo-") && !name.starts_with("StubInfo-")) return "";
    std::string plain;
    for (std::size_t at = head; at + 1 < text.size() && at < head + longest; at += 2)
        if (text[at + 1] == '\0' && text[at] != '\0') plain += text[at];
    // "systemd-boot 252.39-1~deb12u1", "GNU GRUB 2.12"
    if (!std::ranges::all_of(plain, [](char c) {
            return is_digit(c) || is_letter(c) || std::string_view(" .-+~_()/:").contains(c);
        }))
        return "";
    std::string kept(head, '\0');
    for (const char c : plain) kept += std::string(1, c) + '\0';
    return kept + std::string(2, '\0');
}

/// How the kernel was built, as far as it is about what ctrlpass needs.
std::string kernel_config(Mask&, const std::string&, const std::string& text) {
    constexpr auto about = std::to_array<std::string_view>({"CONFIG_INTEL_IOMMU", "CONFIG_AMD_IOMMU",
                                                    "CONFIG_IOMMU_",      "CONFIG_VFIO",
                                                    "CONFIG_IRQ_REMAP",   "CONFIG_XEN"});
    std::string kept;
    for (const std::string& line : lines_of(text)) {
        const std::string plain = line.starts_with("# ") ? line.substr(2) : line;
        const auto equals = plain.find('=');
        const std::string key = plain.substr(0, std::min(equals, plain.find(' ')));
        const bool wanted = std::ranges::any_of(about, [&](auto start) { return key.starts_with(start); });
        if (!wanted || !has_form(key, Form::word)) continue;
        if (plain == key + " is not set")
            kept += "# " + plain + "\n";
        else if (equals != plain.npos && has_form(plain.substr(equals + 1), Form::word))
            kept += plain + "\n";
    }
    return kept;
}

/// "container=lxc" of the first process's environment.
std::string container_marker(Mask&, const std::string&, const std::string& text) {
    for (const std::string_view word : parts_between(text, '\0'))
        if (word.starts_with("container=") && has_form(word.substr(10), Form::word))
            return std::string(word) + '\0';
    return "";
}

}  // namespace ctrlpass::filters
