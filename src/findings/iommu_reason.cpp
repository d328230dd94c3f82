// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/findings/iommu_reason.hpp"

#include <array>

#include "src/render/text.hpp"

namespace ctrlpass {

namespace {

using Reason = Iommu::Reason;

constexpr auto kernel_log = "    journalctl -k -b --grep 'DMAR|IOMMU'";
constexpr auto kernel_log_of_amd = "    journalctl -k -b --grep 'AMD-Vi|IVRS|IOMMU'";

/// "in a container of lxc", where the kind is known.
std::string of_platform(const Iommu& iommu) {
    return iommu.platform.empty() ? "" : " of " + iommu.platform;
}

std::string with_evidence(const std::string& fact, const Iommu& iommu) {
    return iommu.evidence.empty() ? fact : fact + " (" + iommu.evidence + ")";
}

std::string fact_of_not_started(const Iommu& iommu) {
    const std::string name = name_of_iommu(iommu.processor);
    if (iommu.evidence.empty())
        return "the firmware has " + name + ", and the kernel did not start it";
    return iommu.evidence + ", and the kernel did not start " + name;
}

std::string fact_of_not_turned_on(const Iommu& iommu) {
    const std::string fact =
        "the firmware has VT-d, and the kernel command line does not turn it on";
    return iommu.evidence.empty()
               ? fact + " (not known whether this kernel was built to do so by itself)"
               : fact + ", nor does the kernel by itself (" + iommu.evidence + ")";
}

std::string fact_of_firmware(const Iommu& iommu) {
    const std::string table = iommu.processor == Processor::amd ? "IVRS" : "DMAR";
    return name_of_iommu(iommu.processor) +
           " is off in the firmware, or hidden by it: there is no ACPI table " + table;
}

std::string way_of_firmware(Processor processor) {
    const std::string otherwise =
        "\nIf the setup has no such switch, look for a newer firmware; not every board has one.";
    if (processor == Processor::intel)
        return "Turn on \"VT-d\" in the firmware's setup (often below Chipset or System Agent)." +
               otherwise;
    if (processor == Processor::amd)
        return "Turn on \"IOMMU\" (Enabled, not Auto) and \"SVM\" in the firmware's setup." +
               otherwise;
    return "Turn on the IOMMU in the firmware's setup." + otherwise;
}

std::string way_of_guest(const Iommu& iommu) {
    if (iommu.platform == "QEMU")
        return "Give it one; with libvirt, in its definition:\n    <iommu model='intel'>"
               "<driver intremap='on'/></iommu>\n    <ioapic driver='qemu'/>  (below <features>)";
    if (iommu.platform == "VMware")
        return "Give it one: \"Virtualize IOMMU\" in the settings of its processors.";
    if (iommu.platform == "VirtualBox")
        return "Give it one, while it is off:\n    VBoxManage modifyvm NAME --chipset ich9 "
               "--iommu automatic";
    if (iommu.platform == "Xen") return "Xen gives its guests none: VFIO cannot work here.";
    if (iommu.platform == "WSL" || iommu.platform == "Hyper-V")
        return "Hyper-V gives Linux none: VFIO cannot work here.";
    return "Give it one, or run ctrlpass on the machine itself; not known whether its hypervisor "
           "can.\nWith libvirt, in its definition:\n    <iommu model='intel'><driver "
           "intremap='on'/></iommu>\n    <ioapic driver='qemu'/>  (below <features>)";
}

}  // namespace

std::string_view word_of(Reason reason) {
    constexpr std::array<std::string_view, 12> words{
        "",          "container",   "xen-dom0",  "guest",    "turned-off",        "not-turned-on",
        "not-built", "not-started", "no-tables", "firmware", "no-virtualization", "not-known"};
    return words.at(static_cast<std::size_t>(reason));
}

std::string name_of_iommu(Processor processor) {
    switch (processor) {
        case Processor::intel:
            return "VT-d";
        case Processor::amd:
            return "AMD-Vi";
        case Processor::other:
            break;
    }
    return "the IOMMU";
}

std::string fact_of(const Iommu& iommu) {
    switch (iommu.reason) {
        case Reason::none:
            break;
        case Reason::container:
            return with_evidence("this is a container" + of_platform(iommu) +
                                     ": the IOMMU and its settings are its host's",
                                 iommu);
        case Reason::xen_dom0:
            return with_evidence(
                "this is a Xen dom0: Xen has the IOMMU, and VFIO does not work here", iommu);
        case Reason::guest:
            return with_evidence(
                "this host is itself a guest" + of_platform(iommu) + " without an IOMMU", iommu);
        case Reason::turned_off:
            return "the kernel command line turns " + name_of_iommu(iommu.processor) +
                   " off: " + joined(iommu.words_off);
        case Reason::not_turned_on:
            return fact_of_not_turned_on(iommu);
        case Reason::not_built:
            return with_evidence(
                "the running kernel was built without " + name_of_iommu(iommu.processor), iommu);
        case Reason::not_started:
            return fact_of_not_started(iommu);
        case Reason::no_tables:
            return "this machine shows no IOMMU, and the firmware's tables cannot be seen "
                   "(/sys/firmware/acpi/tables)";
        case Reason::firmware:
            return fact_of_firmware(iommu);
        case Reason::no_virtualization:
            return "this machine shows no IOMMU, and its processor no virtualization (vmx, svm)";
        case Reason::not_known:
            return "this machine shows no IOMMU, and nothing tells whether it has one";
    }
    return "";
}

std::string heading_of(const Iommu& iommu) {
    switch (iommu.reason) {
        case Reason::none:
            break;
        case Reason::container:
            return "IOMMU not known inside a container";
        case Reason::xen_dom0:
            return "IOMMU used by Xen: no VFIO in dom0";
        case Reason::guest:
            return "no IOMMU in this guest";
        case Reason::turned_off:
            return "IOMMU off on the kernel command line";
        case Reason::not_turned_on:
            return "IOMMU not turned on by the kernel command line";
        case Reason::not_built:
            return "IOMMU not supported by this kernel";
        case Reason::not_started:
            return "IOMMU not started by the kernel";
        case Reason::firmware:
            return "IOMMU off in the firmware, or hidden by it";
        case Reason::no_tables:
        case Reason::no_virtualization:
        case Reason::not_known:
            break;
    }
    return "no IOMMU";
}

std::string way_of(const Iommu& iommu) {
    const std::string log = iommu.processor == Processor::amd ? kernel_log_of_amd : kernel_log;
    switch (iommu.reason) {
        case Reason::none:
        case Reason::turned_off:
        case Reason::not_turned_on:
            break;
        case Reason::container:
            return "Run ctrlpass on the container's host.";
        case Reason::xen_dom0:
            return "Give devices away by xen-pciback; on Qubes OS by qvm-pci:\n    xl "
                   "pci-assignable-add BUS:DEVICE.FUNCTION\nFor VFIO, boot without Xen.";
        case Reason::guest:
            return way_of_guest(iommu);
        case Reason::not_built:
            return "Boot a kernel that has it (" +
                   std::string(iommu.processor == Processor::amd ? "CONFIG_AMD_IOMMU"
                                                                 : "CONFIG_INTEL_IOMMU") +
                   ").";
        case Reason::not_started:
            return "Its reason is in the kernel's log:\n" + log;
        case Reason::no_tables:
        case Reason::not_known:
            return "What the kernel found is in its log:\n    journalctl -k -b --grep "
                   "'DMAR|AMD-Vi|SMMU|IOMMU'";
        case Reason::firmware:
            return way_of_firmware(iommu.processor);
        case Reason::no_virtualization:
            return "Some firmwares hide both until virtualization is turned on in the "
                   "setup;\notherwise VFIO cannot work here.";
    }
    return "";
}

}  // namespace ctrlpass
