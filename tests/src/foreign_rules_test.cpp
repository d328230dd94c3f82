// SPDX-License-Identifier: GPL-2.0-or-later
// Rules, scripts, units and hooks of others that bind a function.
#include <sys/stat.h>

#include <filesystem>

#include "iommu/read_host.hpp"
#include "tests/src/diagnosed.hpp"

using namespace ctrlpass;
using namespace ctrlpass::tests;

namespace {

namespace fs = std::filesystem;

using Files = std::map<std::string, std::string>;

/// Where a file's name ends with '*', it may be run.
void write(const MachineTree& tree, const Files& files) {
    for (const auto& [name, text] : files) {
        const std::string path = name.substr(0, name.find('*'));
        tree.write(path, text);
        if (path != name) fs::permissions(tree.directory() + "/" + path, fs::perms(0755));
    }
}

/// All that is said of the first controller, one finding a line.
std::string said(const Files& files) {
    Scene scene = small_scene(R"(,"subsystem":"1043:8808")");
    write(scene.tree(), files);
    const Plan plan = scene.plan({small_profile()});
    CHECK_FALSE(plan.is_refused());
    std::string text;
    for (const Finding& finding : plan.findings) {
        if (finding.code != "foreign-rule") continue;
        CHECK(finding.severity == Severity::warn);
        text += finding.message + "\n";
    }
    return text;
}

const std::string rules = "etc/udev/rules.d/";
const std::string not_understood = "runs a script that was not understood: ";

Check early(const Files& files, const std::string& driver, CheckState state) {
    Json description = sound(machine("intel"));
    description["functions"][0]["driver"] = driver;
    if (driver == "vfio-pci") description["functions"][0]["override"] = "vfio-pci";
    const MachineTree tree = MachineTree::from(description);
    write(tree, files);
    return check_of(diagnose(symptoms_of(tree)), "early-boot", state);
}

}  // namespace

TEST_CASE("a rule that tags the function and runs a script is told with both lines") {
    const std::string text =
        said({{rules + "25-vfio-pci-bind.rules",
               "ACTION==\"add\", SUBSYSTEM==\"pci\", KERNEL==\"0000:00:14.0\", "
               "TAG=\"vfio-pci-bind\"\n"
               "TAG==\"vfio-pci-bind\", RUN+=\"/usr/local/lib/udev/vfio-pci-bind.sh $kernel\"\n"}});
    CHECK(has(text, "/etc/udev/rules.d/25-vfio-pci-bind.rules:1-2 names 0000:00:14.0 and " +
                        not_understood + "/usr/local/lib/udev/vfio-pci-bind.sh"));
}

TEST_CASE("a script that a rule runs is read where it is there") {
    const std::string rule =
        "SUBSYSTEM==\"pci\", ATTR{vendor}==\"0x8086\", "
        "ATTR{device}==\"0xa36d\", RUN+=\"/usr/local/bin/give %k\"\n";
    const std::string text =
        said({{rules + "70-give.rules", rule},
              {"usr/local/bin/give", "#!/bin/sh\necho vfio-pci > /sys/x/$1/driver_override\n"}});
    CHECK(has(text,
              "/etc/udev/rules.d/70-give.rules:1 gives every 8086:a36d, 0000:00:14.0 among "
              "them, to vfio-pci (driver_override) whenever udev sees it, by "
              "/usr/local/bin/give"));
    CHECK(has(text, "after ctrlpass rollback too"));
    CHECK(has(said({{rules + "70-give.rules", rule},
                    {"usr/local/bin/give", "#!/bin/sh\n. /usr/lib/magic\n"}}),
              not_understood + "/usr/local/bin/give"));
}

TEST_CASE("a rule that writes new_id by a shell of its own takes twins too") {
    const std::string text = said(
        {{rules + "99-usb-vfio.rules",
          "SUBSYSTEM==\"pci\", ATTR{vendor}==\"0x8086\", ATTR{device}==\"0xa36d\", "
          "RUN+=\"/bin/sh -c 'echo 0000:00:14.0 > /sys/bus/pci/drivers/xhci_hcd/unbind; echo 8086 "
          "a36d > /sys/bus/pci/drivers/vfio-pci/new_id'\"\n"}});
    CHECK(has(text, "99-usb-vfio.rules:1 gives every 8086:a36d"));
    CHECK(has(text, "new_id, unbind"));
}

