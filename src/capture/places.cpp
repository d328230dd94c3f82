// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/capture/places.hpp"

#include <algorithm>
#include <array>
#include <filesystem>

#include "iommu/lines.hpp"
#include "src/capture/forms.hpp"

namespace ctrlpass {

namespace {

/// Folders of every system, and of those that run from a live medium or an image.
constexpr auto usual_folders = std::to_array<std::string_view>({"bin",
                                                                "boot",
                                                                "cdrom",
                                                                "dev",
                                                                "efi",
                                                                "esp",
                                                                "etc",
                                                                "home",
                                                                "lib",
                                                                "lib32",
                                                                "lib64",
                                                                "libexec",
                                                                "media",
                                                                "mnt",
                                                                "nix",
                                                                "opt",
                                                                "ostree",
                                                                "proc",
                                                                "root",
                                                                "run",
                                                                "sbin",
                                                                "srv",
                                                                "store",
                                                                "sys",
                                                                "sysroot",
                                                                "default",
                                                                "sysconfig",
                                                                "tmp",
                                                                "usr",
                                                                "var",
                                                                "local",
                                                                "share",
                                                                "cache",
                                                                "log",
                                                                "spool",
                                                                "lock",
                                                                "live",
                                                                "medium",
                                                                "overlay",
                                                                "overlayfs",
                                                                "initramfs",
                                                                "rootfs",
                                                                "rootfsbase",
                                                                "cos-state",
                                                                "cOS",
                                                                "isodevice",
                                                                "archiso",
                                                                "bootmnt",
                                                                "cowspace",
                                                                "airootfs",
                                                                "miso",
                                                                "deploy",
                                                                "upper",
                                                                "work",
                                                                "lower",
                                                                "upperdir",
                                                                "workdir",
                                                                "ro",
                                                                "rw",
                                                                "persist",
                                                                "persistence",
                                                                "snapd",
                                                                "snap",
                                                                "docker",
                                                                "containers",
                                                                "storage",
                                                                "libvirt",
                                                                "qemu",
                                                                "images",
                                                                "hooks",
                                                                "systemd",
                                                                "system",
                                                                "udev",
                                                                "rules.d",
                                                                "modprobe.d",
                                                                "modules-load.d",
                                                                "initramfs-tools",
                                                                "scripts",
                                                                "init-top",
                                                                "init-premount",
                                                                "local-top",
                                                                "local-premount",
                                                                "dracut",
                                                                "modules.d",
                                                                "cryptsetup-keys.d",
                                                                "zfs",
                                                                "lvm",
                                                                "crypttab"});

bool is_usual_folder(std::string_view part) {
    return std::ranges::find(usual_folders, part) != usual_folders.end();
}

/// Nodes of the kernel: the letters of their names, and whether letters may follow as in "sdab".
struct Nodes {
    std::string_view stem;
    bool letters = false;
};
constexpr std::array nodes{
    Nodes{"sd", true}, Nodes{"hd", true},     Nodes{"vd", true},   Nodes{"xvd", true},
    Nodes{"nvme"},     Nodes{"dm-"},          Nodes{"md"},         Nodes{"md_d"},
    Nodes{"loop"},     Nodes{"sr"},           Nodes{"scd"},        Nodes{"nbd"},
    Nodes{"zd"},       Nodes{"mmcblk"},       Nodes{"nst"},        Nodes{"st"},
    Nodes{"sg"},       Nodes{"ch"},           Nodes{"tty"},        Nodes{"ttyS"},
    Nodes{"ttyUSB"},   Nodes{"ttyACM"},       Nodes{"hidraw"},     Nodes{"video"},
    Nodes{"media"},    Nodes{"lp"},           Nodes{"cdc-wdm"},    Nodes{"bcache"},
    Nodes{"drbd"},     Nodes{"rbd"},          Nodes{"ram"},        Nodes{"zram"},
    Nodes{"fd"},       Nodes{"pmem"},         Nodes{"watchdog"},   Nodes{"rtc"},
    Nodes{"tpm"},      Nodes{"tpmrm"},        Nodes{"iio:device"}, Nodes{"i2c-"},
    Nodes{"card"},     Nodes{"renderD"},      Nodes{"event"},      Nodes{"mouse"},
    Nodes{"js"},       Nodes{"hiddev"},       Nodes{"vfio"},       Nodes{"noiommu-"},
    Nodes{"adapter"},  Nodes{"frontend"},     Nodes{"demux"},      Nodes{"dvr"},
    Nodes{"net"},      Nodes{"ca"},           Nodes{"controlC"},   Nodes{"pcmC"},
    Nodes{"hwC"},      Nodes{"midiC"},        Nodes{"umpC"},       Nodes{"vhost-"},
    Nodes{"usbtmc"},   Nodes{"legousbtower"}, Nodes{"fw"},         Nodes{"ubi"},
    Nodes{"dsp"},      Nodes{"mtd"},          Nodes{"mtdblock"},   Nodes{"vcs"},
    Nodes{"dpc"}};
constexpr auto single_nodes = std::to_array<std::string_view>(
    {"null",     "zero",  "full",   "random", "urandom",   "tty",         "console",
     "kvm",      "root",  "fuse",   "kmsg",   "vhost-net", "vhost-vsock", "control",
     "seq",      "dsp",   "hwrng",  "timer",  "mice",      "watchdog",    "rtc",
     "snapshot", "stdin", "stdout", "stderr", "vfio",      ".lxc"});
constexpr auto node_folders = std::to_array<std::string_view>(
    {"vfio", "devices", "bus", "usb", "snd", "input", "dvb", "dri", "bsg", "net", "char", "block",
     "pts", "shm", "disk", "mapper", "md", "zvol"});

/// What follows a stem: numbers, and the letters between those of "nvme0n1p2", "pcmC0D0p".
bool is_node(std::string_view name) {
    if (std::ranges::find(single_nodes, name) != single_nodes.end()) return true;
    if (!name.empty() && consists_of(name, "0123456789:")) return true;
    return std::ranges::any_of(nodes, [&](const Nodes& node) {
        if (!name.starts_with(node.stem)) return false;
        std::string_view rest = name.substr(node.stem.size());
        if (node.letters) {
            const auto letters = std::min(rest.find_first_of("0123456789"), rest.size());
            if (letters == 0 || letters > 3) return false;
            rest.remove_prefix(letters);
            return consists_of(rest, "0123456789");
        }
        return !rest.empty() && is_digit(rest.front()) && consists_of(rest, "0123456789npDcC.:");
    });
}

/// The end of a name by id that means a partition: "-part3".
std::string_view partition_in(std::string_view name) {
    const auto at = name.rfind("-part");
    if (at == name.npos || at + 5 == name.size() || !consists_of(name.substr(at + 5), "0123456789"))
        return {};
    return name.substr(at);
}

bool is_plain(std::string_view part) {
    constexpr std::size_t longest = 100;
    return part.size() <= longest &&
           std::ranges::all_of(part, [](char c) { return c > ' ' && c < 0x7f; });
}

/// 8-4-4-4-12 hexadecimal digits.
bool is_uuid(std::string_view part) {
    if (part.size() != 36) return false;
    for (std::size_t i = 0; i < part.size(); ++i) {
        const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? part[i] != '-' : !is_hex(part[i])) return false;
    }
    return true;
}

/// What the kernel calls folders and files of exported disks (configfs, SCST).
bool is_of_target(std::string_view part) {
    constexpr auto names = std::to_array<std::string_view>(
        {"kernel",    "config", "target",     "core",       "iscsi",       "loopback",
         "vhost",     "lun",    "acls",       "np",         "alua",        "attrib",
         "param",     "wwn",    "udev_path",  "info",       "enable",      "control",
         "version",   "nvmet",  "subsystems", "namespaces", "device_path", "usb_gadget",
         "functions", "file",   "scst_tgt",   "devices",    "filename",    ""});
    constexpr auto beginnings = std::to_array<std::string_view>(
        {"lun_", "lun.", "tpgt_", "iblock_", "fileio_", "pscsi_", "rd_mcp_"});
    if (std::ranges::find(names, part) != names.end() || consists_of(part, "0123456789"))
        return true;
    return std::ranges::any_of(beginnings, [&](auto start) {
        return part.starts_with(start) && consists_of(part.substr(start.size()), "0123456789");
    });
}

/// By its end it is known whether a file may be a script.
std::string_view telling_end(std::string_view part) {
    for (const std::string_view end : {".sh", ".py", ".log", ".pid", ".lock", ".conf", ".start"})
        if (part.ends_with(end) && part.size() > end.size()) return end;
    return {};
}

std::string joined_parts(const std::vector<std::string>& parts) {
    std::string text;
    for (std::size_t i = 0; i < parts.size(); ++i) text += (i == 0 ? "" : "/") + parts[i];
    return text;
}

}  // namespace

