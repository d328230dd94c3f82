// SPDX-License-Identifier: GPL-2.0-or-later
// The kernel command line is changed where the boot loader that started this kernel has it.
#include "tests/src/grub_machine.hpp"
#include "tests/support/run_program.hpp"

using namespace ctrlpass;
using namespace ctrlpass::tests;

namespace {

const std::string opensuse = "ID=opensuse-tumbleweed\nID_LIKE=\"opensuse suse\"\n";
const std::string silverblue = "ID=fedora\nVARIANT_ID=silverblue\nOSTREE_VERSION=40.1\n";
const std::string needs_vtd = "Add intel_iommu=on to the kernel command line";

/// Of the Boot Loader Interface: attributes, then UTF-16.
std::string efi_text(const std::string& text) {
    std::string value("\x06\0\0\0", 4);
    for (const char c : text + std::string(1, '\0')) value += std::string{c, '\0'};
    return value;
}

Json with_variable(Json description, const std::string& name, const std::string& text) {
    description["files"]["sys/firmware/efi/efivars/" + name +
                         "-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"] = efi_text(text);
    return description;
}

/// An AMD machine whose command line has these words, which must go.
std::string hint_without(const std::string& words, const std::string& grub,
                         const std::string& name = "", const std::string& text = "") {
    Json description = sound(machine("amd"));
    description["command_line"] = by_grub + " " + words;
    description["files"][defaults] = grub;
    if (!name.empty()) description["files"][folder + name] = text;
    return check_of(diagnosed(description), "isolation", CheckState::warning).hint;
}

void says_the_words_only(const std::string& hint) {
    CHECK_MESSAGE(has(hint, needs_vtd), hint);
    CHECK_MESSAGE(has(hint, "is not known to ctrlpass"), hint);
    CHECK_MESSAGE(!has(hint, "\n    "), hint);
}

}  // namespace

TEST_CASE("the line of GRUB's defaults that counts is changed") {
    CHECK(has(hint_of(with_grub("GRUB_CMDLINE_LINUX_DEFAULT=\"quiet splash\"\n"
                                "# for the panel\n"
                                "GRUB_CMDLINE_LINUX_DEFAULT=\"quiet i915.enable_psr=0\"\n")),
              "Let line 3 of /etc/default/grub say\n"
              "    GRUB_CMDLINE_LINUX_DEFAULT=\"quiet i915.enable_psr=0 intel_iommu=on\"\n"
              "Then make GRUB's configuration anew:\n    update-grub\n"));
    CHECK(has(hint_of(with_grub("GRUB_CMDLINE_LINUX='nomodeset'\n")),
              "    GRUB_CMDLINE_LINUX='nomodeset intel_iommu=on'\n"));
    CHECK(has(hint_of(with_grub("export GRUB_CMDLINE_LINUX_DEFAULT=quiet\n")),
              "    export GRUB_CMDLINE_LINUX_DEFAULT=\"quiet intel_iommu=on\"\n"));
    CHECK(has(hint_of(with_grub("GRUB_CMDLINE_LINUX_DEFAULT=\"quiet \\\n  splash\"\n")),
              "Let lines 1 to 2 of /etc/default/grub say\n"
              "    GRUB_CMDLINE_LINUX_DEFAULT=\"quiet   splash intel_iommu=on\"\n"));
    CHECK(has(hint_of(with_grub("GRUB_CMDLINE_LINUX_DEFAULT=\"quiet\"\n"
                                "GRUB_CMDLINE_LINUX_DEFAULT+=\" splash\"\n")),
              "Let line 2 of /etc/default/grub say\n"
              "    GRUB_CMDLINE_LINUX_DEFAULT+=\" splash intel_iommu=on\"\n"));
}

