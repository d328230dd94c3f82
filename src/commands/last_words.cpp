// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/commands/last_words.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <exception>
#include <string_view>

#include "src/commands/options.hpp"

namespace ctrlpass::last_words {

namespace {

/// A text in memory that is there.
template <std::size_t size>
class Fixed {
  public:
    void set(std::string_view text) {
        length_ = std::min(text.size(), size);
        std::copy_n(text.data(), length_, text_.data());
    }
    std::string_view text() const { return {text_.data(), length_}; }

  private:
    std::array<char, size> text_{};
    std::size_t length_ = 0;
};

// std::terminate hands nothing to its handler.
constinit Fixed<4096> document;
constinit Fixed<256> transaction;
int exit_code_then = exit_code::failed;

void say(int descriptor, std::string_view text) {
    [[maybe_unused]] const auto written = ::write(descriptor, text.data(), text.size());
}

[[noreturn]] void end() {
    say(STDERR_FILENO, "ctrlpass: cannot go on\n  there is not enough memory\n");
    if (!transaction.text().empty()) {
        say(STDERR_FILENO, "Transaction ");
        say(STDERR_FILENO, transaction.text());
        say(STDERR_FILENO,
            " may be unfinished. Put it back:\n    ctrlpass rollback --unfinished\n");
    }
    say(STDOUT_FILENO, document.text());
    ::_exit(transaction.text().empty() ? exit_code_then : exit_code::stuck);
}

/// Before the constructors of globals, those of CLI11's headers among them, allocate anything.
[[gnu::constructor(101)]] void prepare() { std::set_terminate(end); }

}  // namespace

void set_document(const std::string& json) { document.set(json); }
void drop_document() { document.set(""); }
void set_code(int code) { exit_code_then = code; }
void set_transaction(const std::string& id) { transaction.set(id); }

}  // namespace ctrlpass::last_words
