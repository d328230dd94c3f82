// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ctrlpass {

/// One assignment of a shell variable, as sh(1) reads it.
struct ShellAssignment {
    /// A stretch of the value: text without its quotes and escapes, or the name of a variable.
    struct Part {
        bool is_variable = false;
        std::string text;
        bool operator==(const Part&) const = default;
    };
    std::string name;
    std::vector<Part> parts;
    bool appends = false;   ///< NAME+=…
    bool exported = false;  ///< export NAME=…
    bool single_quoted = false;
    /// The text alone tells the value: it has no $(…), no ${NAME:-…} and the like.
    bool is_plain = true;
    bool is_alone = true;  ///< its lines have no other statement
    std::string comment;   ///< behind it in its last line, with the '#'; "" where it is not alone
    std::size_t first_line = 0;
    std::size_t last_line = 0;
    bool operator==(const ShellAssignment&) const = default;

    bool mentions(const std::string& variable) const;
};

/// What a file that a shell reads does to variables.
struct ShellText {
    std::vector<ShellAssignment> assignments;  ///< in order, those that happen in any case
    /// The line of the first statement that may change these variables in a way that the text alone
    /// does not tell: a condition, a command, another file that is read, an early end.
    std::optional<std::size_t> not_understood;
    bool operator==(const ShellText&) const = default;
};

/// The assignments of the variables whose names begin so.
ShellText read_shell_assignments(std::string_view text, std::string_view prefix);

/// The line, without its end, that the shell reads as this assignment, and its comment.
std::string shell_line(const ShellAssignment& assignment);

}  // namespace ctrlpass