TEST_CASE("rules are gone through as udev does: other keys, GOTO, continued lines, other events") {
    const std::string run = "RUN+=\"/bin/sh -c 'echo vfio-pci > /sys$devpath/driver_override'\"\n";
    for (const std::string& text :
         {"ENV{PCI_ID}==\"8086:A36D\", " + run, "KERNEL==\"0000:00:14.*\", " + run,
          "ENV{PCI_SLOT_NAME}==\"0000:00:14.0\", \\\n" + run,
          "ATTR{class}==\"0x0c0330\", SUBSYSTEM==\"pci\", " + run,
          "ENV{MODALIAS}==\"pci:v00008086d0000A36D*\", " + run,
          "KERNEL!=\"0000:00:14.0\", GOTO=\"end\"\n" + run + "LABEL=\"end\"\n",
          "KERNEL==\"0000:00:14.0\", ENV{mine}=\"yes\"\nENV{mine}==\"yes\", " + run,
          "KERNEL==\"0000:00:14.0\", ATTR{driver_override}=\"vfio-pci\"\n" + std::string(),
          "KERNEL==\"0000:00:14.0\", ATTR{[drivers/pci:vfio-pci]new_id}=\"8086 a36d\"\n" +
              std::string(),
          "SUBSYSTEM==\"usb\", RUN+=\"/bin/sh -c 'echo 0000:00:14.0 > /sys/bus/pci/drivers/x/unbind"
          "'\"\n" +
              std::string()})
        CHECK_MESSAGE(has(said({{rules + "50-x.rules", text}}), "/50-x.rules:"), text);
    for (const std::string& text :
         {"# KERNEL==\"0000:00:14.0\", " + run, "KERNEL==\"0000:00:15.0\", " + run,
          "ACTION==\"remove\", KERNEL==\"0000:00:14.0\", " + run, "SUBSYSTEM==\"usb\", " + run,
          "KERNEL!=\"0000:00:15.0\", GOTO=\"end\"\n" + run + "LABEL=\"end\"\n",
          "KERNEL==\"0000:00:15.0\", TAG+=\"x\"\nTAG==\"x\", RUN+=\"/usr/local/bin/x.sh\"\n" +
              std::string(),
          "KERNEL==\"0000:00:14.0\", ATTR{power/control}=\"auto\"\n" + std::string(),
          "KERNEL==\"0000:00:14.0\", RUN+=\"/bin/sh -c 'echo on > /sys$devpath/power/control'\"\n" +
              std::string(),
          "SUBSYSTEM==\"pci\", RUN+=\"/usr/local/bin/any-device.sh\"\n" + std::string(),
          "SUBSYSTEM==\"pci\", ENV{MODALIAS}==\"?*\", RUN{builtin}+=\"kmod load "
          "$env{MODALIAS}\"\n" +
              std::string()})
        CHECK_MESSAGE(said({{rules + "50-x.rules", text}}).empty(), text);
}

TEST_CASE("a rule that starts a unit for the function is told with the unit's script") {
    const std::string text = said(
        {{rules + "60-give.rules",
          "SUBSYSTEM==\"pci\", KERNEL==\"0000:00:14.0\", "
          "TAG+=\"systemd\", ENV{SYSTEMD_WANTS}=\"give@%k.service\"\n"},
         {"usr/lib/systemd/system/give@.service", "[Service]\nExecStart=/usr/local/sbin/give %i\n"},
         {"usr/local/sbin/give", "echo $1 > /sys/bus/pci/drivers/vfio-pci/bind\n"}});
    CHECK(has(text, "60-give.rules:1 gives 0000:00:14.0 to vfio-pci (bind)"));
    CHECK(has(text, "/usr/local/sbin/give"));
}

TEST_CASE("scripts of the initramfs count where they are run, of every tool that makes one") {
    const std::string script =
        "#!/bin/sh\n# 0000:00:15.0\nDEVS=\"0000:00:14.0\"\nfor DEV in $DEVS; "
        "do echo vfio-pci > /sys/bus/pci/devices/$DEV/driver_override; done\n";
    for (const char* const path :
         {"etc/initramfs-tools/scripts/init-top/vfio.sh*", "etc/initramfs-tools/hooks/vfio*",
          "usr/share/initramfs-tools/scripts/init-premount/vfio*",
          "usr/lib/dracut/modules.d/20vfio/vfio.sh", "etc/initcpio/hooks/vfio",
          "usr/lib/initcpio/hooks/vfio"}) {
        const std::string text = said({{path, script}});
        CHECK_MESSAGE(
            has(text, "gives 0000:00:14.0 to vfio-pci (driver_override) in the initramfs"), path);
        CHECK_MESSAGE(has(text, ":3-4 "), path);
    }
    CHECK(said({{"etc/initramfs-tools/scripts/init-top/vfio.sh", script}}).empty());
    CHECK(said({{"etc/initramfs-tools/scripts/init-top/vfio.sh*",
                 "#!/bin/sh\n# DEVS=0000:00:14.0\nmodprobe vfio-pci\n"}})
              .empty());
}

