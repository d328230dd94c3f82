// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <string>

#include "src/render/inspect.hpp"

namespace ctrlpass {

/// A USB device that came or went, and the controller whose port it is.
struct Plug {
    enum class Kind { plugged, unplugged };
    Kind kind = Kind::plugged;
    std::string port;  ///< "1-2.1"
    PciId id;
    std::string product;  ///< hostile
    Function controller;
    Verdict verdict;
};

/// "+ 1-2  046d:c31c USB Keyboard  0000:01:00.0, IOMMU group 7: can be given away", one line.
std::string plug_text(const Plug& plug, Style style);

/// The lines of `inspect --watch --json`: that it waits, and what came or went.
std::string waiting_json();
std::string plug_json(const Plug& plug);

}  // namespace ctrlpass