TEST_CASE("quotes and escapes of a line are kept") {
    CHECK(has(hint_of(with_grub("GRUB_CMDLINE_LINUX_DEFAULT='dyndbg=\"file a +p\" quiet'\n")),
              "    GRUB_CMDLINE_LINUX_DEFAULT='dyndbg=\"file a +p\" quiet intel_iommu=on'\n"));
    CHECK(
        has(hint_of(with_grub("GRUB_CMDLINE_LINUX_DEFAULT=\"dyndbg=\\\"file a +p\\\" a=\\$b\"\n")),
            "    GRUB_CMDLINE_LINUX_DEFAULT=\"dyndbg=\\\"file a +p\\\" a=\\$b intel_iommu=on\"\n"));
}

TEST_CASE("files of grub.d are read after GRUB's defaults on Debian and its kin") {
    Json description = with_grub("GRUB_CMDLINE_LINUX_DEFAULT=\"quiet splash\"\n", ubuntu);
    description["files"][folder + "50-cloudimg-settings.cfg"] =
        "GRUB_CMDLINE_LINUX_DEFAULT=\"console=tty1 console=ttyS0\"\n";
    description["files"][folder + "60-off.cfg.dpkg-dist"] = "GRUB_CMDLINE_LINUX_DEFAULT=\"x\"\n";
    CHECK(has(hint_of(description),
              "Let line 1 of /etc/default/grub.d/50-cloudimg-settings.cfg say\n"
              "    GRUB_CMDLINE_LINUX_DEFAULT=\"console=tty1 console=ttyS0 intel_iommu=on\"\n"));
    description["files"][folder + "kdump-tools.cfg"] =
        "GRUB_CMDLINE_LINUX_DEFAULT=\"$GRUB_CMDLINE_LINUX_DEFAULT crashkernel=512M-:192M\"\n";
    CHECK(has(hint_of(description),
              "Let line 1 of /etc/default/grub.d/kdump-tools.cfg say\n"
              "    GRUB_CMDLINE_LINUX_DEFAULT=\"${GRUB_CMDLINE_LINUX_DEFAULT} "
              "crashkernel=512M-:192M intel_iommu=on\"\n"));
}

TEST_CASE("elsewhere it is not known whether grub.d is read") {
    Json description = with_grub("GRUB_CMDLINE_LINUX_DEFAULT=\"quiet\"\n", arch);
    description["files"][folder + "iommu.cfg"] = "GRUB_CMDLINE_LINUX_DEFAULT=\"splash\"\n";
    const std::string hint = hint_of(description);
    says_the_words_only(hint);
    CHECK(has(hint, "/etc/default/grub.d"));
}

TEST_CASE("a word to take away is taken out of the line that has it") {
    const std::string word = "pcie_acs_override=downstream";
    CHECK(has(hint_without(word, "GRUB_CMDLINE_LINUX_DEFAULT=\"quiet\"\n", "iommu.cfg",
                           "GRUB_CMDLINE_LINUX_DEFAULT=\"${GRUB_CMDLINE_LINUX_DEFAULT} iommu=pt " +
                               word + " a=b\"\n"),
              "Let line 1 of /etc/default/grub.d/iommu.cfg say\n"
              "    GRUB_CMDLINE_LINUX_DEFAULT=\"${GRUB_CMDLINE_LINUX_DEFAULT} iommu=pt a=b\"\n"));
    // An assignment that does not count is left alone, and one that looks alike.
    CHECK(has(hint_without(word, "GRUB_CMDLINE_LINUX=\"" + word + "\"\nGRUB_CMDLINE_LINUX=\"x" +
                                     word + " " + word + "\"\n"),
              "Let line 2 of /etc/default/grub say\n    GRUB_CMDLINE_LINUX=\"x" + word + "\"\n"));
    // In both variables.
    const auto both = hint_without(word, "GRUB_CMDLINE_LINUX_DEFAULT='quiet " + word +
                                             "'\nGRUB_CMDLINE_LINUX=\"" + word + " a\"\n");
    CHECK(has(both, "    GRUB_CMDLINE_LINUX_DEFAULT='quiet'\n"));
    CHECK(has(both, "    GRUB_CMDLINE_LINUX=\"a\"\n"));
}