TEST_CASE(
    "a script that binds what it finds by itself is not understood, one for others is silent") {
    const std::string all =
        "#!/bin/sh\nfor i in /sys/bus/pci/devices/*/boot_vga; do\n"
        "  echo vfio-pci > \"${i%/boot_vga}/driver_override\"\ndone\n";
    const std::string place = "etc/initramfs-tools/scripts/init-top/gpu*";
    CHECK(
        has(said({{place, all}}),
            "gpu:3 binds or unbinds functions in the initramfs: " + not_understood +
                "/etc/initramfs-tools/scripts/init-top/gpu, so whether 0000:00:14.0 is among them "
                "is not known"));
    CHECK(said({{place, "echo 0000:01:00.0 > /sys/bus/pci/drivers/nvidia/unbind\n"}}).empty());
    CHECK(has(said({{"etc/modprobe.d/vfio.conf", "install vfio-pci /usr/local/sbin/override.sh\n"},
                    {"usr/local/sbin/override.sh", all}}),
              not_understood + "/usr/local/sbin/override.sh"));
    CHECK(said({{"usr/lib/dracut/modules.d/90x/x.sh", all}}).empty());
}

TEST_CASE("modprobe's install lines, units, tables and scripts of the boot are read") {
    const std::string bind = "echo 0000:00:14.0 > /sys/bus/pci/drivers/vfio-pci/bind\n";
    for (const auto& [path, text] : Files{
             {"etc/modprobe.d/a.conf",
              "install xhci_pci /bin/sh -c '" + bind.substr(0, bind.size() - 1) + "'\n"},
             {"etc/rc.local*", "#!/bin/sh\n" + bind},
             {"etc/rc.d/rc.local*", "#!/bin/sh\n" + bind},
             {"etc/local.d/usb.start*", bind},
             {"etc/cron.d/usb", "@reboot root " + bind},
             {"etc/tmpfiles.d/usb.conf",
              "w /sys/bus/pci/devices/0000:00:14.0/driver_override - - - - vfio-pci\n"},
             {"etc/sysfs.d/usb.conf", "bus/pci/devices/0000:00:14.0/driver_override = vfio-pci\n"},
             {"etc/systemd/system/usb.service",
              "[Service]\nExecStart=/bin/sh -c '" + bind.substr(0, bind.size() - 1) + "'\n"},
             {"usr/lib/systemd/system-sleep/usb*", "#!/bin/sh\n" + bind}}) {
        CHECK_MESSAGE(has(said({{path, text}}), "0000:00:14.0 to vfio-pci ("), path);
        const bool one_line = text.find('\n') == text.size() - 1;
        if (one_line) CHECK_MESSAGE(said({{path, "#" + text}}).empty(), path);
    }
}

TEST_CASE("a unit is followed to its script, by its arguments and by its instance") {
    const std::string script = "echo $1 > /sys/bus/pci/drivers/vfio-pci/bind\n";
    const std::string unit = "[Service]\nExecStart=/usr/local/bin/away 0000:00:14.0\n";
    const std::string text =
        said({{"etc/systemd/system/away.service", unit}, {"usr/local/bin/away", script}});
    CHECK(has(text,
              "/etc/systemd/system/away.service:2 gives 0000:00:14.0 to vfio-pci (bind) at "
              "boot, by /usr/local/bin/away:1"));
    CHECK(has(said({{"etc/systemd/system/away.service",
                     "[Service]\nExecStart=/home/me/away.sh 0000:00:14.0\n"},
                    {"home/me/away.sh", script}}),
              not_understood + "/home/me/away.sh"));
    CHECK(has(said({{"etc/systemd/system/away.service",
                     "[Service]\nExecStart=/usr/bin/usb-away 0000:00:14.0\n"}}),
              not_understood + "/usr/bin/usb-away"));
    CHECK(said({{"etc/systemd/system/away.service",
                 "[Service]\nExecStart=/usr/bin/setpci -s 0000:00:14.0 COMMAND=2\n"}})
              .empty());
    CHECK(has(said({{"etc/systemd/system/away.service", unit}}),
              not_understood + "/usr/local/bin/away"));
    CHECK(has(said({{"etc/systemd/system/multi-user.target.wants/give@0000:00:14.0.service",
                     "[Service]\nExecStart=/usr/local/bin/away %i\n"},
                    {"usr/local/bin/away", script}}),
              "give@0000:00:14.0.service:1 gives 0000:00:14.0 to vfio-pci"));
    CHECK(has(said({{"etc/systemd/system/away.service", "ExecStart=/usr/local/bin/all\n"},
                    {"usr/local/bin/all", ". /etc/usb.conf\n" + script},
                    {"etc/usb.conf", "DEV=00:14.0\n"}}),
              "/etc/usb.conf:1 gives 0000:00:14.0 to vfio-pci (bind) at boot, by "
              "/usr/local/bin/all:2"));
}

