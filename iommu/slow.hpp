// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "iommu/root.hpp"

namespace ctrlpass {

/// What an attribute said, or that it did not answer before the deadline.
struct SlowText {
    std::optional<std::string> text;
    bool stuck = false;
    bool operator==(const SlowText&) const = default;
};

/// Reads attributes that take the device's lock: driver_override before Linux 6.12, the strings of
/// USB devices. The lock may be held for ever (an unbind from vfio-pci while a guest runs), and
/// then nothing can kill the reader: so on the live machine a child does it, and one that does not
/// answer within the deadline is left behind. The answers are in the order of the paths.
std::vector<SlowText> read_slow(const Root& root, std::span<const std::string> paths,
                                std::chrono::milliseconds deadline = std::chrono::seconds(2));

/// The same with any reader, in a child. After four that are stuck the others count as stuck too.
using SlowReader = std::function<std::optional<std::string>(const std::string&)>;
std::vector<SlowText> read_in_child(const SlowReader& reader, std::span<const std::string> paths,
                                    std::chrono::milliseconds deadline);

}  // namespace ctrlpass
