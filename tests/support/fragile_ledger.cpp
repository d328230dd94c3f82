// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/support/fragile_ledger.hpp"

#include <cerrno>
#include <filesystem>
#include <fstream>

namespace ctrlpass::tests {

Result<> FragileLedger::append(const std::string& profile, const Record& record) {
    const int number = ++fate_.appends;
    const auto death = fate_.deaths.find(number);
    const bool dies = death != fate_.deaths.end();
    if (dies && death->second == Stage::before) throw Killed{number};
    if (dies && death->second == Stage::during) {
        tear(profile, record, number % 2 == 0);
        throw Killed{number};
    }
    const std::string what = "cannot write ledger " + profile;
    if (fate_.full_from != 0 && number >= fate_.full_from) return fail_with_errno(what, ENOSPC);
    if (const auto refused = fate_.refused.find(number); refused != fate_.refused.end())
        return fail_with_errno(what, refused->second);
    TRY(real_.append(profile, record));
    if (dies) throw Killed{number};
    return {};
}

void FragileLedger::tear(const std::string& profile, const Record& record, bool zeros) const {
    namespace fs = std::filesystem;
    const std::string line = to_line(record);
    const fs::path path = state_ + "/ledger/" + profile + ".jsonl";
    const std::size_t half = line.size() / 2;
    std::ofstream(path, std::ios::binary | std::ios::app)
        << line.substr(0, half) << std::string(zeros ? line.size() - half : 0, '\0');
    fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);
}

}  // namespace ctrlpass::tests
