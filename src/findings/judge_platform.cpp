// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/findings/judge.hpp"
#include "src/render/text.hpp"

namespace ctrlpass {

namespace {

class PlatformJudging {
  public:
    PlatformJudging(const Case& facts, const PciAddress& subject)
        : facts_(facts), iommu_(facts.host.iommu), subject_(to_string(subject)) {}

    std::vector<Finding> findings() {
        switch (iommu_.state) {
            case Iommu::State::on:
                judge_remapping();
                judge_isolation();
                break;
            case Iommu::State::off_in_firmware:
                off("the IOMMU is off in the firmware",
                    "Turn on VT-d or AMD-Vi (\"IOMMU\", \"SVM\") in the firmware's setup.");
                break;
            case Iommu::State::off_on_command_line:
                off("the IOMMU is off on the kernel command line",
                    "In /etc/default/grub, let GRUB_CMDLINE_LINUX have intel_iommu=on (Intel) and "
                    "no\niommu=off or amd_iommu=off, then:\n    update-grub && reboot");
                break;
            case Iommu::State::absent:
                off("this machine has no IOMMU", "VFIO cannot work here.");
                break;
        }
        return std::move(findings_);
    }

  private:
    void find(std::string_view code, std::string message, std::string hint = {}) {
        findings_.push_back(
            make_finding(facts_.profile, code, subject_, std::move(message), std::move(hint)));
    }

    /// The kernel's own words on no-IOMMU mode: it "cannot be used for device assignment to virtual
    /// machines" (drivers/vfio/vfio_main.c).
    void off(const std::string& fact, const std::string& hint) {
        find("iommu-off",
             iommu_.no_iommu_mode
                 ? fact + ", and VFIO's no-IOMMU mode, which is on, gives nothing to a guest"
                 : fact,
             hint);
    }

    void judge_remapping() {
        if (iommu_.interrupt_remapping == true) return;
        const bool known = iommu_.interrupt_remapping.has_value();
        if (iommu_.unsafe_interrupts)
            find(
                "unsafe-interrupts",
                std::string("VFIO is told to go on without interrupt remapping "
                            "(vfio_iommu_type1 allow_unsafe_interrupts), and ") +
                    (known ? "this machine has none" : "whether this machine has it is not known") +
                    ": a guest can send the host any interrupt");
        else if (known)
            find("no-interrupt-remapping", "the IOMMU does not remap interrupts");
    }

    void judge_isolation() {
        const std::string& line = facts_.host.command_line;
        const auto at = line.find("pcie_acs_override=");
        if (at == line.npos || (at > 0 && line[at - 1] != ' ')) return;
        find("acs-override", "the kernel command line has " +
                                 printable(line.substr(at, line.find(' ', at) - at)) +
                                 ": the IOMMU groups are smaller than the hardware's isolation, "
                                 "and a guest may reach its neighbours");
    }

    const Case& facts_;
    const Iommu& iommu_;
    std::string subject_;
    std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> judge_platform(const Case& facts, const PciAddress& subject) {
    return PlatformJudging(facts, subject).findings();
}

}  // namespace ctrlpass
