// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ctrlpass {

/// Text from hardware, guests and processes is hostile: control characters, what is no UTF-8, and
/// characters that turn or hide what stands beside them are shown escaped (\x1b, \u202e). A
/// backslash stays as it is.
std::string printable(std::string_view hostile);

/// Is it well-formed UTF-8 from its first byte to its last?
bool is_utf8(std::string_view text);

/// A JSON document in whose strings the same characters are \u escapes: it means the same and is
/// safe to look at.
std::string json_on_terminal(std::string_view document);

/// As one word for a shell, quoted where that is needed: commands in hints are for pasting. What
/// cannot be shown is escaped in the manner of bash, $'a\x0ab'.
std::string shell_word(const std::string& text);

/// As one word for sh, whatever is in it (POSIX; bash's own quoting is none for it).
std::string sh_word(const std::string& text);

/// "a, b, c".
std::string joined(const std::vector<std::string>& parts);

/// Columns that printable text takes on a terminal.
std::size_t width_of(std::string_view text);

/// With spaces up to the width.
std::string padded(std::string text, std::size_t width);

/// `--color`: automatic means on a terminal, unless NO_COLOR is set (https://no-color.org).
enum class Color { automatic, always, never };

enum class Ink { strong, good, warning, bad, faint };

/// Paints, or does not.
class Style {
  public:
    Style() = default;
    explicit Style(bool colored) : colored_(colored) {}
    static Style of(Color color, int descriptor);

    std::string paint(Ink ink, const std::string& text) const;

  private:
    bool colored_ = false;
};

}  // namespace ctrlpass