TEST_CASE("a word that no file has is not taken out of one") {
    const auto hint =
        hint_without("pcie_acs_override=id:8086:1901",
                     "GRUB_CMDLINE_LINUX_DEFAULT=\"quiet pcie_acs_override=downstream\"\n");
    CHECK(has(hint, "Take pcie_acs_override=id:8086:1901 off the kernel command line"));
    CHECK(has(hint, "not known where it comes from"));
    CHECK_FALSE(has(hint, "\n    "));
}

TEST_CASE("a word that the files have already needs the command only") {
    const auto hint = hint_of(with_grub("GRUB_CMDLINE_LINUX=\"intel_iommu=on\"\n"));
    CHECK(has(hint, "intel_iommu=on is in /etc/default/grub already"));
    CHECK(has(hint, "    update-grub\n"));
    CHECK_FALSE(has(hint, "say\n"));
}

TEST_CASE("a line that cannot be shown whole is added to, and loses nothing") {
    for (const std::string line : {"GRUB_CMDLINE_LINUX_DEFAULT=\"quiet $(cat /etc/words)\"\n",
                                   "GRUB_CMDLINE_LINUX_DEFAULT=\"quiet \x1b[2J\"\n",
                                   "GRUB_TIMEOUT=1; GRUB_CMDLINE_LINUX_DEFAULT=quiet\n"}) {
        CAPTURE(line);
        CHECK(has(hint_of(with_grub(line)),
                  "Add at the end of /etc/default/grub\n    GRUB_CMDLINE_LINUX_DEFAULT=\"${GRUB_"
                  "CMDLINE_LINUX_DEFAULT} intel_iommu=on\"\n"));
    }
    CHECK(
        has(hint_without("pcie_acs_override=downstream",
                         "GRUB_TIMEOUT=1; GRUB_CMDLINE_LINUX=\"a pcie_acs_override=downstream\"\n"),
            "Take pcie_acs_override=downstream out of line 1 of /etc/default/grub\n"));
}

TEST_CASE("defaults without such a line get one") {
    CHECK(has(hint_of(with_grub("GRUB_TIMEOUT=5\n")),
              "Add at the end of /etc/default/grub\n    "
              "GRUB_CMDLINE_LINUX_DEFAULT=\"intel_iommu=on\"\n"));
}

TEST_CASE("defaults that are not understood get the words") {
    for (const std::string text :
         {"if [ -e /x ]; then\n  GRUB_CMDLINE_LINUX_DEFAULT=\"a\"\nfi\n", ". /etc/words\n",
          "GRUB_CMDLINE_LINUX_DEFAULT=\"quiet\n", "GRUB_CMDLINE_LINUX_DEFAULT=quiet splash\n"}) {
        CAPTURE(text);
        const auto hint = hint_of(with_grub(text));
        says_the_words_only(hint);
        CHECK(has(hint, "of /etc/default/grub is not understood"));
    }
}

TEST_CASE("words that turn the IOMMU off go, and what else they say stays") {
    Json description = with_grub("GRUB_CMDLINE_LINUX_DEFAULT=\"quiet iommu=pt,off\"\n");
    description["command_line"] = by_grub + " iommu=pt,off";
    const auto check = check_of(diagnosed(description), "iommu", CheckState::stop);
    CHECK(check.message == "the kernel command line turns VT-d off: iommu=pt,off");
    CHECK(has(check.hint, "    GRUB_CMDLINE_LINUX_DEFAULT=\"quiet iommu=pt intel_iommu=on\"\n"));
}

