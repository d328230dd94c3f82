// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/commands/console.hpp"

#include <unistd.h>

#include <cstdio>

#include "src/render/render.hpp"
#include "src/render/render_json.hpp"

namespace ctrlpass {

Console::Console(const Options& options)
    : json_(options.json),
      style_(Style::of(options.color, STDOUT_FILENO)),
      error_style_(Style::of(options.color, STDERR_FILENO)) {}

void Console::print(const std::string& text) const {
    const std::string shown = json_ ? json_on_terminal(text) : text;
    std::fwrite(shown.data(), 1, shown.size(), stdout);
    std::fflush(stdout);
}

bool Console::arrived() { return std::fflush(stdout) == 0 && std::ferror(stdout) == 0; }

void Console::note(const std::string& text) const {
    const std::string line = "ctrlpass: " + printable(text) + "\n";
    std::fwrite(line.data(), 1, line.size(), stderr);
}

void Console::say(const Error& error) const {
    const std::string text = error_text(error, error_style_);
    std::fwrite(text.data(), 1, text.size(), stderr);
}

int Console::fail(const std::string& command, const Error& error) const {
    if (json_) print(error_json(command, error));
    say(error);
    return exit_code_of(error);
}

}  // namespace ctrlpass
