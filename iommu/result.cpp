// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/result.hpp"

#include <cerrno>
#include <cstring>

namespace ctrlpass {

namespace {

Trouble trouble_of(int error_number) {
    switch (error_number) {
        case ENOENT:
        case ENODEV:
        case ENOTDIR:
            return Trouble::missing;
        case EACCES:
        case EPERM:
            return Trouble::denied;
        default:
            return Trouble::failed;
    }
}

}  // namespace

std::unexpected<Error> fail_with_errno(std::string what, int error_number) {
    return std::unexpected(Error{
        std::move(what), std::strerror(error_number), {}, trouble_of(error_number), error_number});
}

}  // namespace ctrlpass
