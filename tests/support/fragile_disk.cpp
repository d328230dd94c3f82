// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/support/fragile_disk.hpp"

namespace ctrlpass::tests {

namespace {

/// One step under its fate. `half` is what it has done when it is killed within.
template <typename T>
Result<T> step(DiskFate& fate, const auto& act, const auto& half) {
    const int number = ++fate.steps;
    if (const auto refused = fate.refused.find(number); refused != fate.refused.end()) {
        auto failure = fail_with_errno("cannot change the disk", refused->second);
        if (failure.error().trouble == Trouble::missing) failure.error().trouble = Trouble::failed;
        return failure;
    }
    const auto death = fate.deaths.find(number);
    if (death == fate.deaths.end()) return act();
    if (death->second == Stage::during) half();
    if (death->second == Stage::after) (void)act();
    throw Killed{number};
}

void nothing() {}

}  // namespace

Result<> FragileDisk::make_folder(const Descriptor& parent, const std::string& name) {
    return step<void>(
        fate_, [&] { return Disk::make_folder(parent, name); }, nothing);
}

Result<> FragileDisk::store(const Descriptor& folder, const std::string& name,
                            const std::string& content, unsigned mode) {
    return step<void>(
        fate_, [&] { return Disk::store(folder, name, content, mode); },
        [&] { (void)Disk::store(folder, name, content.substr(0, content.size() / 2), 0600); });
}

Result<> FragileDisk::move(const Descriptor& from, const std::string& name, const Descriptor& to,
                           const std::string& new_name) {
    return step<void>(
        fate_, [&] { return Disk::move(from, name, to, new_name); }, nothing);
}

Result<> FragileDisk::remove(const Descriptor& folder, const std::string& name) {
    return step<void>(
        fate_, [&] { return Disk::remove(folder, name); }, nothing);
}

Result<bool> FragileDisk::remove_folder(const Descriptor& parent, const std::string& name) {
    return step<bool>(
        fate_, [&] { return Disk::remove_folder(parent, name); }, nothing);
}

}  // namespace ctrlpass::tests
