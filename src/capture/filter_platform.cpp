// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <array>

#include "iommu/lines.hpp"
#include "iommu/module_files.hpp"
#include "src/capture/filters.hpp"
#include "src/capture/forms.hpp"
#include "src/render/text.hpp"

namespace ctrlpass::filters {

/// Who makes the first of them, and what it can.
std::string processor(Mask&, const std::string&, const std::string& text) {
    constexpr auto makers = std::to_array<std::string_view>(
        {"GenuineIntel", "AuthenticAMD", "HygonGenuine", "CentaurHauls"});
    std::string kept = "processor\t: 0\n";
    for (const std::string_view maker : makers)
        if (text.find(maker) != text.npos) kept += "vendor_id\t: " + std::string(maker) + "\n";
    const auto flags = text.find("\nflags");
    const auto from = text.starts_with("flags") ? 0 : flags == text.npos ? text.size() : flags + 1;
    const auto end = std::min(text.find('\n', from), text.size());
    for (const std::string_view flag : {"vmx", "svm", "hypervisor"})
        if ((text.substr(from, end - from) + " ").find(" " + std::string(flag) + " ") != text.npos)
            kept +=
                (kept.find("flags") == kept.npos ? "flags\t\t: " : "") + std::string(flag) + " ";
    if (!kept.ends_with('\n')) return kept + "\n";
    return from < text.size() ? kept + "flags\t\t:\n" : kept;
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
                           key == "VARIANT_ID" || key == "VERSION_CODENAME" ||
                           key == "OSTREE_VERSION";
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
    constexpr auto about =
        std::to_array<std::string_view>({"CONFIG_INTEL_IOMMU", "CONFIG_AMD_IOMMU", "CONFIG_IOMMU_",
                                         "CONFIG_VFIO", "CONFIG_IRQ_REMAP", "CONFIG_XEN"});
    std::string kept = "# of the kernel's configuration\n";
    for (const std::string& line : lines_of(text)) {
        const std::string plain = line.starts_with("# ") ? line.substr(2) : line;
        const auto equals = plain.find('=');
        const std::string key = plain.substr(0, std::min(equals, plain.find(' ')));
        const bool wanted =
            std::ranges::any_of(about, [&](auto start) { return key.starts_with(start); });
        if (!wanted || !has_form(key, Form::word)) continue;
        if (plain == key + " is not set")
            kept += "# " + plain + "\n";
        else if (equals != plain.npos && has_form(plain.substr(equals + 1), Form::word))
            kept += plain + "\n";
    }
    return kept;
}

/// LOADER_TYPE of SUSE's sysconfig.
std::string loader_type(Mask&, const std::string&, const std::string& text) {
    std::string kept;
    for (const std::string& line : lines_of(text)) {
        constexpr std::string_view key = "LOADER_TYPE=";
        const std::string value = line.starts_with(key) ? unquoted(line.substr(key.size())) : "";
        const bool plain = !value.empty() && has_form(value, Form::word);
        kept += (plain ? std::string(key) + "\"" + value + "\"" : "") + "\n";
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
