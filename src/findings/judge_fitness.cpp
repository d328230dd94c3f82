// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/findings/judge_fitness.hpp"

#include <algorithm>

#include "src/findings/known_resets.hpp"
#include "src/render/text.hpp"

namespace ctrlpass {

namespace {

/// The findings about one function.
class FitnessJudging {
  public:
    FitnessJudging(const Case& facts, const Function& function)
        : facts_(facts), function_(function), address_(to_string(function.place.address)) {}

    std::vector<Finding> findings() {
        judge_reset();
        judge_firmware();
        const Fitness* const fitness = facts_.host.fitness_of(function_.place.address);
        if (fitness == nullptr) return std::move(findings_);
        judge_regions(*fitness);
        judge_plug(*fitness);
        judge_line(*fitness);
        return std::move(findings_);
    }

  private:
    void find(std::string_view code, std::string message, std::string hint = {}) {
        findings_.push_back(
            make_finding(facts_.profile, code, address_, std::move(message), std::move(hint)));
    }

    void judge_reset() {
        const auto& methods = function_.reset_methods;
        if (const KnownReset* const known = known_reset_of(function_.id, methods))
            return find("known-bad-reset",
                        address_ + " (" + std::string(known->name) +
                            "): " + std::string(known->what_happens),
                        hint_of(*known));
        const Fitness* const fitness = facts_.host.fitness_of(function_.place.address);
        if (methods.empty() && (fitness == nullptr || !fitness->has_reset))
            return find("no-reset", "the kernel knows no way to reset " + address_);
        const auto by_bus = [](const std::string& method) { return method.ends_with("bus"); };
        if (!methods.empty() && std::ranges::all_of(methods, by_bus))
            find("bus-reset-only", "only a reset of its whole bus resets " + address_);
    }

    std::string hint_of(const KnownReset& known) const {
        if (!known.hint.empty()) return std::string(known.hint);
        std::string others;
        for (const std::string& method : function_.reset_methods)
            if (method != known.method) others += (others.empty() ? "" : " ") + printable(method);
        if (others.empty()) return {};
        return "Let the kernel use another way, until the next boot:\n    echo " + others +
               " > /sys/bus/pci/devices/" + address_ +
               "/reset_method\nor accept it: a cold start may be needed after the guest has ended.";
    }

    void judge_firmware() {
        if (!has_uploaded_firmware(function_.id)) return;
        // Its driver has another name before Linux 6.12.
        const std::string driver =
            function_.driver ? printable(*function_.driver) : "the host's driver";
        find("firmware-upload", "where its board has no ROM, " + driver +
                                    " uploads the firmware of " + address_ +
                                    " when it binds; a guest may have none to upload");
    }

    void judge_regions(const Fitness& fitness) {
        if (fitness.direct_regions.empty()) return;
        find("rmrr", "the firmware keeps memory mapped for the IOMMU group of " + address_ + " (" +
                         joined(fitness.direct_regions) +
                         ", direct): the kernel gives it to no guest");
    }

    void judge_plug(const Fitness& fitness) {
        if (fitness.tunnel)
            return find("removable-controller", address_ +
                                                    " hangs on a Thunderbolt or USB4 cable, behind "
                                                    "the host interface " +
                                                    to_string(*fitness.tunnel));
        if (!fitness.removable) return;
        find("removable-controller", *fitness.removable == function_.place.address
                                         ? address_ + " can be unplugged, the kernel says"
                                         : address_ + " hangs below " +
                                               to_string(*fitness.removable) +
                                               ", which can be unplugged, the kernel says");
    }

    void judge_line(const Fitness& fitness) {
        if (!fitness.shared_line) return;
        find("shared-intx", address_ + " has no interrupt of its own: it shares line " +
                                std::to_string(*fitness.shared_line) + " with " +
                                printable(joined(fitness.line_sharers)));
    }

    const Case& facts_;
    const Function& function_;
    std::string address_;
    std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> judge_fitness(const Case& facts, const Function& function) {
    if (is_bridge(function.place.class_code)) return {};  // it stays with the host anyway
    return FitnessJudging(facts, function).findings();
}

}  // namespace ctrlpass
