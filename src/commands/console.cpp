// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/commands/console.hpp"

#include <unistd.h>

#include "src/commands/last_words.hpp"
#include "src/render/render.hpp"
#include "src/render/render_json.hpp"

namespace ctrlpass {

Console::Console(const Options& options, Stream::Patience patience)
    : json_(options.json),
      style_(Style::of(options.color, STDOUT_FILENO)),
      error_style_(Style::of(options.color, STDERR_FILENO)),
      output_(STDOUT_FILENO, patience),
      errors_(STDERR_FILENO, patience) {}

void Console::print(const std::string& text) const {
    const std::string shown = json_ ? json_on_terminal(text) : text;
    last_words::drop_document();
    output_.write(shown);
}

void Console::note(const std::string& text) const {
    errors_.write("ctrlpass: " + printable(text) + "\n");
}

void Console::say(const Error& error) const { errors_.write(error_text(error, error_style_)); }

int Console::fail(const std::string& command, const Error& error) const {
    // Behind a document there is no second one.
    if (json_ && !has_printed()) print(error_json(command, error));
    say(error);
    return exit_code_of(error);
}

}  // namespace ctrlpass
