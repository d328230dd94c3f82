// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/findings/finding.hpp"

#include <algorithm>
#include <array>
#include <cassert>

namespace ctrlpass {

namespace {

constexpr std::array codes{
    FindingCode{"iommu-off", Severity::refuse, "the IOMMU is not at work",
                "Turn on VT-d or AMD-Vi in the firmware and, on Intel, add intel_iommu=on to the "
                "kernel command line."},
    FindingCode{"no-interrupt-remapping", Severity::refuse,
                "the platform does not remap interrupts",
                "Turn on interrupt remapping (x2APIC) in the firmware."},
    FindingCode{"no-such-controller", Severity::refuse, "no function is where the profile says",
                "Run ctrlpass inspect and write the profile anew with ctrlpass init."},
    FindingCode{"identity-mismatch", Severity::refuse, "another function is where the profile says",
                "Compare with ctrlpass inspect; if the new function is meant, write the profile "
                "anew with ctrlpass init."},
    FindingCode{"ambiguous-path", Severity::refuse, "more than one function fits the profile",
                "Name the function by its address alone."},
    FindingCode{"host-bridge", Severity::refuse,
                "a bridge or a USB4 host interface: these stay with the host",
                "Choose a controller behind it."},
    FindingCode{"group-not-viable", Severity::refuse,
                "a host driver keeps another function of the IOMMU group",
                "Name the other functions as [[controller.member]] in the profile, or move the "
                "card to another slot."},
    FindingCode{"held-by-guest", Severity::refuse, "a guest holds the IOMMU group",
                "Shut the guest down first."},
    FindingCode{"held-by-process", Severity::refuse, "a process holds the IOMMU group",
                "End the process first."},
    FindingCode{"mounted-disk", Severity::refuse, "a disk below it is mounted",
                "Unmount it first."},
    FindingCode{"swap-disk", Severity::refuse, "a disk below it is swapped to",
                "Switch the swap off first."},
    FindingCode{"disk-in-use", Severity::refuse,
                "something is built on a disk below it, or has it open",
                "Stop what is built on the disk first."},
    FindingCode{"root-disk", Severity::refuse,
                "the host runs from a disk or over a network link below it",
                "Choose another controller: the host runs from this one. If it is meant all the "
                "same, give apply --i-may-lock-myself-out."},
    FindingCode{"setting-claimed", Severity::refuse,
                "another profile wants another state of the same setting",
                "Roll the other profile back first."},
    FindingCode{"no-domain", Severity::refuse, "the domain is not defined",
                "Define the domain first."},
    FindingCode{"transient-domain", Severity::refuse, "the domain has no persistent definition",
                "Give the domain a persistent definition first."},
    FindingCode{"remote-libvirt", Severity::refuse, "the libvirt URI names another host",
                "Use a URI of this host, such as qemu:///system."},
    FindingCode{"has-vfs", Severity::refuse, "the function has SR-IOV virtual functions",
                "Take the virtual functions away first."},
    FindingCode{"rmrr", Severity::refuse, "the firmware keeps memory mapped for it",
                "Choose another controller: the firmware does not let go of this one."},
    FindingCode{"stuck-function", Severity::refuse,
                "a write to the function is stuck in the kernel", "Reboot: nothing else frees it."},
    FindingCode{
        "last-way-in", Severity::refuse, "no keyboard and no other way in would be left",
        "Keep a keyboard, a serial console or sshd. If it is meant all the same, give apply "
        "--i-may-lock-myself-out."},
    FindingCode{"cpu-offline", Severity::refuse, "a CPU of the pins is offline or not there",
                "Take the CPU online or out of the profile."},
    FindingCode{"too-few-isolated", Severity::refuse, "there are fewer isolated CPUs than vCPUs",
                "Isolate more CPUs or give the guest fewer vCPUs."},
    FindingCode{"pin-mismatch", Severity::refuse,
                "the profile has pins for more or fewer vCPUs than the guest has",
                "Write an entry for each vCPU, or vcpus = \"isolated\"."},
    FindingCode{"not-usb", Severity::consent, "the function is no USB controller",
                "Choose another one: ctrlpass inspect lists the USB controllers."},
    FindingCode{"claimed-by-domain", Severity::consent, "a definition names the function already",
                "Take it out of the other definition, or accept that only one of the two can run "
                "at a time."},
    FindingCode{"used-by-domain", Severity::consent,
                "a definition names something that hangs below it",
                "Take it out of the definition, or accept that the domain does not find it."},
    FindingCode{"override-foreign", Severity::consent, "somebody else set its driver override",
                "Take the other tool's override away, or accept it; rollback puts it back."},
    FindingCode{"last-keyboard", Severity::consent, "no keyboard would be left to the host",
                "Plug a keyboard into another controller, or accept it."},
    FindingCode{"last-pointer", Severity::consent, "no pointer would be left to the host",
                "Plug a mouse into another controller, or accept it."},
    FindingCode{"watchdog-armed", Severity::consent, "an armed watchdog hangs below it",
                "Disarm it first (wdctl shows it; of systemd: RuntimeWatchdogSec=off), or accept "
                "that the machine is reset."},
    FindingCode{"tape-in-use", Severity::consent, "a tape drive or changer below it is in use",
                "Wait until the backup has ended, or accept it."},
    FindingCode{"network-link", Severity::consent, "a network link below it is in use",
                "Move the link to another controller, or accept it."},
    FindingCode{"fstab-disk", Severity::consent, "a table for the next boot names a disk below it",
                "Take the line out of the file, or accept it."},
    FindingCode{"companion-left", Severity::consent, "a companion of the controller stays behind",
                "Name the companion in the profile too, or accept it."},
    FindingCode{"no-reset", Severity::consent, "the function cannot be reset",
                "The guest may find the controller in any state."},
    FindingCode{"known-bad-reset", Severity::consent, "its reset is known to fail",
                "A cold start may be needed after the guest has ended."},
    FindingCode{"removable-controller", Severity::consent, "the controller can be unplugged",
                "The guest loses the controller when it is unplugged."},
    FindingCode{"unsafe-interrupts", Severity::consent,
                "VFIO is told to go on without interrupt remapping",
                "Take allow_unsafe_interrupts away, or accept it."},
    FindingCode{"acs-override", Severity::consent, "the isolation of groups is overridden",
                "Take pcie_acs_override off the kernel command line, or accept it."},
    FindingCode{"bluetooth", Severity::consent, "a Bluetooth adapter hangs below it",
                "Move the adapter to another controller, or accept it."},
    FindingCode{"cpu-shared", Severity::consent, "a CPU is given to two domains or to two vCPUs",
                "Give each domain CPUs of its own, or accept it."},
    FindingCode{"fifo-shared", Severity::consent,
                "a real-time vCPU shares a CPU with the emulator or an I/O thread",
                "Let them run on housekeeping CPUs, or accept that the guest may hang."},
    FindingCode{"bus-reset-only", Severity::warn, "only a reset of its whole bus resets it",
                "Nothing has to be done; do not reset it by hand."},
    FindingCode{"firmware-upload", Severity::warn, "the host driver uploads its firmware",
                "Let the host driver bind first, once in each boot."},
    FindingCode{"ids-option", Severity::warn, "vfio-pci.ids grabs every function of that id",
                "Take the option away: ctrlpass needs none."},
    FindingCode{"foreign-rule", Severity::warn,
                "another rule or script binds or unbinds the function",
                "Let one tool have it: take the rule or the script out."},
    FindingCode{"unguarded-start", Severity::warn,
                "libvirt will take it at the guest's start without these questions",
                "Before the guest starts, ask with ctrlpass plan."},
    FindingCode{"hook-needs-restart", Severity::warn,
                "libvirt sees a first hook only after a restart", "Restart the libvirt daemon."},
    FindingCode{"memlock", Severity::warn, "the guest's hard_limit is too small for VFIO",
                "Raise hard_limit by 1 GiB or take it away."},
    FindingCode{"irqbalance", Severity::warn, "irqbalance will move the interrupts",
                "Add --banmod=vfio-pci to irqbalance's arguments."},
    FindingCode{"cpu-far", Severity::warn, "a CPU is far from the controller",
                "Choose CPUs of the controller's NUMA node."},
    FindingCode{"sibling-split", Severity::warn, "two siblings of a core are given apart",
                "Give both siblings of a core to the guest."},
    FindingCode{"shared-intx", Severity::warn, "its interrupt line is shared",
                "Move the card to another slot if the guest is slow."},
    FindingCode{"security-key", Severity::warn, "a security key hangs below it",
                "Move the key to another controller."},
    FindingCode{"opened-by", Severity::warn, "a process has a device below it open",
                "Close the program first."},
    FindingCode{"connected-display", Severity::warn, "a display below it is connected",
                "Connect the screen to another output, if somebody looks at it."},
    FindingCode{"usbip-exported", Severity::warn, "usbip exports a device below it",
                "Take the device back from usbip first."},
    FindingCode{"unproven-input", Severity::warn,
                "what would be left may be no keyboard, or no pointer",
                "Try what is left before the controller goes."},
    FindingCode{"isolated-set", Severity::warn, "a thread has a set of CPUs that are isolated",
                "Give each thread one isolated CPU, or housekeeping CPUs: in an isolated set it "
                "stays on one of them."},
    FindingCode{"no-isolation", Severity::warn, "CPUs of the vCPUs are not isolated",
                "Add isolcpus= to the kernel command line."},
    FindingCode{"moved", Severity::note, "the controller has another address than the profile says",
                "Write the new address into the profile when convenient; path and pins fit."},
    FindingCode{"keyboard-left", Severity::note, "a keyboard leaves, and others stay",
                "Nothing has to be done where one of them can be typed on."},
    FindingCode{"skipped-at-boot", Severity::note, "the profile is not applied at boot",
                "Apply it by hand once, then it is applied at every boot."},
    FindingCode{"named-by-domain", Severity::note, "a definition names the function",
                "Where it is meant for another guest, take it out of the definition."},
    FindingCode{"takes-effect-at-next-start", Severity::note, "the domain is running",
                "Shut the guest down and start it again."},
    FindingCode{"not-migratable", Severity::note, "the guest cannot be saved or migrated any more",
                "Take the controller out before you save or migrate the guest."},
    FindingCode{"memory-pinned", Severity::note,
                "all of the guest's memory is pinned while it runs",
                "Leave the host enough memory beside it."},
    FindingCode{"not-known", Severity::note, "something cannot be found out",
                "Look for yourself before you go on."},
    FindingCode{"needs-root-to-know", Severity::note, "some facts need root",
                "Run it again as root to know."},
};

}  // namespace

std::string_view to_string(Severity severity) {
    switch (severity) {
        case Severity::refuse:
            return "refuse";
        case Severity::consent:
            return "consent";
        case Severity::warn:
            return "warn";
        case Severity::note:
            return "note";
    }
    return "";
}

std::span<const FindingCode> finding_codes() { return codes; }

const FindingCode* find_code(std::string_view code) {
    const auto found = std::ranges::find(codes, code, &FindingCode::code);
    return found == codes.end() ? nullptr : &*found;
}

bool is_lock_out(std::string_view code) { return code == "root-disk" || code == "last-way-in"; }

Finding make_finding(std::string profile, std::string_view code, std::string subject,
                     std::string message, std::string hint) {
    const FindingCode* const row = find_code(code);
    assert(row != nullptr);
    if (hint.empty()) hint = row->way_forward;
    return {std::move(profile), std::string(code), row->severity, std::move(subject),
            std::move(message), std::move(hint),   false};
}

}  // namespace ctrlpass
