// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>

#include <vector>

#include "src/commands/options.hpp"

using namespace ctrlpass;

namespace {

Result<CommandLine> parse(std::vector<const char*> words) {
    words.insert(words.begin(), "ctrlpass");
    return parse_command_line(static_cast<int>(words.size()), words.data());
}

std::string error_of(const std::vector<const char*>& words) {
    const auto line = parse(words);
    if (line) return "";
    CHECK(line.error().trouble == Trouble::bad_input);
    return line.error().what + " | " + line.error().hint;
}

}  // namespace

TEST_CASE("commands and their options become a value") {
    const auto line = parse({"plan", "front", "rear", "--exit-code", "--json", "--state", "/s"});
    REQUIRE(line.has_value());
    CHECK(line->options.command == Command::plan);
    CHECK(line->options.names == std::vector<std::string>{"front", "rear"});
    CHECK(line->options.exit_code);
    CHECK(line->options.json);
    CHECK(line->options.state == "/s");
}

TEST_CASE("an unknown command, option or value is an error with the nearest known one") {
    CHECK(error_of({"aply", "front"}) == "unknown command 'aply' | Did you mean 'apply'?");
    CHECK(error_of({"apply", "front", "--jsn"}) ==
          "unknown option '--jsn' | Did you mean '--json'?");
    CHECK(error_of({"--jso"}).starts_with("unknown option '--jso'"));
    CHECK_FALSE(error_of({"inspect", "--color", "sometimes"}).empty());
    CHECK_FALSE(error_of({"inspect", "extra"}).empty());
    CHECK_FALSE(error_of({}).empty());
}

TEST_CASE("a command that needs profiles says so") {
    CHECK(error_of({"apply"}).starts_with("no profile is named"));
    CHECK(error_of({"rollback"}).starts_with("no profile is named"));
    CHECK_FALSE(error_of({"plan"}).empty());
    CHECK(error_of({"apply", "--all"}).empty());
    CHECK_FALSE(error_of({"apply", "--all", "front"}).empty());
}

TEST_CASE("only reading commands take another root") {
    CHECK(error_of({"plan", "front", "--root", "/x"}).empty());
    CHECK_FALSE(error_of({"apply", "front", "--root", "/x"}).empty());
    CHECK_FALSE(error_of({"rollback", "front", "--root", "/x"}).empty());
}

TEST_CASE("only plan and apply of named profiles may lock the user out") {
    CHECK(parse({"apply", "front", "--i-may-lock-myself-out"})->options.may_lock_out);
    CHECK(parse({"plan", "front", "--i-may-lock-myself-out"})->options.may_lock_out);
    CHECK_FALSE(parse({"apply", "front"})->options.may_lock_out);
    CHECK_FALSE(error_of({"apply", "--all", "--i-may-lock-myself-out"}).empty());
    CHECK_FALSE(error_of({"rollback", "front", "--i-may-lock-myself-out"}).empty());
}

TEST_CASE("help and version are text, not errors") {
    CHECK(parse({"--version"})->text.starts_with("ctrlpass "));
    CHECK(parse({"--help"})->text.find("apply") != std::string::npos);
    CHECK(parse({"apply", "--help"})->text.find("--all") != std::string::npos);
}