std::vector<std::string_view> parts_between(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    for (std::size_t begin = 0;;) {
        const auto end = std::min(text.find(separator, begin), text.size());
        parts.push_back(text.substr(begin, end - begin));
        if (end == text.size()) return parts;
        begin = end + 1;
    }
}

std::string Places::sysfs_part(std::string_view part, std::string_view before) {
    for (const std::string_view stacked : {"upper_", "lower_"})
        if (part.starts_with(stacked))
            return std::string(stacked) + names_.link(part.substr(stacked.size()));
    if (part.empty() || part == ".." || part == ".") return std::string(part);
    if (before == "net") return names_.link(part);
    if (before == "btrfs") return part == "features" ? std::string(part) : names_.id(part);
    if (part.starts_with("md_") && !is_node(part)) return "md_" + names_.name(part.substr(3));
    if (is_uuid(part)) return names_.id(part);
    return is_plain(part) ? names_.without_macs(part) : names_.name(part);
}

/// Names that users gave: of targets and their backing stores (iqn.2003-01.org.example:disk).
std::string Places::in_sysfs(std::string_view below) {
    const bool configured =
        below.starts_with("kernel/config/") || below.starts_with("kernel/scst_tgt/");
    std::vector<std::string> parts;
    std::string_view before;
    for (const std::string_view part : parts_between(below, '/')) {
        constexpr std::string_view gadget = "mass_storage.";
        if (configured && part.starts_with(gadget))
            parts.push_back(std::string(gadget) + names_.name(part.substr(gadget.size())));
        else
            parts.push_back(configured && !is_of_target(part) ? names_.name(part)
                                                              : sysfs_part(part, before));
        before = part;
    }
    return joined_parts(parts);
}

