// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/initramfs_files.hpp"

#include <algorithm>
#include <map>

#include "iommu/lines.hpp"

namespace ctrlpass {

namespace {

/// Does the line name one of the modules, outside its comment?
bool is_initramfs_line(const std::string& line) {
    std::string text = line.substr(0, line.find('#'));
    std::ranges::replace(text, '-', '_');
    if (text.find("kernel_cmdline") != text.npos) return false;  // of dracut: for the kernel
    for (const char* const module : {"vfio_pci", "pci_stub", "pciback"})
        if (text.find(module) != text.npos) return true;
    return false;
}

}  // namespace

std::vector<std::string> dracut_files(const Root& root) {
    std::map<std::string, std::string> named;
    for (const std::string folder : {"etc/dracut.conf.d/", "usr/lib/dracut/dracut.conf.d/"})
        for (const std::string& file : root.names(folder))
            if (file.ends_with(".conf")) named.emplace(file, folder + file);
    std::vector<std::string> files{"etc/dracut.conf"};
    for (const auto& [name, path] : named) files.push_back(path);
    return files;
}

std::vector<ConfigLine> read_initramfs_lines(const Root& root) {
    constexpr std::size_t longest_initramfs_file = 1U << 20U;
    std::vector<std::string> files{"etc/initramfs-tools/modules", "etc/mkinitcpio.conf"};
    for (std::string& file : dracut_files(root)) files.push_back(std::move(file));
    const std::string folder = "etc/mkinitcpio.conf.d/";
    for (const std::string& file : root.names(folder))
        if (file.ends_with(".conf")) files.push_back(folder + file);
    std::vector<ConfigLine> found;
    for (const std::string& file : files)
        for (const std::string& line :
             lines_of(root.read(file, longest_initramfs_file).value_or("")))
            if (is_initramfs_line(line)) found.push_back({"/" + file, line});
    return found;
}

}  // namespace ctrlpass
