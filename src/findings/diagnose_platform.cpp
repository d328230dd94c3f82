// SPDX-License-Identifier: GPL-2.0-or-later
// The IOMMU: firmware, kernel command line, interrupts, isolation, Thunderbolt.
#include <algorithm>
#include <array>

#include "iommu/iommu_words.hpp"
#include "iommu/lines.hpp"
#include "src/findings/diagnosis.hpp"
#include "src/findings/iommu_reason.hpp"
#include "src/findings/remedies.hpp"
#include "src/render/text.hpp"

namespace ctrlpass {

namespace {

/// The way forward: in words, or by words of the kernel command line.
struct Remedy {
    std::string hint;
    CommandLineWords words = {};
};

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
    void add(std::string check, CheckState state, std::string message, Remedy way = {}) {
        checks_.push_back({std::move(check), state, std::move(message), std::move(way.hint),
                           std::move(way.words)});
    }

    std::string name() const { return name_of_iommu(health_.processor); }

    void judge_iommu() {
        if (host_.iommu.state == Iommu::State::on)
            return add("iommu", CheckState::ok, name() + " is on");
        add("iommu", CheckState::stop, fact_of(host_.iommu), way_to_iommu());
    }

    Remedy way_to_iommu() const {
        const Iommu& iommu = host_.iommu;
        using Reason = Iommu::Reason;
        if (iommu.reason == Reason::not_turned_on) return {"", {{"intel_iommu=on"}, {}}};
        if (iommu.reason == Reason::turned_off) return way_without(iommu.words_off);
        const std::string setup =
            iommu.reason == Reason::firmware ? remedies_.firmware_setup() : "";
        return {way_of(iommu) + (setup.empty() ? "" : "\n" + setup)};
    }

    /// What else these words say stays.
    Remedy way_without(const std::vector<std::string>& off) const {
        const Iommu& iommu = host_.iommu;
        std::vector<std::string> add;
        for (const std::string& word : off) {
            const std::string left = without_option(word, "off");
            if (!left.empty()) add.push_back(left);
        }
        std::string others;
        for (const std::string& word : words_of(host_.command_line))
            if (std::ranges::find(off, word) == off.end()) others += word + " ";
        const bool waits = iommu.processor == Processor::intel && !iommu.on_by_default &&
                           off.front() != "acpi=off";
        if (waits && !read_iommu_words(others, iommu.processor).turned_on)
            add.emplace_back("intel_iommu=on");
        return {"", {add, off}};
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
                way_to_remapping());
        } else {
            add("interrupt-remapping", CheckState::stop,
                "the IOMMU does not remap interrupts, and VFIO refuses to work without",
                way_to_remapping());
        }
    }

    Remedy way_to_remapping() const {
        std::vector<std::string> bad;
        std::vector<std::string> left;
        for (const std::string& word : words_of(host_.command_line)) {
            const bool remaps =
                word.starts_with("intremap=") && without_option(word, "off") != word;
            if (!remaps && word != "nointremap" && word != "noapic") continue;
            bad.push_back(word);
            if (remaps && !without_option(word, "off").empty())
                left.push_back(without_option(word, "off"));
        }
        if (!bad.empty()) return {"", {left, bad}};
        const std::string way = remedies_.firmware_setup();
        return {"Turn on interrupt remapping (with it often \"x2APIC\") in the firmware's setup." +
                (way.empty() ? "" : "\n" + way) +
                "\nThe kernel's reason is in its log:\n    journalctl -k -b --grep "
                "'remapping|DMAR-IR|AMD-Vi'"};
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
                {"", {{}, {word}}});
        }
        if (host_.iommu.no_iommu_mode)
            add("no-iommu-mode", CheckState::warning,
                "VFIO's no-IOMMU mode is on: it protects nothing and serves no guest",
                {"Turn it off, then look for who turns it on:\n    echo N > "
                 "/sys/module/vfio/parameters/enable_unsafe_noiommu_mode\n    grep -rs "
                 "enable_unsafe_noiommu_mode /etc/modprobe.d /etc/default/grub /etc/default/grub.d "
                 "/etc/kernel/cmdline"});
        if (host_.iommu.unsafe_interrupts && host_.iommu.interrupt_remapping == true)
            add("unsafe-interrupts", CheckState::warning,
                "VFIO may go on without interrupt remapping, which this machine has",
                {"Nothing needs it here; see who sets it:\n    grep -rs allow_unsafe_interrupts "
                 "/etc/modprobe.d /etc/default/grub /etc/default/grub.d /etc/kernel/cmdline"});
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
                    {"Turn on \"Kernel DMA Protection\" (with " + name() +
                     ") in the firmware's setup.\nOtherwise plug in only what you trust:\n    "
                     "boltctl list"});
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
