// SPDX-License-Identifier: GPL-2.0-or-later
// What could come next on a command line. (How bash shows it: scripts/check-completion.)
#include <doctest/doctest.h>

#include <algorithm>

#include "src/commands/expected.hpp"
#include "tests/support/plan_of.hpp"
#include "tests/support/run_program.hpp"

using namespace ctrlpass;
using ctrlpass::tests::run_command;
using ctrlpass::tests::two_controllers;

namespace {

Expected expected(const std::vector<std::string>& words) {
    return expected_at(command_words(), words);
}

bool offers(const Expected& expected, const std::string& word) {
    return std::ranges::find(expected.words, word, &Expected::Word::word) != expected.words.end();
}

std::string complete(const std::string& words) {
    return run_command(std::string(CTRLPASS_BINARY) + " complete " + words).output;
}

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a command comes first, and what is hidden is not offered") {
    const Expected first = expected({""});
    CHECK(first.kind == Expected::Kind::word);
    CHECK(offers(first, "apply"));
    CHECK_FALSE(offers(first, "hook"));
    CHECK_FALSE(offers(first, "complete"));
    CHECK(expected({"nonsense", ""}).kind == Expected::Kind::nothing);
}

TEST_CASE("options are those of the command that are not there yet") {
    const Expected options = expected({"rollback", "--json", "front", "--"});
    CHECK(offers(options, "--all"));
    CHECK(offers(options, "--state"));
    CHECK_FALSE(offers(options, "--json"));
    CHECK_FALSE(offers(options, "--unconfirmed"));
    CHECK(offers(expected({"inspect", ""}), "--root"));
}

TEST_CASE("a value is what its option takes, and the words before it say where to look") {
    const Expected address = expected({"init", "--root", "/r", "--controller", "0000:"});
    CHECK(address.kind == Expected::Kind::address);
    CHECK(address.root == "/r");
    CHECK(expected({"init", "--vm", ""}).kind == Expected::Kind::nothing);
    CHECK(expected({"init", "--from", ""}).kind == Expected::Kind::profile);
    CHECK(expected({"plan", "--state", ""}).kind == Expected::Kind::directory);
    CHECK(expected({"plan", "--as", ""}).kind == Expected::Kind::file);
    CHECK(expected({"metrics", "--output", ""}).kind == Expected::Kind::file);
    CHECK(expected({"log", ""}).kind == Expected::Kind::recorded);
    const Expected color = expected({"plan", "--color", ""});
    CHECK(color.kind == Expected::Kind::word);
    CHECK(offers(color, "never"));
    CHECK(expected({"plan", "--color=never", ""}).kind == Expected::Kind::profile);
}

TEST_CASE("an argument is what its command takes, and no more of it than that") {
    CHECK(expected({"apply", "front", ""}).kind == Expected::Kind::profile);
    CHECK(expected({"apply", "front", ""}).given == std::vector<std::string>{"front"});
    CHECK(expected({"rollback", ""}).kind == Expected::Kind::applied);
    CHECK(expected({"status", "--json", ""}).kind == Expected::Kind::recorded);
    CHECK(expected({"confirm", ""}).kind == Expected::Kind::waiting);
    CHECK(expected({"capture", ""}).kind == Expected::Kind::directory);
    CHECK(expected({"pin", ""}).kind == Expected::Kind::profile);
    CHECK(expected({"pin", "front", ""}).kind == Expected::Kind::word);
}

TEST_CASE("controllers are offered with what hangs on them and what they would cost") {
    const MachineTree tree = MachineTree::load("x470");
    const std::string all = complete("init --root " + tree.directory() + " --controller ''");
    CHECK(std::ranges::count(all, '\n') == std::ranges::count(all, '\t'));
    CHECK_MESSAGE(has(all, "0000:30:00.4\txhci, "), all);
    const std::string one =
        complete("init --root " + tree.directory() + " --controller 0000:30:00.4");
    CHECK_MESSAGE(std::ranges::count(one, '\n') == 1, one);
}

TEST_CASE("what the hardware calls itself cannot write to the terminal by completion") {
    const MachineTree tree = two_controllers(
        R"("usb":[{"controller":"0000:00:14.0","devices":[{"port":"1-1","id":"1b1c:1b13",
        "product":"K\u001b]0;x\tY"}]}])");
    const std::string text = complete("init --root " + tree.directory() + " --controller ''");
    CHECK_MESSAGE(has(text, "1 device"), text);
    CHECK_MESSAGE(has(text, "K\\x1b]0;x\\x09Y"), text);
    CHECK_FALSE(has(text, "\x1b"));
}
