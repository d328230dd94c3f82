// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/shell_assignments.hpp"

#include <doctest/doctest.h>

#include "tests/support/run_program.hpp"
#include "tests/support/temp_tree.hpp"

using namespace ctrlpass;

namespace {

ShellText read(const std::string& text) { return read_shell_assignments(text, "A"); }

/// The value of "A" after the text, with what variables stand in it as ${NAME}.
std::string value(const std::string& text) {
    std::string value;
    for (const auto& one : read(text).assignments) {
        if (!one.appends) value.clear();
        for (const auto& part : one.parts)
            value += part.is_variable ? "${" + part.text + "}" : part.text;
    }
    return value;
}

/// The same by a shell.
std::string value_in_shell(const std::string& text) {
    const tests::TempTree tree;
    tree.file("text", text);
    const auto run = tests::run_command("bash -c '. " + tree.directory() +
                                        "/text; printf %s \"$A\"' 2> /dev/null");
    return run.output;
}

}  // namespace

TEST_CASE("values are what the shell makes of quotes, escapes and continued lines") {
    for (const std::string text : {"A=quiet",
                                   "A='quiet splash'",
                                   "A=\"quiet splash\"",
                                   "A=qui\"et spl\"'ash x'",
                                   "A=quiet\\ splash",
                                   "A=\"a \\\"b c\\\" \\$d \\\\ \\x\"",
                                   "A='it''s \\x \"y\"'",
                                   "A=\"quiet \\\nsplash\"",
                                   "A=qui\\\net",
                                   "A=a # no more\n",
                                   "A=a#b",
                                   "A=a;",
                                   "A=",
                                   "A=''",
                                   "A=a\nA=b",
                                   "A=a\nA+=\" b\"",
                                   "  A=a\n\texport A=b",
                                   "# A=c\nA=a",
                                   "A=a\n#A=b",
                                   "A=\"a=b c=d,e:f\"",
                                   "A='$x `y`'",
                                   "A=\"cost 5$\"",
                                   "B=1 A=a C=2",
                                   "A=a\n\n\n"}) {
        CAPTURE(text);
        CHECK(value(text) == value_in_shell(text));
        CHECK_FALSE(read(text).not_understood);
    }
}

TEST_CASE("variables within a value are kept apart from its text") {
    CHECK(value("A=\"$A b\"") == "${A} b");
    CHECK(value("A=\"${A} b\"") == "${A} b");
    CHECK(value("A=$B-c") == "${B}-c");
    CHECK(read("A=\"$A b\"").assignments[0].mentions("A"));
    CHECK_FALSE(read("A='$A b'").assignments[0].mentions("A"));
}

TEST_CASE("a value that the text alone does not tell is no plain one") {
    for (const std::string text :
         {"A=$(cat /x)", "A=\"a $(sed 's, x,,' \"/y\") b\"", "A=`cat x || echo y`", "A=${B:-c}",
          "A=\"${B#x}\"", "A=$1", "A=$'x'", "A=\"a\nb\""}) {
        CAPTURE(text);
        const auto found = read(text + "\nA2=x");
        REQUIRE(found.assignments.size() == 2);
        CHECK_FALSE(found.assignments[0].is_plain);
        CHECK(found.assignments[1].is_plain);
        CHECK_FALSE(found.not_understood);
    }
}

TEST_CASE("Debian's and Fedora's own lines do not hide those that follow") {
    const std::string text =
        "GRUB_DISTRIBUTOR=`( . /etc/os-release; echo ${NAME:-Debian} ) 2>/dev/null || echo "
        "Debian`\n"
        "GRUB_OTHER=\"$(sed 's, release .*$,,g' /etc/system-release)\"\n"
        "A=quiet\n";
    const auto found = read(text);
    CHECK_FALSE(found.not_understood);
    REQUIRE(found.assignments.size() == 1);
    CHECK(found.assignments[0].first_line == 3);
}

TEST_CASE("an assignment knows its lines and whether it has them for itself") {
    const auto found = read("\nA=\"a \\\nb\"\nA1=a A2=b\nB=1; A3=c\nA4=d # why\nA5=e; B=2\n");
    REQUIRE(found.assignments.size() == 6);
    CHECK(found.assignments[0].first_line == 2);
    CHECK(found.assignments[0].last_line == 3);
    CHECK(found.assignments[0].is_alone);
    for (const std::size_t shared : {1U, 2U, 3U, 5U})
        CHECK_FALSE(found.assignments[shared].is_alone);
    CHECK(found.assignments[4].is_alone);
}

TEST_CASE("what may change a variable in a way that the text does not tell has its line") {
    const std::vector<std::pair<std::string, std::size_t>> texts{
        {"if [ -e x ]; then\nA=b\nfi\n", 2},
        {"[ -e x ] && A=b\n", 1},
        {"A=quiet splash\n", 1},  // runs a program "splash"
        {"x\nfor i in 1; do A=b; done\n", 2},
        {"case x in\nx) A=b ;;\nesac\n", 2},
        {"f() {\nA=b\n}\n", 2},
        {"(\nA=b\n)\n", 2},
        {"unset A\n", 1},
        {"A=b\n. /etc/other\n", 2},
        {"eval x\n", 1},
        {"exit 0\nA=b\n", 1},
        {"A=\"b\n", 1},
        {"x 'y\nA=b\n", 1},
        {"cat <<E\nA=b\nE\n", 1},
        {"A=(a b)\n", 1},
        {"A=b | x\n", 1}};
    for (const auto& [text, line] : texts) {
        CAPTURE(text);
        CHECK(read(text).not_understood == line);
    }
    for (const std::string text :
         {"if [ -e x ]; then\nB=b\nfi\nA=c\n", "x y z\nA=c\n", "[ -e x ] && B=c\nA=c\n",
          "for i in 1 2; do\n  B=$i\ndone\nA=c", "f() {\n B=1\n}\nA=c"}) {
        CAPTURE(text);
        CHECK_FALSE(read(text).not_understood);
        CHECK(value(text) == "c");
    }
}

TEST_CASE("hostile texts end") {
    const std::string many(60000, '(');
    for (const std::string& text :
         {"A=$" + many, "A=" + many, "A=\"" + many, std::string(60000, '$'), "A=${" + many, many,
          std::string(60000, '\\'), "A=" + std::string(60000, '\\'), std::string("A=a\0b", 5),
          std::string(60000, '`')}) {
        const auto found = read(text);
        CHECK(found.assignments.size() <= 1);
    }
}
