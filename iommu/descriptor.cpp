// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/descriptor.hpp"

#include <array>
#include <cerrno>

namespace ctrlpass {

std::string bytes_text(std::size_t bytes) {
    constexpr std::size_t kibibyte = 1024;
    constexpr std::size_t mebibyte = kibibyte * kibibyte;
    if (bytes % mebibyte == 0) return std::to_string(bytes / mebibyte) + " MiB";
    if (bytes % kibibyte == 0) return std::to_string(bytes / kibibyte) + " KiB";
    return std::to_string(bytes) + " bytes";
}

std::unexpected<Error> fail_too_long(std::string what, std::size_t limit) {
    auto error = fail(std::move(what), "it is longer than " + bytes_text(limit));
    error.error().error_number = EFBIG;
    return error;
}

Result<std::string> read_all(const Descriptor& file, const std::string& what, std::size_t limit) {
    std::string text;
    std::array<char, 4096> buffer;  // most are attributes of a few bytes
    for (;;) {
        const ssize_t count = ::read(file.number(), buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return fail_with_errno(what, errno);
        if (count == 0) return text;
        text.append(buffer.data(), static_cast<std::size_t>(count));
        if (text.size() > limit) return fail_too_long(what, limit);
    }
}

}  // namespace ctrlpass
