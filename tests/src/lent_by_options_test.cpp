// SPDX-License-Identifier: GPL-2.0-or-later
// Options, aliases and commands by which a driver takes a function from the start.
#include <filesystem>

#include "iommu/ids_options.hpp"
#include "src/capture/capture.hpp"
#include "tests/src/captured_machine.hpp"
#include "tests/src/diagnosed.hpp"
#include "tests/support/temp_tree.hpp"

using namespace ctrlpass;
using namespace ctrlpass::tests;

namespace {

namespace fs = std::filesystem;

using Files = std::map<std::string, std::string>;

/// Where a file's name ends with '*', it may be run.
void write_files(const MachineTree& tree, const Files& files) {
    for (const auto& [name, text] : files) {
        const std::string path = name.substr(0, name.find('*'));
        tree.write(path, text);
        if (path != name) fs::permissions(tree.directory() + "/" + path, fs::perms(0755));
    }
}

std::string findings_of(const Plan& plan) {
    std::string text;
    for (const Finding& finding : plan.findings)
        if (finding.code == "foreign-rule" || finding.code == "ids-option")
            text += finding.code + ": " + finding.message + "\n";
    return text;
}

/// What is said of 0000:00:14.0 (8086:a36d on a board 1043:8808), on the machine and its capture.
std::string said_of(const Files& files) {
    Scene scene = small_scene(R"(,"subsystem":"1043:8808")");
    write_files(scene.tree(), files);
    const Plan plan = scene.plan({small_profile()});
    CHECK_FALSE(plan.is_refused());
    const CapturedMachine captured(scene.directory());
    const auto& [directory, root, copy] = captured;
    const auto facts = gather_facts(*copy, {small_profile()}, {}, nullptr);
    REQUIRE(facts.has_value());
    const std::string there = findings_of(make_plan(*facts));
    const std::string here = findings_of(plan);
    CHECK_MESSAGE(std::ranges::count(here, '\n') == std::ranges::count(there, '\n'),
                  (here + "--\n" + there));
    return here;
}

const std::string lent_ids = "8086:a36d";
const std::string lent_function = "0000:00:14.0";

}  // namespace

TEST_CASE("modprobe with ids in a script, a unit or an initramfs takes what the kernel reads") {
    for (const char* const command :
         {"modprobe vfio-pci ids=8086:a36d", "/sbin/modprobe -v vfio_pci ids=8086:A36D",
          "modprobe vfio-pci disable_vga=1 ids=\"10de:1ad8,8086:a36d\"",
          "insmod /lib/modules/6.1.0/kernel/drivers/vfio/pci/vfio-pci.ko.xz ids=8086:a36d:1043",
          "true && modprobe vfio-pci 'ids=8086:ffffffff:ffffffff:ffffffff:0c0330:ffffff'",
          "modprobe vfio-pci ids=0x8086:0xa36d;true"}) {
        const std::string lines = "#!/bin/sh\n" + std::string(command) + "\n";
        for (const char* const path :
             {"etc/rc.local*", "etc/initramfs-tools/scripts/init-top/vfio*",
              "usr/lib/dracut/modules.d/90vfio/vfio.sh", "etc/local.d/vfio.start*"}) {
            const std::string text = said_of({{path, lines}});
            CHECK_MESSAGE(has(text, ":2 gives every " + lent_ids + ", " + lent_function +
                                        " among them, to vfio-pci (ids)"),
                          command << " " << path << ": " << text);
        }
        CHECK(has(said_of({{"etc/systemd/system/vfio.service",
                            "[Service]\nExecStartPre=/bin/sh -c '" +
                                (std::string(command).find('\'') == std::string::npos
                                     ? std::string(command)
                                     : "modprobe vfio-pci ids=8086:a36d") +
                                "'\n"}}),
                  "vfio.service:2 gives every"));
    }
    for (const char* const start : {"ExecStart=/sbin/", "ExecStart=-", "ExecStop=+/usr/sbin/"})
        CHECK(has(said_of({{"etc/systemd/system/vfio.service",
                            std::string(start) + "modprobe vfio-pci ids=8086:a36d\n"}}),
                  "vfio.service:1 gives every"));
    CHECK(has(said_of({{"etc/rc.local*", "IDS=8086:a36d\nmodprobe vfio-pci ids=$IDS\n"}}),
              "/etc/rc.local:1-2 gives every"));
    CHECK(
        has(said_of({{"etc/rc.local*", "modprobe vfio-pci ids=$(cat /root/ids)\n"}}), "not known"));
    CHECK(has(said_of({{"etc/rc.local*", "modprobe pci-stub ids=8086:a36d\n"}}),
              "binds or unbinds every " + lent_ids));
    CHECK(has(said_of({{"etc/udev/rules.d/9-x.rules",
                        "ACTION==\"add\", SUBSYSTEM==\"module\", RUN+=\"/sbin/modprobe vfio-pci "
                        "ids=8086:a36d\"\n"}}),
              "9-x.rules:1 gives every"));
}

