// SPDX-License-Identifier: GPL-2.0-or-later
// GRUB's defaults in a capture: the shell reads of the copy what it reads of the file.
#include "src/capture/capture.hpp"
#include "tests/src/captured_machine.hpp"
#include "tests/src/grub_machine.hpp"

using namespace ctrlpass;
using namespace ctrlpass::tests;

namespace {

struct GrubCopy {
    ShellText here;
    ShellText there;
    std::string text;
    std::string hint_here;
    std::string hint_there;
};

GrubCopy captured_grub(const std::string& text) {
    const MachineTree tree = MachineTree::from(with_grub(text));
    const CapturedMachine captured(tree.directory());
    const auto& [directory, root, copy] = captured;
    GuestHosts guests;
    const auto here = examine(*root, Options{}, guests);
    const auto there = examine(*copy, Options{}, guests);
    return {here->health.boot.grub.at(0).text, there->health.boot.grub.at(0).text,
            copy->read(defaults).value_or(""),
            check_of(diagnose(*here), "iommu", CheckState::stop).hint,
            check_of(diagnose(*there), "iommu", CheckState::stop).hint};
}

}  // namespace

TEST_CASE("a shell reads the same of GRUB's defaults and of their capture") {
    for (const std::string text :
         {"GRUB_CMDLINE_LINUX_DEFAULT=\"quiet splash\"\n",
          "GRUB_TIMEOUT=5\necho hello\nexport GRUB_CMDLINE_LINUX='quiet iommu=pt'\n",
          "GRUB_CMDLINE_LINUX=\"quiet \\\n  iommu=pt\"\nGRUB_CMDLINE_LINUX+=\" ro\"\n",
          "GRUB_CMDLINE_LINUX_DEFAULT=\"$GRUB_CMDLINE_LINUX_DEFAULT quiet\"\n",
          "GRUB_TIMEOUT=1; GRUB_CMDLINE_LINUX=quiet\n",
          "GRUB_CMDLINE_LINUX=quiet GRUB_CMDLINE_LINUX_DEFAULT=\"\"\n",
          "GRUB_CMDLINE_LINUX=\"quiet\\\n\"; GRUB_CMDLINE_LINUX_DEFAULT=splash\n",
          "if true; then\n GRUB_CMDLINE_LINUX=quiet\nfi\nGRUB_CMDLINE_LINUX=ro\n",
          "GRUB_CMDLINE_LINUX=quiet\n. /etc/more\n", "GRUB_CMDLINE_LINUX=\"quiet\n",
          "f() {\n:\n}\nGRUB_CMDLINE_LINUX=quiet\n"}) {
        CAPTURE(text);
        const GrubCopy copy = captured_grub(text);
        CHECK_MESSAGE(copy.here == copy.there, copy.text);
        CHECK(copy.hint_here == copy.hint_there);
    }
}

TEST_CASE("words, variables, commands and comments of GRUB's defaults are left out of a capture") {
    const GrubCopy copy = captured_grub(
        "# Canary0\n"
        "GRUB_CMDLINE_LINUX_DEFAULT=\"quiet secret=Canary1 a${Canary2}b $(Canary3)\"\n"
        "GRUB_CMDLINE_LINUX=\"quiet\"  # Canary4\n"
        "Canary5=1; Canary6 x\n"
        "GRUB_OTHER=Canary7\n");
    CHECK_MESSAGE(!has(copy.text, "Canary0"), copy.text);
    for (const std::string number : {"1", "2", "3", "4", "5", "6", "7"})
        CHECK_FALSE(has(copy.text, "Canary" + number));
    CHECK(has(copy.text, "quiet"));
    REQUIRE(copy.here.assignments.size() == copy.there.assignments.size());
    CHECK_FALSE(copy.there.assignments[0].is_plain);
    CHECK(copy.there.assignments[1].comment == "# masked");
    CHECK(copy.there.assignments[1].first_line == 3);
    CHECK(has(copy.hint_there, "Add at the end of /etc/default/grub"));
}

TEST_CASE("a word that a variable is part of is left out of a capture, and stays one") {
    const GrubCopy copy = captured_grub("GRUB_CMDLINE_LINUX=\"ro root=/dev/$X quiet\"\n");
    CHECK(has(copy.text, "GRUB_CMDLINE_LINUX=\"ro masked${masked} quiet\"\n"));
}

TEST_CASE("a disk that a word of an installer or of systemd names survives in a capture") {
    for (const std::string key : {"inst.ks", "rd.luks.partuuid", "systemd.verity_root_data"}) {
        CAPTURE(key);
        const GrubCopy copy =
            captured_grub("GRUB_CMDLINE_LINUX=\"" + key + "=/dev/disk/by-uuid/0c0ffee1-2a\"\n");
        CHECK_MESSAGE(has(copy.text, key + "=/dev/disk/by-uuid/"), copy.text);
        CHECK_FALSE(has(copy.text, "0c0ffee1"));
    }
}
