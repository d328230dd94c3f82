// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/names.hpp"

extern "C" {
#include <pci/pci.h>
}

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <new>
#include <string_view>

namespace ctrlpass {

namespace {

// pci_init() would set these, but it looks for a bus as well. Nothing is printed; `error` is for
// memory that has run out and must not return: what libpci has allocated by then is lost.
extern "C" void say_nothing(char*, ...) {}
extern "C" [[gnu::noreturn]] void stop(char*, ...) { throw std::bad_alloc(); }

pci_access* names_only() {
    pci_access* const access = ::pci_alloc();
    access->error = stop;
    access->warning = say_nothing;
    access->debug = say_nothing;
    return access;
}

/// The file in memory, for reading; empty where it is not there.
std::string_view map_file(const std::string& path) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return {};
    struct stat status {};
    const bool known = ::fstat(file, &status) == 0 && status.st_size > 0;
    const auto size = known ? static_cast<std::size_t>(status.st_size) : 0;
    void* const data = known ? ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file, 0) : MAP_FAILED;
    ::close(file);
    if (data == MAP_FAILED) return {};
    return {static_cast<const char*>(data), size};
}

/// libpci's own path, uncompressed.
std::string list_path(const pci_access* access) {
    std::string path = access->id_file_name == nullptr ? "" : access->id_file_name;
    if (path.ends_with(".gz")) path.resize(path.size() - 3);
    return path;
}

/// From the start of the line that begins with `head` to the end of the text; empty without one.
std::string_view from_line(std::string_view text, const std::string& head) {
    std::string wanted = "\n";
    wanted.append(head).append("  ");
    const void* const found = ::memmem(text.data(), text.size(), wanted.data(), wanted.size());
    if (found == nullptr) return {};
    return text.substr(static_cast<std::size_t>(static_cast<const char*>(found) - text.data()) + 1);
}

/// The lines below a vendor's own start with a tab; comments may stand between them.
std::string_view block_of(std::string_view text) {
    auto end = text.find('\n');
    while (end != text.npos && end + 1 < text.size() &&
           (text[end + 1] == '\t' || text[end + 1] == '#'))
        end = text.find('\n', end + 1);
    return text.substr(0, end == text.npos ? text.size() : end + 1);
}

std::string_view first_line(std::string_view text) {
    return text.substr(0, std::min(text.find('\n'), text.size()));
}

/// The line of a device in its vendor's block, which is sorted: halves until a few lines are left.
std::string_view device_line(std::string_view block, const std::string& device) {
    constexpr std::size_t few = 4096;
    const std::string head = "\t" + device;
    while (block.size() > few) {
        // The next line with one tab after the middle; those with two are subsystems.
        auto line = block.find("\n\t", block.size() / 2);
        while (line != block.npos && line + 2 < block.size() && block[line + 2] == '\t')
            line = block.find("\n\t", line + 1);
        if (line == block.npos) break;
        const bool later = block.substr(line + 1, head.size()) <= head;
        block = later ? block.substr(line) : block.substr(0, line + 1);
    }
    return first_line(from_line(block, head));
}

/// Gives libpci a list in a file that has no name. False where that cannot be.
bool load_list(pci_access* access, std::string_view text) {
    const int file = ::memfd_create("pci.ids", MFD_CLOEXEC);
    if (file < 0) return false;
    const std::string path = "/proc/self/fd/" + std::to_string(file);
    ::pci_set_name_list_path(access, ::strdup(path.c_str()), 1);
    const bool written =
        ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    const bool loaded = written && ::pci_load_name_list(access) != 0;
    ::close(file);
    return loaded;
}

std::string ask(pci_access* access, const PciId& id, int what) {
    std::array<char, 512> text{};
    const char* const found = ::pci_lookup_name(
        access, text.data(), static_cast<int>(text.size()), what | PCI_LOOKUP_NO_NUMBERS,
        static_cast<int>(id.vendor), static_cast<int>(id.device));
    return found == nullptr ? "" : found;
}

/// The vendor alone where the device is not known.
std::string ask(pci_access* access, const PciId& id, bool hardware_list_only) {
    const int source = hardware_list_only ? PCI_LOOKUP_SKIP_LOCAL : 0;
    const auto both = ask(access, id, source | PCI_LOOKUP_VENDOR | PCI_LOOKUP_DEVICE);
    return both.empty() ? ask(access, id, source | PCI_LOOKUP_VENDOR) : both;
}

}  // namespace

PciNames::PciNames() : access_(names_only()), list_(map_file(list_path(access_))) {}

PciNames::~PciNames() {
    ::pci_cleanup(access_);
    if (!list_.empty()) ::munmap(const_cast<char*>(list_.data()), list_.size());
}

/// libpci takes 7 ms to take in the whole of pci.ids, which is more than all the rest together: so
/// it is given the two lines that it needs.
std::string PciNames::look_up(const PciId& id) const {
    if (list_.empty()) return ask(access_, id, false);
    const std::string text = to_string(id);
    const auto [block, added] = blocks_.try_emplace(id.vendor);
    if (added) block->second = block_of(from_line(list_, text.substr(0, 4)));
    if (block->second.empty()) return ask(access_, id, true);
    std::string lines(first_line(block->second));
    lines.append("\n").append(device_line(block->second, text.substr(5))).append("\n");
    pci_access* const access = names_only();
    const auto name = ask(access, id, !load_list(access, lines));
    ::pci_cleanup(access);
    return name;
}

std::string PciNames::name(const PciId& id) const {
    const auto [entry, added] = known_.try_emplace(id);
    if (added) entry->second = look_up(id);
    return entry->second;
}

}  // namespace ctrlpass