std::string Places::in_dev(std::string_view below) {
    const auto parts = parts_between(below, '/');
    const std::string first(parts.front());
    std::vector<std::string> result;
    const bool by_name = parts.size() > 1 && parts.front() == "disk";
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const std::string_view part = parts[i];
        const std::string_view before = i > 0 ? parts[i - 1] : std::string_view();
        const bool last = i + 1 == parts.size();
        if (part.empty() || part == "." || part == ".." || (i == 0 && is_node(part) && last) ||
            (!last && std::ranges::find(node_folders, part) != node_folders.end()) ||
            (part.starts_with("by-") && is_plain(part)))
            result.emplace_back(part);
        else if (before == "by-uuid" || before == "by-partuuid")
            result.push_back(names_.id(part));
        else if (before == "by-label" || before == "by-partlabel")
            result.push_back(names_.name(part));
        else if (before.starts_with("by-")) {
            const auto end = partition_in(part);
            result.push_back(names_.serial(part.substr(0, part.size() - end.size())) +
                             std::string(end));
        } else if (before == "mapper" && part != "control")
            result.push_back(names_.mapped(part));
        else if (first == "md" || first == "zvol" || by_name || !is_node(part))
            result.push_back(names_.name(part));
        else
            result.emplace_back(part);
    }
    return joined_parts(result);
}

/// Pools of ZFS have folders here.
std::string Places::in_proc(std::string_view below) {
    std::vector<std::string> parts;
    std::string_view before;
    for (const std::string_view part : parts_between(below, '/')) {
        parts.push_back(before == "zfs" || !is_plain(part) ? names_.name(part) : std::string(part));
        before = part;
    }
    return joined_parts(parts);
}

std::string Places::elsewhere(std::string_view path) {
    std::vector<std::string> parts;
    for (const std::string_view part : parts_between(path, '/')) {
        const bool stays = part.empty() || part == "." || part == ".." || is_usual_folder(part);
        const auto end = telling_end(part);
        parts.push_back(stays ? std::string(part)
                              : names_.name(part.substr(0, part.size() - end.size())) +
                                    std::string(end));
    }
    return joined_parts(parts);
}

std::string Places::path(const std::string& path) {
    const auto begin = std::min(path.find_first_not_of('/'), path.size());
    const std::string slash = path.substr(0, std::min<std::size_t>(begin, 1));
    const std::string_view below = std::string_view(path).substr(begin);
    if (below.starts_with("sys/")) return slash + "sys/" + in_sysfs(below.substr(4));
    if (below.starts_with("dev/")) return slash + "dev/" + in_dev(below.substr(4));
    if (below.starts_with("proc/")) return slash + "proc/" + in_proc(below.substr(5));
    if (auto listed = listed_(std::string(below)); !listed.empty()) return slash + listed;
    return slash + elsewhere(below);
}

