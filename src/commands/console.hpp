// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "src/commands/options.hpp"
#include "src/commands/stream.hpp"
#include "src/render/text.hpp"

namespace ctrlpass {

/// The front end's mouth: nothing else prints.
class Console {
  public:
    /// `patience` with whoever reads: a command that changes the machine must not wait for a pager
    /// that was left, with the lock in its hands.
    explicit Console(const Options& options, Stream::Patience patience = std::nullopt);

    bool json() const { return json_; }
    Style style() const { return style_; }

    /// To standard output, with `--json` a whole document. Output that cannot be written (a full
    /// disk, a closed pipe) is remembered, and nothing is printed behind it.
    void print(const std::string& text) const;
    /// Was anything printed?
    bool has_printed() const { return output_.has_begun(); }
    /// errno of the write that failed; 0: all of it arrived.
    int lost() const { return output_.error_number(); }
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
    // What became of the output says nothing about what is printed.
    mutable Stream output_;
    mutable Stream errors_;
};

}  // namespace ctrlpass