TEST_CASE("modprobe for other functions, boards and modules is silent") {
    for (const char* const command :
         {"modprobe vfio-pci ids=10de:1ad8", "modprobe vfio-pci ids=8086:a36d:1849:2142",
          "# modprobe vfio-pci ids=8086:a36d", "modprobe vfio-pci", "echo ids=8086:a36d",
          "modprobe snd ids=8086:a36d", "modprobe vfio-pci; x ids=8086:a36d",
          "modprobe vfio-pci ids=8086 a36d"})
        CHECK_MESSAGE(said_of({{"etc/rc.local*", std::string(command) + "\n"}}).empty(), command);
    CHECK(said_of(
              {{"etc/rc.local*", "setpci -s 00:14.0 COMMAND=2\nmodprobe vfio-pci ids=10de:1ad8\n"}})
              .empty());
}

TEST_CASE("options of modprobe, of the command line in dracut's files, and install lines count") {
    const std::string goes = " goes to ";
    for (const auto& [path, text, driver] :
         std::vector<std::tuple<std::string, std::string, std::string>>{
             {"etc/modprobe.d/a.conf", "options vfio-pci ids=8086:a36d\n", "vfio-pci"},
             {"usr/lib/modprobe.d/a.conf", "options pci_stub ids=8086:a36d\n", "pci-stub"},
             {"etc/modprobe.d/a.conf", "options vfio_pci \\\n ids=8086:a36d\n", "vfio-pci"},
             {"etc/dracut.conf", "kernel_cmdline=\"quiet vfio-pci.ids=8086:a36d\"\n", "vfio-pci"},
             {"etc/dracut.conf.d/v.conf", "kernel_cmdline+=\" vfio_pci.ids=8086:a36d \"\n",
              "vfio-pci"},
             {"usr/lib/dracut/dracut.conf.d/v.conf", "kernel_cmdline='pci-stub.ids=8086:a36d'\n",
              "pci-stub"},
             {"etc/initramfs-tools/modules", "vfio_pci ids=8086:a36d\n", "vfio-pci"}})
        CHECK_MESSAGE(has(said_of({{path, text}}), "ids-option: /" + path + " has " + driver +
                                                       " ids=8086:a36d: every " + lent_ids + goes +
                                                       driver + ", twins too"),
                      path << said_of({{path, text}}));
    CHECK(has(said_of({{"etc/modprobe.d/a.conf", "options xen-pciback hide=(0000:00:14.0)\n"}}),
              "has xen-pciback hide=(0000:00:14.0): 0000:00:14.0 goes to xen-pciback\n"));
    CHECK(has(said_of({{"etc/modprobe.d/a.conf",
                        "install xhci_pci /sbin/modprobe vfio-pci ids=8086:a36d; /sbin/modprobe "
                        "-i xhci_pci\n"}}),
              "a.conf:1 gives every " + lent_ids));
    CHECK(said_of({{"etc/dracut.conf.d/v.conf", "kernel_cmdline=\"vfio-pci.ids=8086:a36e\"\n"},
                   {"usr/lib/dracut/dracut.conf.d/v.conf",
                    "kernel_cmdline=\"vfio-pci.ids=8086:a36d\"\n"}})
              .empty());
}

