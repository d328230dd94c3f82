// SPDX-License-Identifier: GPL-2.0-or-later
// The IOMMU: firmware, kernel command line, interrupts, isolation, Thunderbolt.
#include <algorithm>
#include <array>

#include "src/findings/diagnosis.hpp"
#include "src/findings/remedies.hpp"
#include "src/render/text.hpp"

namespace ctrlpass {

namespace {

class Platform {
  public:
    Platform(const Symptoms& symptoms, std::vector<Check>& checks)
        : health_(symptoms.health),
          host_(symptoms.host),
          remedies_(symptoms.health),
          checks_(checks) {}

    void diagnose() {
        judge_iommu();
        if (host_.iommu.state == Iommu::State::on) {
            judge_remapping();
            judge_isolation();
        }
        judge_thunderbolt();
    }

  private:
    void add(std::string check, CheckState state, std::string message, std::string hint = {}) {
        checks_.push_back({std::move(check), state, std::move(message), std::move(hint)});
    }

    /// What the firmware calls it.
    std::string name() const {
        switch (health_.processor) {
            case Processor::intel:
                return "VT-d";
            case Processor::amd:
                return "AMD-Vi";
            case Processor::other:
                break;
        }
        return "the IOMMU";
    }

    /// Words of the kernel command line that are among these.
    std::vector<std::string> said(std::initializer_list<const char*> words) const {
        std::vector<std::string> found;
        const std::string line = " " + host_.command_line + " ";
        for (const char* const word : words)
            if (line.find(" " + std::string(word) + " ") != line.npos) found.emplace_back(word);
        return found;
    }

    void judge_iommu() {
        switch (host_.iommu.state) {
            case Iommu::State::on:
                return add("iommu", CheckState::ok, name() + " is on");
            case Iommu::State::off_on_command_line:
                return judge_command_line();
            case Iommu::State::off_in_firmware:
                return judge_firmware();
            case Iommu::State::absent:
                break;
        }
        add("iommu", CheckState::stop,
            "this machine shows no IOMMU, and its processor no "
            "virtualization (vmx, svm)",
            "Some firmwares hide both until virtualization is turned on in the setup;\notherwise "
            "VFIO cannot work here.");
    }

    void judge_command_line() {
        const bool intel = health_.processor == Processor::intel;
        const auto bad = said({"iommu=off", "intel_iommu=off", "amd_iommu=off"});
        if (!bad.empty())
            return add("iommu", CheckState::stop,
                       "the kernel command line turns " + name() + " off: " + joined(bad),
                       remedies_.kernel_words(intel ? std::vector<std::string>{"intel_iommu=on"}
                                                    : std::vector<std::string>{},
                                              bad));
        if (intel)
            return add("iommu", CheckState::stop,
                       "the firmware has VT-d, and the kernel command line does not turn it on",
                       remedies_.kernel_words({"intel_iommu=on"}, {}));
        add("iommu", CheckState::stop,
            "the firmware has " + name() + ", and the kernel did not start it",
            "Its reason is in the kernel's log:\n    journalctl -k -b --grep 'AMD-Vi|IOMMU|DMAR'");
    }

    void judge_firmware() {
        if (health_.virtual_machine)
            return add("iommu", CheckState::stop, "this host is itself a guest without an IOMMU",
                       "Give it one; with libvirt, in its definition:\n    <iommu model='intel'>"
                       "<driver intremap='on'/></iommu>\n    <ioapic driver='qemu'/>  (below "
                       "<features>)");
        const std::string where =
            health_.processor == Processor::intel
                ? "Turn on \"VT-d\" in the firmware's setup (often below Chipset or System Agent)."
            : health_.processor == Processor::amd
                ? "Turn on \"IOMMU\" (Enabled, not Auto) and \"SVM\" in the firmware's setup."
                : "Turn on the IOMMU in the firmware's setup.";
        const std::string way = remedies_.firmware_setup();
        add("iommu", CheckState::stop, name() + " is off in the firmware",
            where + (way.empty() ? "" : "\n" + way));
    }