std::string Places::target(const std::string& path, const std::string& target) {
    namespace fs = std::filesystem;
    if (path.starts_with("proc/")) return in_proc(target);
    const bool relative = !target.starts_with('/');
    if (path.starts_with("sys/") && relative) {
        const std::string name = path.substr(path.rfind('/') + 1);
        const bool link =
            name == "master" || name.starts_with("upper_") || name.starts_with("lower_");
        const auto slash = target.rfind('/');
        const std::string above = slash == target.npos ? "" : target.substr(0, slash + 1);
        if (link) return in_sysfs(above) + names_.link(target.substr(above.size()));
        return in_sysfs(target);
    }
    if (path.starts_with("dev/") && relative) {
        const auto up = std::min(target.find_first_not_of("./"), target.size());
        const auto above = target.substr(0, up);
        const fs::path joined = (fs::path("/" + path).parent_path() / target).lexically_normal();
        const std::string whole = joined.relative_path().string();
        // The nodes themselves are at the top; others keep their place.
        return above.empty() || whole != "dev/" + target.substr(up)
                   ? "/" + this->path(whole)
                   : above + in_dev(target.substr(up));
    }
    const fs::path joined = (fs::path("/" + path).parent_path() / target).lexically_normal();
    const std::string whole = joined.relative_path().string();
    if (whole.starts_with("dev/") || whole.starts_with("sys/")) return "/" + this->path(whole);
    const std::string listed = listed_(whole);
    return listed.empty() ? "" : "/" + listed;
}

std::string Places::spec(const std::string& spec) {
    const std::string plain = unquoted(spec);
    const auto equals = plain.find('=');
    const std::string tag = equals == plain.npos ? "" : plain.substr(0, equals + 1);
    const std::string value = unquoted(plain.substr(tag.size()));
    if (tag == "UUID=" || tag == "PARTUUID=") return tag + names_.id(value);
    if (tag == "LABEL=" || tag == "PARTLABEL=") return tag + names_.name(value);
    if (tag == "ID=") return tag + names_.serial(value);
    if (plain.starts_with('/')) return path(plain);
    if (const auto colon = plain.find(":/"); colon != plain.npos)
        return names_.name(plain.substr(0, colon)) + ":" + path(plain.substr(colon + 1));
    return names_.name(plain);
}

std::string Places::unit(const std::string& name) {
    for (const std::string_view folder : {".d", ".wants", ".requires", ".upholds"})
        if (name.ends_with(folder) && name.size() > folder.size())
            return unit(name.substr(0, name.size() - folder.size())) + std::string(folder);
    // "backup@dev-disk-by\x2dlabel-KEYS.service": as the device of that name is called.
    if (const auto at = name.find("@dev-"); at != name.npos && name.rfind('.') > at) {
        const auto end = name.rfind('.');
        const std::string device = unit(name.substr(at + 1, end - at - 1) + ".device");
        return name.substr(0, at + 1) + device.substr(0, device.rfind('.')) + name.substr(end);
    }
    const auto dot = name.rfind('.');
    const std::string kind = dot == name.npos ? "" : name.substr(dot);
    if (kind != ".mount" && kind != ".automount" && kind != ".swap" && kind != ".device")
        return is_plain(name) ? name : names_.name(name);
    // "-" is the root, '-' stands for '/', "\x2d" for '-' (systemd.unit(5), systemd-escape).
    std::string path = "/";
    const std::string text = name.substr(0, dot);
    for (std::size_t i = 0; text != "-" && i < text.size(); ++i) {
        const bool escape = text.compare(i, 2, "\\x") == 0 && i + 3 < text.size() &&
                            is_hex(text[i + 2]) && is_hex(text[i + 3]);
        path += escape ? static_cast<char>(16 * hex_value(text[i + 2]) + hex_value(text[i + 3]))
                : text[i] == '-' ? '/'
                                 : text[i];
        if (escape) i += 3;
    }
    std::string escaped;
    for (const char c : this->path(path).substr(1))
        escaped += c == '/' ? "-" : c == '-' ? "\\x2d" : std::string(1, c);
    return (escaped.empty() ? "-" : escaped) + kind;
}

}  // namespace ctrlpass
