// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "src/commands/options.hpp"
#include "src/render/text.hpp"

namespace ctrlpass {

/// The front end's mouth: nothing else prints.
class Console {
  public:
    explicit Console(const Options& options);

    bool json() const { return json_; }
    Style style() const { return style_; }

    /// To standard output, with `--json` a whole document. Output that cannot be written (a full
    /// disk, a closed pipe) is remembered.
    void print(const std::string& text) const;
    /// Did all of it arrive?
    static bool arrived();
    /// A remark to standard error, one line.
    void note(const std::string& text) const;
    /// The failure to standard error.
    void say(const Error& error) const;
    /// The same, with `--json` as a document to standard output too.
    /// Returns its exit code.
    int fail(const std::string& command, const Error& error) const;

  private:
    bool json_;
    Style style_;
    Style error_style_;
};

}  // namespace ctrlpass
