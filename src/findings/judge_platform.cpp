// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/findings/iommu_reason.hpp"
#include "src/findings/judge.hpp"
#include "src/render/text.hpp"

namespace ctrlpass {

namespace {

class PlatformJudging {
  public:
    PlatformJudging(const Case& facts, const PciAddress& subject)
        : facts_(facts), iommu_(facts.host.iommu), subject_(to_string(subject)) {}

    std::vector<Finding> findings() {
        if (iommu_.state != Iommu::State::on) {
            off();
        } else {
            judge_remapping();
            judge_isolation();
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
    void off() {
        const std::string fact = fact_of(iommu_);
        const std::string way = way_of(iommu_);
        find("iommu-off",
             iommu_.no_iommu_mode
                 ? fact + ", and VFIO's no-IOMMU mode, which is on, gives nothing to a guest"
                 : fact,
             way.empty() ? "What to change, and where, is told by:\n    ctrlpass doctor" : way);
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