TEST_CASE("GRUB's configuration is made anew as each distribution does it") {
    CHECK(has(hint_of(waiting(ubuntu)), "    update-grub\n"));
    CHECK(has(hint_of(waiting(arch)), "    grub-mkconfig -o /boot/grub/grub.cfg\n"));
    CHECK(has(hint_of(waiting(opensuse)), "    grub2-mkconfig -o /boot/grub2/grub.cfg\n"));
    CHECK(has(hint_of(waiting("ID=opensuse-microos\nID_LIKE=\"suse opensuse\"\n")),
              "    transactional-update grub.cfg\n"));
    Json alpine = waiting("ID=alpine\n");
    CHECK(has(hint_of(alpine), "Then make GRUB's configuration anew, as this distribution does."));
    alpine["files"]["boot/grub/grub.cfg"] = "";
    CHECK(has(hint_of(alpine), "    grub-mkconfig -o /boot/grub/grub.cfg\n"));
    Json proxmox = waiting();
    proxmox["files"]["etc/kernel/proxmox-boot-uuids"] = "1234-ABCD\n";
    CHECK(has(hint_of(proxmox),
              "    GRUB_CMDLINE_LINUX_DEFAULT=\"quiet intel_iommu=on\"\n"
              "Then make GRUB's configuration anew:\n    proxmox-boot-tool refresh\n"));
}

TEST_CASE("Fedora's entries are grubby's, unless there are none") {
    const std::string bls = "BOOT_IMAGE=(hd0,gpt2)/vmlinuz-6.9.7 root=UUID=1 ro";
    Json description = waiting(fedora, bls);
    const std::string hint = hint_of(description);
    CHECK(has(hint, "    grubby --update-kernel=ALL --args=intel_iommu=on\n"));
    CHECK(has(hint, "in GRUB's manner"));
    description["files"].erase(defaults);
    CHECK(has(hint_of(description), "    grubby "));
    description["files"][defaults] = "GRUB_CMDLINE_LINUX=\"rhgb\"\nGRUB_ENABLE_BLSCFG=false\n";
    description["files"]["boot/grub2/grub.cfg"] = "";
    CHECK(
        has(hint_of(description),
            "    GRUB_CMDLINE_LINUX=\"rhgb intel_iommu=on\"\n"
            "Then make GRUB's configuration anew:\n    grub2-mkconfig -o /boot/grub2/grub.cfg\n"));
    says_the_words_only(hint_of(with_variable(waiting(fedora, "root=UUID=1 ro"), "LoaderInfo",
                                              "systemd-boot 255.4-1.fc40")));
}

TEST_CASE("what ostree started is changed by rpm-ostree, installing and all") {
    Json description = waiting(silverblue,
                               "BOOT_IMAGE=(hd0,gpt2)/ostree/default-01/vmlinuz-6.9.7 rw "
                               "ostree=/ostree/boot.1/default/01/0");
    CHECK(has(hint_of(description), "    rpm-ostree kargs --append-if-missing=intel_iommu=on\n"));
    description["command_line"] = "quiet";
    description["files"]["run/ostree-booted"] = "";
    CHECK(has(hint_of(description), "    rpm-ostree kargs --append-if-missing=intel_iommu=on\n"));
    description["command_line"] = "quiet intel_iommu=off";
    CHECK(has(hint_of(description),
              "    rpm-ostree kargs --append-if-missing=intel_iommu=on "
              "--delete-if-present=intel_iommu=off\n"));
    description["files"]["etc/modprobe.d/vfio.conf"] = "options vfio-pci ids=1912:0014\n";
    description["files"].erase(modules + "modules.dep");
    const Diagnosis diagnosis = diagnosed(description);
    CHECK_FALSE(has(check_of(diagnosis, "early-boot", CheckState::warning).hint, "dracut --force"));
    CHECK(has(check_of(diagnosis, "module-vfio-pci", CheckState::stop).hint,
              "    rpm-ostree install kernel-modules-"));
    description["files"]["etc/os-release"] = "ID=endless\nID_LIKE=\"debian\"\n";
    says_the_words_only(hint_of(description));
}

