// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <functional>
#include <string>

#include "src/render/inspect.hpp"

namespace ctrlpass {

/// The name of a PCI id, "" where it has none.
using NameOf = std::function<std::string(const PciId&)>;

/// The host as a picture for Graphviz: the groups of the controllers with all their functions, the
/// devices on the ports and what they carry. Controllers have the colour of their verdict.
std::string inspect_dot(const Host& host, const Verdicts& verdicts, const NameOf& name_of);

}  // namespace ctrlpass
