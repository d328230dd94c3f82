// SPDX-License-Identifier: GPL-2.0-or-later
#include "vfio/remember_stuck.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <filesystem>

#include "iommu/stuck.hpp"

namespace ctrlpass {

namespace {

/// The folder of what is remembered, made where it is missing. No link on the way is followed.
Descriptor open_folder(const Root& root) {
    constexpr int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
    Descriptor folder(::open(root.directory().c_str(), flags));
    for (const auto& part : std::filesystem::path(stuck_directory)) {
        if (!folder.is_open()) break;
        // One that is there already is fine.
        ::mkdirat(folder.number(), part.c_str(), 0755);
        folder = Descriptor(::openat(folder.number(), part.c_str(), flags | O_NOFOLLOW));
    }
    return folder;
}

}  // namespace

std::optional<PciAddress> function_of_write(const std::string& path, std::string_view text) {
    constexpr std::string_view devices = "sys/bus/pci/devices/";
    if (!path.starts_with(devices)) return parse_address(text);
    const std::string_view rest = std::string_view(path).substr(devices.size());
    return parse_address(rest.substr(0, rest.find('/')));
}

void remember_stuck(const Root& root, const PciAddress& address, int process,
                    const std::string& path) {
    const StuckWrite write{process, start_of_process(root, process), "/" + path};
    if (write.started.empty()) return;
    const Descriptor folder = open_folder(root);
    const std::string name = to_string(address);
    const std::string draft = ".new-" + name;
    if (!folder.is_open()) return;
    ::unlinkat(folder.number(), draft.c_str(), 0);
    const Descriptor file(::openat(folder.number(), draft.c_str(),
                                   O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644));
    const std::string text = to_text(write);
    const auto written = ::write(file.number(), text.data(), text.size());
    if (written == static_cast<ssize_t>(text.size()))
        ::renameat(folder.number(), draft.c_str(), folder.number(), name.c_str());
}

}  // namespace ctrlpass
