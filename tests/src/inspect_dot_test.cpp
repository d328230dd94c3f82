// SPDX-License-Identifier: GPL-2.0-or-later
// The picture of the host. tests/golden/inspect/b550-itx.dot is what man/inspect.svg is made from.
#include "src/render/inspect_dot.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "src/commands/inspection.hpp"
#include "tests/support/plan_of.hpp"
#include "tests/support/run_program.hpp"

using namespace ctrlpass;
using namespace ctrlpass::tests;

namespace {

const std::string golden = TESTS_DIR "/golden/inspect/b550-itx.dot";

/// As pci.ids has them, whichever is installed.
std::string name_of(const PciId& id) {
    const std::map<std::string, std::string> names{
        {"1022:43ee",
         "Advanced Micro Devices, Inc. [AMD] 500 Series Chipset USB 3.1 XHCI Controller"},
        {"1022:1639", "Advanced Micro Devices, Inc. [AMD] Renoir/Cezanne USB 3.1"}};
    const auto found = names.find(to_string(id));
    return found == names.end() ? "" : found->second;
}

std::string picture_of(const MachineTree& tree) {
    const auto seen = inspect_host(*Root::open(tree.directory()));
    REQUIRE(seen.has_value());
    return inspect_dot(seen->host, seen->verdicts, name_of);
}

std::string content(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    return text.str();
}

/// What Graphviz makes of it; nothing where it is not installed.
std::optional<Run> drawn(const std::string& picture) {
    if (run_command("command -v dot").code != 0) return std::nullopt;
    const TempDir directory;
    const std::string path = directory.path() + "/host.dot";
    std::ofstream(path, std::ios::binary) << picture;
    return run_command("dot -Tsvg " + path);
}

std::size_t count_of(const std::string& text, const std::string& part) {
    std::size_t count = 0;
    for (std::size_t at = 0; (at = text.find(part, at)) != text.npos; ++at) ++count;
    return count;
}

}  // namespace

TEST_CASE("the picture of a host is the one that is expected") {
    const std::string picture = picture_of(MachineTree::load("b550-itx"));
    if (std::getenv("CTRLPASS_UPDATE") != nullptr) std::ofstream(golden) << picture;
    CHECK(picture == content(golden));
}

TEST_CASE("the manual's picture shows every node of the expected one") {
    const std::string svg = content(TESTS_DIR "/../man/inspect.svg");
    std::istringstream lines(content(golden));
    std::size_t nodes = 0;
    for (std::string line; std::getline(lines, line);) {
        const auto end = line.find("\" [label=");
        if (end == line.npos || line.find(" -> ") != line.npos) continue;
        const auto begin = line.find('"') + 1;
        std::string title = line.substr(begin, end - begin);
        for (std::size_t at = 0; (at = title.find('-', at)) != title.npos; at += 5)
            title.replace(at, 1, "&#45;");
        CAPTURE(title);
        CHECK(has(svg, "<title>" + title + "</title>"));
        ++nodes;
    }
    CHECK(nodes == 11);
    CHECK(count_of(svg, "class=\"node\"") == nodes);
}

TEST_CASE("controllers have the colour of their verdict") {
    const std::string picture = picture_of(MachineTree::load("b550-itx"));
    CHECK(count_of(picture, "fillcolor=\"#dcf1e0\"") == 1);
    CHECK(count_of(picture, "fillcolor=\"#fdf2d0\"") == 1);
    CHECK(count_of(picture, "fillcolor=\"#f9dedc\"") == 1);
}

TEST_CASE("all functions of a controller's group are in its frame, each once") {
    const std::string picture = picture_of(MachineTree::load("m75s-shared-groups"));
    CHECK(count_of(picture, "subgraph") == 2);
    for (const std::string address : {"0000:02:00.0", "0000:07:00.0", "0000:0c:00.6"}) {
        CAPTURE(address);
        CHECK(count_of(picture, "    \"" + address + "\" [label=") == 1);
    }
}

TEST_CASE("companions are joined by a line of their own, each pair once") {
    const std::string picture = picture_of(MachineTree::load("990fx"));
    CHECK(count_of(picture, "\"0000:00:12.0\" -> \"0000:00:12.2\" [style=dotted") == 1);
    CHECK(count_of(picture, "\"0000:00:12.2\" -> \"0000:00:12.0\" [style=dotted") == 0);
}

TEST_CASE("without groups the controllers are still there") {
    const std::string picture = picture_of(MachineTree::load("dual-xeon-no-groups"));
    CHECK(count_of(picture, "subgraph") == 0);
    CHECK(count_of(picture, "penwidth") > 0);
}

TEST_CASE("a name from the hardware cannot leave its label") {
    const MachineTree tree = MachineTree::load("b550-itx");
    const std::string product = "sys/devices/pci0000:00/0000:00:02.1/0000:01:00.0/usb1/1-1/product";
    REQUIRE(Root::open(tree.directory())->exists(product));
    const std::string quiet = picture_of(tree);
    tree.write(product, "a\"]; evil [label=\"\\N \\\" <b>&lt;\x1b[31m \xe2\x80\xae\xff\n{|}\n");
    const std::string picture = picture_of(tree);
    CHECK(has(picture,
              "a\\\"]; evil [label=\\\"\\\\N \\\\\\\" &lt;b&gt;&amp;lt;\\\\x1b[31m "
              "\\\\u202e\\\\xff\\\\x0a{|}\\l\"]"));
    CHECK(count_of(picture, "\n") == count_of(quiet, "\n"));
    if (const auto svg = drawn(picture)) {
        CHECK(svg->code == 0);
        CHECK_FALSE(has(svg->output, "Warning"));
        CHECK_FALSE(has(svg->output, "<title>evil</title>"));
        CHECK(has(svg->output, "a&quot;]; evil [label=&quot;\\N \\&quot; &lt;b&gt;&amp;lt;\\x1b"));
        CHECK(count_of(svg->output, "class=\"node\"") == 11);
    }
}

TEST_CASE("Graphviz takes the picture of every captured machine") {
    for (const std::string name :
         {"b550-itx", "busy-desk", "t480-thunderbolt", "dual-xeon-no-groups"}) {
        CAPTURE(name);
        const std::string words = " inspect --dot --root ";
        const MachineTree tree = MachineTree::load(name);
        const Run picture =
            run_command(CTRLPASS_BINARY + words + tree.directory() + " 2>/dev/null");
        CHECK(picture.code == 0);
        const auto svg = drawn(picture.output);
        if (!svg) continue;
        CHECK(svg->code == 0);
        CHECK(has(svg->output, "</svg>"));
        CHECK_FALSE(has(svg->output, "Warning"));
    }
    CHECK(run_command(std::string(CTRLPASS_BINARY) + " inspect --dot --json").code == 2);
}