    void judge_remapping() {
        const auto& remapping = host_.iommu.interrupt_remapping;
        if (remapping == true) {
            add("interrupt-remapping", CheckState::ok, "interrupts are remapped");
        } else if (!remapping) {
            add("interrupt-remapping", CheckState::unknown,
                "on this kind of machine nothing tells whether interrupts are remapped");
        } else if (host_.iommu.unsafe_interrupts) {
            add("interrupt-remapping", CheckState::warning,
                "interrupts are not remapped, and VFIO goes on without "
                "(allow_unsafe_interrupts): a guest can send the host any interrupt",
                remapping_hint());
        } else {
            add("interrupt-remapping", CheckState::stop,
                "the IOMMU does not remap interrupts, and VFIO refuses to work without",
                remapping_hint());
        }
    }

    std::string remapping_hint() const {
        const auto bad =
            said({"intremap=off", "nointremap", "intremap=nosid", "noapic", "nox2apic"});
        if (!bad.empty()) return remedies_.kernel_words({}, bad);
        const std::string way = remedies_.firmware_setup();
        return "Turn on interrupt remapping (with it often \"x2APIC\") in the firmware's setup." +
               (way.empty() ? "" : "\n" + way) +
               "\nThe kernel's reason is in its log:\n    journalctl -k -b --grep "
               "'remapping|DMAR-IR|AMD-Vi'";
    }

    void judge_isolation() {
        const std::string key = "pcie_acs_override=";
        const std::string line = " " + host_.command_line;
        const auto at = line.find(" " + key);
        if (at != line.npos) {
            const std::string word = line.substr(at + 1, line.find(' ', at + 1) - at - 1);
            add("isolation", CheckState::warning,
                "the kernel command line has " + word +
                    ": groups are smaller than the hardware's isolation",
                remedies_.kernel_words({}, {word}));
        }
        if (host_.iommu.no_iommu_mode)
            add("no-iommu-mode", CheckState::warning,
                "VFIO's no-IOMMU mode is on: it protects nothing and serves no guest",
                "Turn it off, and look for who turns it on:\n    echo N > "
                "/sys/module/vfio/parameters/enable_unsafe_noiommu_mode\n    grep -rs "
                "enable_unsafe_noiommu_mode /etc/modprobe.d /etc/default/grub");
        if (host_.iommu.unsafe_interrupts && host_.iommu.interrupt_remapping == true)
            add("unsafe-interrupts", CheckState::warning,
                "VFIO may go on without interrupt remapping, which this machine has",
                "Nothing needs it here; see who sets it:\n    grep -rs allow_unsafe_interrupts "
                "/etc/modprobe.d /etc/default/grub");
    }

    /// iommu_dma_protection: devices on the cable can reach only memory that is meant for them.
    void judge_thunderbolt() {
        for (const ThunderboltDomain& domain : health_.thunderbolt) {
            const std::string security =
                domain.security.empty() ? "" : " (security level " + domain.security + ")";
            if (!domain.dma_protection) continue;
            if (*domain.dma_protection)
                add("thunderbolt", CheckState::ok,
                    domain.name + ": the IOMMU guards the host from devices on the cable");
            else
                add("thunderbolt", CheckState::warning,
                    domain.name + ": devices on the cable may read and write the host's memory" +
                        security,
                    "Turn on \"Kernel DMA Protection\" (with " + name() +
                        ") in the firmware's setup,\nor plug in only what you trust:\n    boltctl "
                        "list");
        }
    }

    const Health& health_;
    const Host& host_;
    Remedies remedies_;
    std::vector<Check>& checks_;
};

}  // namespace

void diagnose_platform(const Symptoms& symptoms, std::vector<Check>& checks) {
    Platform(symptoms, checks).diagnose();
}

}  // namespace ctrlpass
