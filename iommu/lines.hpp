// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ctrlpass {

/// The lines of a table, without their ends.
std::vector<std::string> lines_of(std::string_view text);

/// The words between white space, as they stand there.
std::vector<std::string> words_of(std::string_view line);

/// The parts between separators, empty ones too.
std::vector<std::string> parts_of(std::string_view text, char separator);

/// The words of a line, unescaped. The kernel and fstab write white space and backslashes within a
/// word as \ooo, octal (fs/proc_namespace.c mangle).
std::vector<std::string> fields_of(std::string_view line);

/// One word of such a table, unescaped.
std::string unescaped(std::string_view text);

/// Without white space at its ends.
std::string trimmed(std::string_view text);

/// A value without the pair of quotes around it, if there is one.
std::string unquoted(std::string value);

}  // namespace ctrlpass
