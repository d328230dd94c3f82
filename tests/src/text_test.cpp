// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/render/text.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/support/run_program.hpp"
#include "tests/support/temp_tree.hpp"

using namespace ctrlpass;
using namespace ctrlpass::tests;

TEST_CASE("control characters and what is no UTF-8 are shown escaped") {
    CHECK(printable("Stick \x1b[2J\x07") == "Stick \\x1b[2J\\x07");
    CHECK(printable("a\xff\xc0\x80 b\n") == "a\\xff\\xc0\\x80 b\\x0a");
    CHECK(printable("Gerät – 日本") == "Gerät – 日本");
    CHECK(printable("\xc2\x9b"
                    "31m") == "\\x9b31m");
}

TEST_CASE("characters that turn or hide the text around them are shown escaped") {
    CHECK(printable("abc\xe2\x80\xae"
                    "cba") == "abc\\u202ecba");
    CHECK(printable("a\xe2\x80\x8b"
                    "b") == "a\\u200bb");
    CHECK(printable("\xf3\xa0\x81\x81") == "\\U000e0041");
}

TEST_CASE("a word for a shell stays one word and one line, whatever is in it") {
    CHECK(shell_word("/mnt/usb-1") == "/mnt/usb-1");
    CHECK(shell_word("") == "''");
    CHECK(shell_word("my disk") == "'my disk'");
    CHECK(shell_word("it's $(reboot); `x` \"<&>\"") == "'it'\\''s $(reboot); `x` \"<&>\"'");
    CHECK(shell_word("a\nb'c\\") == "$'a\\x0ab\\'c\\\\'");
    CHECK(shell_word("\x1b[2J\xff") == "$'\\x1b[2J\\xff'");
    CHECK(shell_word("a\xe2\x80\xae") == "$'a\\xe2\\x80\\xae'");
    for (const char* const word : {"it's $(reboot)", "a\nb'c\\", "\x1b[2J\xff", "a\xe2\x80\xae"}) {
        CHECK(printable(shell_word(word)) == shell_word(word));
    }
}

TEST_CASE("a document in JSON cannot write to the terminal and means the same") {
    const std::string text =
        "{\"a\":\"\x7f \xc2\x9b \xe2\x80\xae \xf3\xa0\x81\x81 Ger\xc3\xa4t\"}\n";
    const std::string shown = json_on_terminal(text);
    CHECK(shown == "{\"a\":\"\\u007f \\u009b \\u202e \\udb40\\udc41 Ger\xc3\xa4t\"}\n");
    CHECK(nlohmann::json::parse(shown) == nlohmann::json::parse(text));
}

TEST_CASE("columns are counted as a terminal does") {
    CHECK(width_of("Gerät") == 5);
    CHECK(width_of("日本") == 4);
    CHECK(padded("日本", 6) == "日本  ");
}

TEST_CASE("nothing is painted without colour") {
    CHECK(Style().paint(Ink::bad, "x") == "x");
    CHECK(Style(true).paint(Ink::bad, "x") == "\x1b[31mx\x1b[0m");
}

TEST_CASE("a word for sh is read by sh as it is") {
    const std::vector<std::string> words{
        "/plain",   "",       "my disk",      "it's $(reboot) `x` \"<&>\" \\",
        "a\tb",     "-x\x01", "%d\n%s",       "\x1b[2J\xff\xfe",
        "end\n\n",  "\n",     "\xe2\x80\xae", "!x ~ # *",
        "\\033\x7f"};
    for (const std::string shell : {"sh", "bash --posix", "busybox sh"}) {
        if (run_command("command -v " + shell.substr(0, shell.find(' '))).code != 0) continue;
        for (const std::string& word : words) {
            const TempDir folder;
            std::ofstream(folder.path() + "/script", std::ios::binary)
                << "printf '%s' " << sh_word(word) << "\n";
            const Run ran = run_command(shell + " " + folder.path() + "/script");
            CHECK_MESSAGE(ran.output == word, shell);
        }
    }
}
