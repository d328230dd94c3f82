// SPDX-License-Identifier: GPL-2.0-or-later
// What checks want of the kernel command line is one change, told in steps.
#include "tests/src/grub_machine.hpp"
#include "tests/support/run_program.hpp"

using namespace ctrlpass;
using namespace ctrlpass::tests;

TEST_CASE("a comment behind the line stays") {
    CHECK(has(hint_of(with_grub("GRUB_CMDLINE_LINUX_DEFAULT=\"quiet\"  # for the panel\n")),
              "    GRUB_CMDLINE_LINUX_DEFAULT=\"quiet intel_iommu=on\"  # for the panel\n"));
    CHECK(has(hint_of(with_grub("GRUB_CMDLINE_LINUX='a#b' ; # $one\n")),
              "    GRUB_CMDLINE_LINUX='a#b intel_iommu=on'  # $one\n"));
    CHECK(has(hint_of(with_grub("GRUB_CMDLINE_LINUX_DEFAULT=\"a \\\n b\"\t# both\n")),
              "Let lines 1 to 2 of /etc/default/grub say\n"
              "    GRUB_CMDLINE_LINUX_DEFAULT=\"a  b intel_iommu=on\"  # both\n"));
    CHECK_FALSE(has(hint_of(with_grub("GRUB_CMDLINE_LINUX=quiet # \x1b[2J\n")), " say\n"));
}

TEST_CASE("checks that want words of one line get one change with all of them") {
    Json description = with_grub("GRUB_CMDLINE_LINUX_DEFAULT=\"quiet vfio-pci.ids=1912:0014\"\n");
    description["command_line"] = by_grub + " vfio-pci.ids=1912:0014";
    const Diagnosis diagnosis = diagnosed(description);
    const auto iommu = check_of(diagnosis, "iommu", CheckState::stop);
    const auto early = check_of(diagnosis, "early-boot", CheckState::warning);
    CHECK_MESSAGE(
        iommu.hint.starts_with(
            "Add intel_iommu=on to the kernel command line. This one change has the words of "
            "early-boot as well.\nLet line 1 of /etc/default/grub say\n"
            "    GRUB_CMDLINE_LINUX_DEFAULT=\"quiet intel_iommu=on\"\n"
            "Then make GRUB's configuration anew:\n    update-grub\n"),
        iommu.hint);
    CHECK(early.hint ==
          "ctrlpass needs no ids. Take vfio-pci.ids=1912:0014 off the kernel command line: the "
          "change at iommu does that, too.");
    CHECK(diagnosis.words == CommandLineWords{{"intel_iommu=on"}, {"vfio-pci.ids=1912:0014"}});
    CHECK(has(iommu.hint, diagnosis.change_of_line));
}

TEST_CASE("three checks of an AMD machine change the files of GRUB together, and JSON has it") {
    Json description = sound(machine("amd"));
    description["command_line"] =
        by_grub + " pcie_acs_override=downstream vfio-pci.ids=1:2 nointremap";
    description["interrupt_remapping"] = false;
    description["files"][defaults] =
        "GRUB_CMDLINE_LINUX_DEFAULT=\"quiet pcie_acs_override=downstream nointremap\"\n";
    description["files"][folder + "vfio.cfg"] =
        "GRUB_CMDLINE_LINUX=\"vfio-pci.ids=1:2 iommu=pt\"\n";
    const Run result = run_command(std::string(CTRLPASS_BINARY) + " doctor --json --root " +
                                   MachineTree::from(description).directory());
    const Json json = Json::parse(result.output);
    const std::string change = json["kernel_words"]["hint"];
    CHECK_MESSAGE(has(change, "    GRUB_CMDLINE_LINUX_DEFAULT=\"quiet\"\n"), change);
    CHECK(has(change, "    GRUB_CMDLINE_LINUX=\"iommu=pt\"\n"));
    CHECK(change.find("update-grub") == change.rfind("update-grub"));
    CHECK(json["kernel_words"]["add"].empty());
    CHECK(json["kernel_words"]["remove"].size() == 3);
    std::size_t changes = 0;
    std::size_t own = 0;
    for (const Json& check : json["checks"]) {
        changes += has(check["hint"], "update-grub") ? 1 : 0;
        if (!check.contains("kernel_words")) continue;
        ++own;
        const std::string word = check["kernel_words"]["remove"][0];
        CHECK(has(check["hint"], "Take " + word + " off the kernel command line"));
    }
    CHECK(changes == 1);
    CHECK(own == 3);
}

TEST_CASE("a remedy is a sequence of steps in their order") {
    Json description = with_grub("GRUB_CMDLINE_LINUX_DEFAULT=\"quiet\"\n");
    description["command_line"] = by_grub + " intel_iommu=off";
    CHECK(hint_of(description)
              .starts_with(
                  "Let line 1 of /etc/default/grub say\n"
                  "    GRUB_CMDLINE_LINUX_DEFAULT=\"quiet intel_iommu=on\"\n"
                  "Then make GRUB's configuration anew:\n    update-grub\n"
                  "No line of GRUB's defaults has intel_iommu=off: not known where it comes from.\n"
                  "Take intel_iommu=off off the kernel command line there.\n"
                  "It counts from the next boot.\n"));
    description["files"][defaults] = "GRUB_CMDLINE_LINUX_DEFAULT=\"quiet intel_iommu=on\"\n";
    CHECK(hint_of(description)
              .starts_with("intel_iommu=on is in /etc/default/grub already, and not yet on the "
                           "command line of the "
                           "running kernel.\n"
                           "Make GRUB's configuration anew:\n    update-grub\n"
                           "No line of GRUB's defaults has intel_iommu=off: not known where it "
                           "comes from.\n"));
}