TEST_CASE("Proxmox's boot tool has the command line in a file of its own") {
    Json description = waiting(debian,
                               "initrd=\\EFI\\proxmox\\6.5.13-5-pve\\initrd.img-6.5.13-5-pve "
                               "root=ZFS=rpool/ROOT/pve-1 boot=zfs");
    description["files"]["etc/kernel/proxmox-boot-uuids"] = "1234-ABCD\n";
    description["files"]["etc/kernel/cmdline"] = "root=ZFS=rpool/ROOT/pve-1 boot=zfs\n";
    const std::string way =
        "Let /etc/kernel/cmdline say\n    root=ZFS=rpool/ROOT/pve-1 boot=zfs intel_iommu=on\n"
        "Then make the entries anew:\n    proxmox-boot-tool refresh\n";
    CHECK(has(hint_of(description), way));
    description["command_line"] = "root=ZFS=rpool/ROOT/pve-1 boot=zfs";
    CHECK(has(hint_of(with_variable(description, "LoaderInfo", "systemd-boot 252.22-1~deb12u1")),
              way));
    says_the_words_only(hint_of(description));
    description = with_variable(description, "LoaderInfo", "systemd-boot 252");
    description["files"]["etc/kernel/cmdline"] = "root=ZFS=rpool intel_iommu=on\n";
    CHECK(has(hint_of(description), "is in /etc/kernel/cmdline already"));
    description["files"].erase("etc/kernel/cmdline");
    CHECK(has(hint_of(description), "which is the one line of /etc/kernel/cmdline.\n"));
    // Started by GRUB after all.
    CHECK(has(hint_of(with_variable(description, "LoaderInfo", "GRUB 2.12")),
              "    GRUB_CMDLINE_LINUX_DEFAULT=\"quiet intel_iommu=on\"\n"
              "Then make GRUB's configuration anew:\n    proxmox-boot-tool refresh\n"));
}

TEST_CASE("the EFI variable of the boot loader counts for more than files and command line") {
    CHECK(has(hint_of(with_variable(waiting(debian, "root=/dev/sda2"), "LoaderInfo", "GRUB 2.12")),
              "the EFI variable LoaderInfo says \"GRUB 2.12\""));
    for (const std::string name : {"systemd-boot 252", "rEFInd 0.14.2", "Limine 9.2.0"}) {
        const auto hint = hint_of(with_variable(waiting(arch), "LoaderInfo", name));
        says_the_words_only(hint);
        CHECK(has(hint, "this kernel was started by " + name));
    }
    const auto image = hint_of(with_variable(
        with_variable(waiting(ubuntu), "LoaderInfo", "GRUB 2.12"), "StubInfo", "systemd-stub 255"));
    says_the_words_only(image);
    CHECK(has(image, "systemd-stub 255"));
}

TEST_CASE("a hostile variable of the firmware is cut short and shown") {
    const auto hint =
        hint_of(with_variable(waiting(), "LoaderInfo", "\x1b[2J\n" + std::string(5000, 'x')));
    says_the_words_only(hint);
    CHECK(has(hint, "?[2J?xx"));
    CHECK(hint.size() < 1000);
    Json odd = waiting();
    odd["files"]["sys/firmware/efi/efivars/LoaderInfo-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"] =
        std::string("\x06\0\0\0G", 5);
    CHECK(has(hint_of(odd), "    update-grub\n"));
}

