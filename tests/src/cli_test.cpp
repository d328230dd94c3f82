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
    CHECK(error_of({"inspect", "--color", "sometimes"})
              .starts_with("--color: 'sometimes' is none of auto, always, never"));
    CHECK(error_of({"inspect", "extra"}).starts_with("unknown word 'extra'"));
}

TEST_CASE("what is missing, out of range or one too many is said in plain words") {
    CHECK(error_of({}).starts_with("no command is named"));
    CHECK(error_of({"plan"}).starts_with("no profile is named"));
    CHECK(error_of({"capture"}).starts_with("no directory is named"));
    CHECK(error_of({"apply", "front", "--deadline"}).starts_with("--deadline needs SECONDS"));
    for (const char* const wrong : {"0", "3601", "1.5", "ten", " 3", "99999999999999999999"})
        CHECK(error_of({"apply", "front", "--deadline", wrong})
                  .starts_with("--deadline: '" + std::string(wrong) +
                               "' is no whole number from 1 to 3600"));
    CHECK(error_of({"apply", "front", "--confirm-within", "86401"})
              .starts_with("--confirm-within: '86401' is no whole number from 1 to 86400"));
    CHECK(error_of({"apply", "front", "--deadline", "3", "--deadline", "4"})
              .starts_with("--deadline is given twice"));
    CHECK(error_of({"apply", "--all=yes"}).starts_with("--all takes no value"));
    CHECK(error_of({"plan", "front", "--json=5"}).starts_with("--json takes no value"));
    CHECK(error_of({"apply", "front", "--all"}).starts_with("profile cannot go with --all"));
    CHECK(error_of({"init", "--from", "front", "--vm", "win11"})
              .starts_with("--vm cannot go with --from"));
}

TEST_CASE("a command that needs profiles says so") {
    CHECK(error_of({"apply"}).starts_with("no profile is named"));
    CHECK(error_of({"rollback"}).starts_with("no profile is named"));
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
