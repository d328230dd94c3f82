// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/ledger/ledger_file.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace ctrlpass {

namespace {

Result<off_t> length_of(const Descriptor& file, const std::string& path) {
    const std::string what = "cannot read ledger " + path;
    struct stat status {};
    if (::fstat(file.number(), &status) != 0) return fail_with_errno(what, errno);
    if (!S_ISREG(status.st_mode)) return fail(what, "it is no regular file");
    if (static_cast<std::size_t>(status.st_size) > longest_ledger)
        return fail(what, "it is longer than " + std::to_string(longest_ledger >> 20U) + " MiB");
    return status.st_size;
}

Result<std::string> read_part(const Descriptor& file, off_t begin, off_t end,
                              const std::string& path) {
    std::string text(static_cast<std::size_t>(end - begin), '\0');
    std::size_t done = 0;
    while (done < text.size()) {
        const ssize_t count = ::pread(file.number(), text.data() + done, text.size() - done,
                                      begin + static_cast<off_t>(done));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return fail_with_errno("cannot read ledger " + path, errno);
        if (count == 0) break;  // cut off meanwhile
        done += static_cast<std::size_t>(count);
    }
    text.resize(done);
    return text;
}

}  // namespace

Result<std::string> read_ledger(const Descriptor& file, const std::string& path) {
    const off_t length = TRY(length_of(file, path));
    return read_part(file, 0, length, path);
}

Result<LedgerTail> read_tail(const Descriptor& file, const std::string& path) {
    const off_t length = TRY(length_of(file, path));
    constexpr off_t usual_record = 4096;
    for (off_t step = usual_record;; step *= 2) {
        const off_t begin = std::max<off_t>(length - step, 0);
        std::string text = TRY(read_part(file, begin, length, path));
        const auto last = text.rfind('\n');
        if (last == text.npos && begin > 0) continue;
        const std::size_t tail = last == text.npos ? 0 : last + 1;
        return LedgerTail{begin + static_cast<off_t>(tail), text.substr(tail)};
    }
}

}  // namespace ctrlpass
