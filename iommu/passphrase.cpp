// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/passphrase.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string_view>

#include "iommu/lines.hpp"
#include "iommu/mounts.hpp"

namespace ctrlpass {

namespace {

constexpr int highest_device_stack = 16;  // of devices upon devices; the kernel allows fewer

bool starts_with_any(std::string_view word, std::span<const std::string_view> beginnings) {
    return std::ranges::any_of(beginnings, [&](auto start) { return word.starts_with(start); });
}

bool has_word(const std::string& line, std::span<const std::string_view> beginnings) {
    return std::ranges::any_of(fields_of(line), [&](const std::string& word) {
        return starts_with_any(word, beginnings);
    });
}

/// dracut's and systemd's words, then those of initramfs-tools' and Arch's hooks.
bool is_on_command_line(const std::string& line) {
    constexpr std::array<std::string_view, 6> opens{
        "rd.luks.uuid=", "rd.luks.name=", "rd.luks.partuuid=",
        "luks.uuid=",    "luks.name=",    "cryptdevice="};
    constexpr std::array<std::string_view, 3> has_key{"rd.luks.key=", "luks.key=", "cryptkey="};
    return has_word(line, opens) && !has_word(line, has_key);
}

/// What is mounted on "/", the last of those on top of each other.
Mount mounted_on_root(const Root& root) {
    Mount found;
    const auto mounts = read_mounts(root);
    if (!mounts) return found;
    for (const Mount& mount : mounts->mounts)
        if (mount.where == "/") found = mount;
    return found;
}

std::optional<std::string> block_of(const Root& root, const Mount& mounted) {
    if (mounted.number.empty()) return std::nullopt;
    const std::string home = "sys/class/block/";
    for (const std::string& name : root.names(home)) {
        const bool named =
            mounted.source == "/dev/" + name ||
            (name.starts_with("dm-") &&
             mounted.source ==
                 "/dev/mapper/" + root.attribute(home + name + "/dm/name").value_or(""));
        if (named || root.attribute(home + name + "/dev") == mounted.number) return name;
    }
    return std::nullopt;
}

/// The name of the dm-crypt device that a block device is, or rests on.
std::optional<std::string> crypt_below(const Root& root, const std::string& block, int depth) {
    const std::string home = "sys/class/block/" + block;
    if (root.attribute(home + "/dm/uuid").value_or("").starts_with("CRYPT-"))
        return root.attribute(home + "/dm/name").value_or(block);
    if (depth == 0) return std::nullopt;
    for (const std::string& slave : root.names(home + "/slaves"))
        if (auto found = crypt_below(root, slave, depth - 1)) return found;
    return std::nullopt;
}

/// NAME DEVICE KEY OPTIONS (crypttab(5)): does something else than a person answer?
bool opens_by_itself(const Root& root, const std::string& mapping) {
    constexpr std::array<std::string_view, 3> devices{
        "tpm2-device=", "fido2-device=", "pkcs11-uri="};
    for (const std::string& line : lines_of(root.read("etc/crypttab").value_or(""))) {
        const auto fields = fields_of(line);
        if (fields.size() < 3 || fields[0] != mapping) continue;
        if (fields[2] != "none" && fields[2] != "-") return true;
        std::string options = fields.size() > 3 ? fields[3] : "";
        std::ranges::replace(options, ',', ' ');
        return has_word(options, devices);
    }
    return false;
}

}  // namespace

bool asks_for_passphrase(const Root& root, const std::string& command_line) {
    const auto block = block_of(root, mounted_on_root(root));
    const auto mapping = block ? crypt_below(root, *block, highest_device_stack) : std::nullopt;
    if (!mapping) return is_on_command_line(command_line);
    return !opens_by_itself(root, *mapping);
}

}  // namespace ctrlpass
