// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "src/commands/programs.hpp"

namespace ctrlpass {

/// A word as an argument of a transient unit: systemd expands ${NAME} and $NAME when it starts the
/// service, and "$$" is one '$' (systemd.service(5)). It expands no '%' there, and neither of them
/// in the path of the program.
std::string transient_argument(const std::string& word);

/// Starts this program with these words as a transient service that is ready (Type=notify) when
/// this returns. Nothing collects it when it fails: it stays among the failed units. Then `differs`
/// is an error as well: systemd runs other words than these; the service is stopped.
struct TransientService {
    std::string unit;         ///< "NAME.service"
    std::string description;  ///< plain
    Words words;              ///< the first is the path of this program

    enum class Came { started, not_started, differs };
    Came start() const;
};

/// Whether it runs or not, and what it is left of: a failed one is forgotten.
void stop_units(const Words& units);

}  // namespace ctrlpass