TEST_CASE("an alias that leads to vfio-pci is told of the functions that it fits") {
    const std::string file = "etc/modprobe.d/alias.conf";
    for (const char* const name :
         {"pci:v00008086d0000A36Dsv*sd*bc*sc*i*", "pci:v00008086d0000A36Dsv00001043*",
          "pci:v*d*sv*sd*bc0Csc03i30*", "xhci_pci", "xhci-hcd"})
        CHECK_MESSAGE(has(said_of({{file, "# x\nalias " + std::string(name) + " vfio-pci\n"}}),
                          "alias.conf:2 gives every " + lent_ids + ", " + lent_function +
                              " among them, to vfio-pci (alias) when the module is loaded"),
                      name);
    for (const char* const line :
         {"alias pci:v00008086d0000A36Esv*sd*bc*sc*i* vfio-pci", "alias ehci_pci usbcore",
          "alias pci:v00008086d0000A36Dsv*sd*bc*sc*i* xhci_pci", "alias char-major-10-196 vfio",
          "alias pci:v00008086d0000A36Dsv00001849* vfio-pci"})
        CHECK_MESSAGE(said_of({{file, std::string(line) + "\n"}}).empty(), line);
}

TEST_CASE("an install line whose script is not there, or cannot be read, is not understood") {
    const std::string file = "etc/modprobe.d/vfio.conf";
    const std::string unknown = "vfio.conf:1 runs a script that was not understood: ";
    for (const auto& [command, program] : std::vector<std::pair<std::string, std::string>>{
             {"/usr/local/sbin/vfio-bind.sh", "/usr/local/sbin/vfio-bind.sh"},
             {"/bin/sh -c '/etc/vfio/bind.sh; modprobe -i vfio-pci'", "/etc/vfio/bind.sh"},
             {"vfio-pci-bind", "vfio-pci-bind"},
             {"/usr/bin/vfio-pci-bind", "/usr/bin/vfio-pci-bind"}}) {
        const std::string text = said_of({{file, "install vfio-pci " + command + "\n"}});
        CHECK_MESSAGE(has(text, unknown + program), text);
        CHECK(has(text, "so whether it binds " + lent_function + " is not known"));
    }
    for (const char* const command : {"/bin/true", "/sbin/modprobe -i vfio-pci", "true"})
        CHECK_MESSAGE(said_of({{file, "install vfio-pci " + std::string(command) + "\n"}}).empty(),
                      command);
    CHECK(said_of({{file, "install snd_hda_intel /usr/local/sbin/none\n"}}).empty());
    CHECK(said_of({{file, "install vfio-pci /usr/local/sbin/log\n"},
                   {"usr/local/sbin/log", "#!/bin/sh\nlogger vfio\n"}})
              .empty());
}

TEST_CASE("pci-stub and xen-pciback on the kernel command line take functions as vfio-pci does") {
    Function function;
    function.place.address = *parse_address("0000:02:00.1");
    function.id = {0x1b21, 0x2142};
    for (const char* const hide : {"(0000:02:00.1)", "(02:00.1)", "(01:00.0)(02:00.1)",
                                   " (02:00.*) ", "(0:2:0.1)", "(02:*.*)", "(0000:02:*.*)"})
        CHECK_MESSAGE(hides(hide, function.place.address), hide);
    for (const char* const hide : {"(0000:02:00.0)", "02:00.1", "(02:00.1)x", "(02:00.1",
                                   "(02:*.1)", "(1:02:00.1)", "", "(02:00.1),(03:00.0)"})
        CHECK_FALSE_MESSAGE(hides(hide, function.place.address), hide);
    const TempTree tree;
    const auto read = [&](const std::string& line) { return read_ids_options(tree.root(), line); };
    for (const auto& [word, driver] :
         std::map<std::string, std::string>{{"pci-stub.ids=1b21:2142", "pci-stub"},
                                            {"pci_stub.ids=1b21:2142", "pci-stub"},
                                            {"\"pci-stub.ids=1b21:2142\"", "pci-stub"},
                                            {"xen-pciback.hide=(02:00.1)", "xen-pciback"},
                                            {"xen_pciback.hide=(0000:02:00.1)", "xen-pciback"},
                                            {"pciback.hide=(02:00.1)", "pciback"}}) {
        const auto found = read("quiet " + word + " -- vfio-pci.ids=1:1");
        REQUIRE_MESSAGE(found.size() == 1, word);
        CHECK(found[0].driver == driver);
        CHECK(found[0].place == "the kernel command line");
        CHECK_FALSE(taken_by(found[0], function).empty());
    }
}