TEST_CASE("BOOT_IMAGE= alone does not prove GRUB") {
    Json description = waiting("ID=alpine\n");
    description["files"]["boot/extlinux/extlinux.conf"] = "";
    auto hint = hint_of(description);
    says_the_words_only(hint);
    CHECK(has(hint, "/boot/extlinux/extlinux.conf"));
    description =
        waiting("ID=alpine\n", "BOOT_IMAGE=/vmlinuz-lts root=/dev/sda1 initrd=/initramfs-lts");
    says_the_words_only(hint_of(description));
    description = waiting(debian);
    description["files"].erase(defaults);
    says_the_words_only(hint_of(description));
    // A single-board computer, started by its firmware; and EFI's own way.
    says_the_words_only(hint_of(waiting(debian, "console=serial0,115200 root=PARTUUID=1")));
    says_the_words_only(hint_of(waiting(arch, "initrd=\\initramfs-linux.img root=/dev/sda1")));
}

TEST_CASE("what is in /etc of a live system is not what its medium boots with") {
    const auto hint = hint_of(
        waiting(ubuntu, "BOOT_IMAGE=/casper/vmlinuz boot=casper maybe-ubiquity quiet splash ---"));
    says_the_words_only(hint);
    CHECK(has(hint, "live medium (boot=casper)"));
    says_the_words_only(hint_of(with_variable(
        waiting(fedora, "BOOT_IMAGE=/images/vmlinuz root=live:CDLABEL=F rd.live.image"),
        "LoaderInfo", "GRUB 2.12")));
}

TEST_CASE("NixOS, Pop!_OS and SUSE's other boot loaders get the words") {
    Json nixos = with_variable(waiting("ID=nixos\n"), "LoaderInfo", "GRUB 2.12");
    nixos["files"]["etc/NIXOS"] = "";
    auto hint = hint_of(nixos);
    says_the_words_only(hint);
    CHECK(has(hint, "NixOS"));
    Json pop = with_variable(waiting("ID=pop\nID_LIKE=\"ubuntu debian\"\n"), "LoaderInfo",
                             "systemd-boot 249.11");
    pop["files"]["etc/kernelstub/configuration"] = "{}";
    hint = hint_of(pop);
    says_the_words_only(hint);
    CHECK(has(hint, "/etc/kernelstub/configuration"));
    Json suse = with_variable(waiting(opensuse), "LoaderInfo", "GRUB 2.12");
    suse["files"]["etc/sysconfig/bootloader"] = "LOADER_TYPE=\"grub2-bls\"\n";
    hint = hint_of(suse);
    says_the_words_only(hint);
    CHECK(has(hint, "LOADER_TYPE=grub2-bls"));
}

TEST_CASE("the place for words of a program's own is told where it is known") {
    const auto own = [](const Json& description) {
        return Json::parse(run_command(std::string(CTRLPASS_BINARY) + " doctor --json --root " +
                                       MachineTree::from(description).directory())
                               .output)["boot"];
    };
    CHECK(own(waiting()) ==
          Json{{"loader", "GRUB"},
               {"evidence",
                "BOOT_IMAGE= is on its command line, /etc/default/grub is there, and no file of "
                "another boot loader"},
               {"own_file", "/etc/default/grub.d/ctrlpass.cfg"},
               {"command", "update-grub"}});
    Json description = waiting();
    description["files"][folder + "ctrlpass.cfg"] =
        "GRUB_CMDLINE_LINUX_DEFAULT=\"$GRUB_CMDLINE_LINUX_DEFAULT iommu=pt\"\n";
    CHECK(own(description)["own_file"].is_string());
    // It would be lost there.
    description["files"][folder + "zz.cfg"] = "GRUB_CMDLINE_LINUX_DEFAULT=\"quiet\"\n";
    CHECK(own(description)["own_file"].is_null());
    for (const std::string& distribution : {fedora, arch, opensuse, silverblue})
        CHECK(own(waiting(distribution))["own_file"].is_null());
    const Json other = own(with_variable(waiting(), "LoaderInfo", "systemd-boot 252"));
    CHECK(other["loader"] == "systemd-boot 252");
    CHECK(other["own_file"].is_null());
    CHECK(own(waiting(debian, "quiet"))["loader"].is_null());
}
