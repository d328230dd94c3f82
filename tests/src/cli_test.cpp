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

TEST_CASE("an option or a name with nothing in it is an error") {
    CHECK(error_of({"init", "--controller", "0000:01:00.0", "--vm", ""})
              .starts_with("--vm needs NAME"));
    CHECK(error_of({"init", "--controller", ""}).starts_with("--controller needs ADDRESS"));
    CHECK(error_of({"init", "--from", ""}).starts_with("--from needs PROFILE"));
    CHECK(error_of({"plan", "front", "--root", ""}).starts_with("--root needs DIR"));
    CHECK(error_of({"apply", "front", "--state", ""}).starts_with("--state needs DIR"));
    CHECK(error_of({"status", "--state="}).starts_with("--state needs DIR"));
    CHECK(error_of({"capture", ""}).starts_with("directory needs DIR"));
    CHECK(error_of({"plan", "front", ""}).starts_with("profile needs NAME"));
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
    for (const char* const command : {"rollback", "confirm", "status", "check", "doctor"})
        CHECK(
            error_of({command, "front", "--i-may-lock-myself-out"}).starts_with("unknown option"));
}

TEST_CASE("a deadline is a number of seconds from 1 to 3600, for the commands that write") {
    CHECK(parse({"apply", "front"})->options.deadline == 30);
    for (const char* const command : {"apply", "confirm", "rollback"}) {
        CAPTURE(std::string(command));
        CHECK(parse({command, "front", "--deadline", "1"})->options.deadline == 1);
        CHECK(parse({command, "front", "--deadline=3600"})->options.deadline == 3600);
        for (const char* const bad : {"0", "-1", "3601", "1.5", "x", "1s", "", "99999999999999"})
            CHECK_MESSAGE(error_of({command, "front", "--deadline", bad}).find("--deadline") !=
                              std::string::npos,
                          bad);
        CHECK_FALSE(error_of({command, "front", "--deadline"}).empty());
    }
    for (const char* const command : {"plan", "status", "check", "doctor"})
        CHECK(error_of({command, "front", "--deadline", "5"}).starts_with("unknown option"));
}

TEST_CASE("only apply waits for a confirmation, for a second to a day") {
    CHECK(parse({"apply", "front"})->options.confirm_within == 0);
    CHECK(parse({"apply", "front", "--confirm-within", "1"})->options.confirm_within == 1);
    CHECK(parse({"apply", "--all", "--confirm-within", "86400"})->options.confirm_within == 86400);
    for (const char* const bad : {"0", "-60", "86401", "60s", "1e3", "", "99999999999999999999"})
        CHECK_MESSAGE(
            error_of({"apply", "front", "--confirm-within", bad}).find("--confirm-within") !=
                std::string::npos,
            bad);
    for (const char* const command : {"plan", "rollback", "confirm", "status", "doctor"})
        CHECK(error_of({command, "front", "--confirm-within", "60"}).starts_with("unknown option"));
}

TEST_CASE("confirm takes names or none, and neither --all nor another root") {
    CHECK(parse({"confirm"})->options.names.empty());
    CHECK(parse({"confirm", "a", "b"})->options.names == std::vector<std::string>{"a", "b"});
    CHECK(error_of({"confirm", "--all"}).starts_with("unknown option"));
    CHECK(error_of({"confirm", "a", "--root", "/x"}).starts_with("unknown option"));
}

TEST_CASE("init pins a profile anew or writes one, not both, and needs one of the two") {
    CHECK(parse({"init", "--from", "front"})->options.from == "front");
    CHECK(parse({"init", "--from", "front", "--controller", "0000:26:00.0"})->options.controller ==
          "0000:26:00.0");
    CHECK_FALSE(error_of({"init", "--from", "front", "--vm", "win11"}).empty());
    CHECK(error_of({"init"}).starts_with("no controller is named"));
    CHECK(error_of({"init", "--from"}).find("--from") != std::string::npos);
    CHECK(error_of({"init", "--form", "front"}) ==
          "unknown option '--form' | Did you mean '--from'?");
}

TEST_CASE("what the armed way back says stands alone, and is shown and suggested to nobody") {
    const auto line = parse({"rollback", "--unconfirmed", "t-1", "--after", "60"});
    REQUIRE(line.has_value());
    CHECK(line->options.unconfirmed == "t-1");
    CHECK(line->options.after == 60);
    CHECK_FALSE(error_of({"rollback", "front", "--unconfirmed", "t-1"}).empty());
    CHECK_FALSE(error_of({"rollback", "--all", "--unconfirmed", "t-1"}).empty());
    CHECK_FALSE(error_of({"rollback", "front", "--after", "60"}).empty());
    CHECK_FALSE(error_of({"rollback", "--unconfirmed", "t-1", "--after", "-1"}).empty());
    CHECK_FALSE(error_of({"rollback", "--unconfirmed", ""}).empty());
    CHECK(parse({"rollback", "--help"})->text.find("unconfirmed") == std::string::npos);
    CHECK(error_of({"rollback", "--unconfirmd", "t-1"}).find("--unconfirmed") == std::string::npos);
}

TEST_CASE("help and version are text, not errors") {
    CHECK(parse({"--version"})->text.starts_with("ctrlpass "));
    CHECK(parse({"--help"})->text.find("apply") != std::string::npos);
    CHECK(parse({"apply", "--help"})->text.find("--all") != std::string::npos);
}