TEST_CASE("libvirt's hooks are read together, and those for another function are silent") {
    const Files files{
        {"etc/libvirt/hooks/qemu*", "#!/bin/sh\nrun-parts /etc/libvirt/hooks/qemu.d/$1/$2/$3\n"},
        {"etc/libvirt/hooks/kvm.conf", "VIRSH_USB=pci_0000_00_14_0\n"},
        {"etc/libvirt/hooks/qemu.d/win10/prepare/begin/start.sh*",
         "#!/bin/sh\nvirsh nodedev-detach $VIRSH_USB\n"}};
    CHECK(has(said(files),
              "/etc/libvirt/hooks/kvm.conf:1 binds or unbinds 0000:00:14.0 (nodedev-detach) when a "
              "guest starts or ends, by "
              "/etc/libvirt/hooks/qemu.d/win10/prepare/begin/start.sh:2"));
    CHECK(said({{"etc/libvirt/hooks/qemu*", "#!/bin/sh\nvirsh nodedev-detach pci_0000_01_00_0\n"}})
              .empty());
}

TEST_CASE("what stands in those folders and is no text is passed over") {
    Scene scene = small_scene();
    write(scene.tree(), {{"etc/rc.local*", std::string("\x7f"
                                                       "ELF\0 0000:00:14.0 new_id",
                                                       25)}});
    REQUIRE(::mkfifo((scene.directory() + "/etc/crontab").c_str(), 0644) == 0);
    fs::create_directories(scene.directory() + "/etc/udev/rules.d");
    REQUIRE(::mkfifo((scene.directory() + "/etc/udev/rules.d/1.rules").c_str(), 0644) == 0);
    scene.tree().link("etc/systemd/system/loop.service", "loop.service");
    scene.tree().write("etc/cron.d/long", std::string(300000, '#'));
    const Plan plan = scene.plan({small_profile()});
    CHECK(find(plan, "foreign-rule") == nullptr);
    // A pipe can hold nothing, a file may.
    CHECK(has(message(plan, "not-known"), "/etc/cron.d/long"));
}

TEST_CASE("doctor names what gives a controller to vfio-pci before ctrlpass does") {
    const std::string script =
        "#!/bin/sh\nDEVS=\"0000:00:14.0\"\nfor DEV in $DEVS; do echo vfio-pci "
        "> /sys/bus/pci/devices/$DEV/driver_override; done\n";
    const Files initramfs{{"etc/initramfs-tools/scripts/init-top/vfio-pci.sh*", script}};
    for (const char* const driver : {"xhci_hcd", "vfio-pci"}) {
        const Check check = early(initramfs, driver, CheckState::warning);
        CHECK(has(check.message,
                  "/etc/initramfs-tools/scripts/init-top/vfio-pci.sh:2-3 gives "
                  "0000:00:14.0 to vfio-pci (driver_override) in the initramfs"));
        CHECK(has(check.hint, "/etc/initramfs-tools/scripts/init-top/vfio-pci.sh"));
        CHECK(has(check.hint, "    update-initramfs -u"));
    }
    const Check rule = early({{rules + "10-x.rules",
                               "KERNEL==\"0000:00:14.0\", "
                               "ATTR{driver_override}=\"vfio-pci\"\n"}},
                             "vfio-pci", CheckState::warning);
    CHECK(has(rule.message, "/etc/udev/rules.d/10-x.rules:1 gives 0000:00:14.0 to vfio-pci"));
    CHECK(has(early({}, "vfio-pci", CheckState::unknown).message,
              "0000:00:14.0 is on vfio-pci already: what bound it is not known"));
    CHECK(has(early({}, "xhci_hcd", CheckState::ok).message, "binds first"));
}
