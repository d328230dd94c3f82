// SPDX-License-Identifier: GPL-2.0-or-later
#include "vfio/disk_open.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cerrno>

#include "iommu/descriptor.hpp"

namespace ctrlpass {

int open_disk_alone(const std::string& node, const std::string& number) {
    // First without opening it: the node may be another's by now.
    const Descriptor place(::open(node.c_str(), O_PATH | O_CLOEXEC));
    if (!place.is_open()) return errno;
    struct stat status {};
    if (::fstat(place.number(), &status) != 0) return errno;
    const std::string found =
        std::to_string(::major(status.st_rdev)) + ":" + std::to_string(::minor(status.st_rdev));
    if (!S_ISBLK(status.st_mode) || found != number) return ENODEV;
    const std::string path = "/proc/self/fd/" + std::to_string(place.number());
    const Descriptor disk(
        ::open(path.c_str(), O_RDONLY | O_EXCL | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    return disk.is_open() ? 0 : errno;
}

}  // namespace ctrlpass
