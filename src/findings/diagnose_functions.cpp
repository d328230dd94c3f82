// SPDX-License-Identifier: GPL-2.0-or-later
// The functions: which can be given away, what somebody left behind, other tools.
#include <algorithm>
#include <set>

#include "src/findings/diagnosis.hpp"
#include "src/findings/judge.hpp"
#include "src/findings/judge_foreign.hpp"
#include "src/render/render.hpp"
#include "src/render/text.hpp"

namespace ctrlpass {

namespace {

class Functions {
  public:
    Functions(const Symptoms& symptoms, std::vector<Check>& checks)
        : symptoms_(symptoms), host_(symptoms.host), checks_(checks) {
        if (!symptoms.recorded) return;
        for (const auto& [name, ledger] : *symptoms.recorded)
            for (const Entry& entry : ledger.entries)
                if (const auto* const setting = std::get_if<BindingSetting>(&entry.setting))
                    ours_.insert(setting->address);
    }

    void diagnose() {
        judge_controllers();
        judge_stuck();
        judge_unread();
        judge_holders();
        judge_overrides();
        judge_driverless();
        judge_daemons();
    }

  private:
    void add(std::string check, CheckState state, std::string message, std::string hint = {}) {
        checks_.push_back({std::move(check), state, std::move(message), std::move(hint)});
    }

    /// Without an IOMMU none can be given away, which is said already.
    void judge_controllers() {
        if (host_.controllers.empty())
            return add("controllers", CheckState::warning, "no USB controller was found");
        if (host_.iommu.state != Iommu::State::on) return;
        std::size_t free = 0;
        std::size_t cost = 0;
        for (const Controller& controller : host_.controllers) {
            const Verdict verdict =
                verdict_of(host_, symptoms_.holders, controller, symptoms_.ssh_connection);
            free += verdict.kind == Verdict::free ? 1U : 0U;
            cost += verdict.kind == Verdict::cost ? 1U : 0U;
        }
        const std::size_t total = host_.controllers.size();
        const std::string count = count_of(total, "USB controller");
        if (free + cost == 0)
            return add("controllers", CheckState::warning,
                       count + ", and none can be given away alone",
                       "See why, and what would have to go along:\n    ctrlpass inspect");
        add("controllers", CheckState::ok,
            count + ": " + std::to_string(free) + " can be given away, " + std::to_string(cost) +
                " at a cost, " + std::to_string(total - free - cost) + " cannot alone");
    }

    void judge_stuck() {
        std::vector<std::string> stuck;
        for (const auto& [address, function] : host_.functions)
            if (function.stuck) stuck.push_back(to_string(address));
        if (stuck.empty()) return;
        add("stuck-functions", CheckState::stop,
            "the kernel does not answer about " + joined(stuck) + ": a write to it hangs",
            "Only a reboot frees it; save your work first:\n    reboot");
    }

    /// Nothing is known of these, nor what they would cost.
    void judge_unread() {
        std::vector<std::string> unread;
        for (const auto& [address, reason] : host_.unread)
            unread.push_back(to_string(address) + " (" + printable(reason) + ")");
        if (!unread.empty())
            add("unread-functions", CheckState::unknown,
                "the attributes of " + joined(unread) + " make no sense: it is left out");
    }

    void judge_holders() {
        if (symptoms_.holders.complete) return;
        add("holders", CheckState::unknown,
            "only root can see who has groups and devices open, and what other processes have "
            "mounted");
    }

    /// "/etc/udev/rules.d/10-vfio.rules:3", "" where none is known.
    std::string rule_about(const PciAddress& address) const {
        const Fitness* const fitness = host_.fitness_of(address);
        if (fitness == nullptr) return {};
        for (const Overrider& overrider : fitness->overriders)
            if (overrider.tool == Overrider::Tool::udev) return overrider.place;
        return {};
    }

    /// A script or another rule of which as much is known.
    const ForeignRule* script_about(const PciAddress& address) const {
        const Fitness* const fitness = host_.fitness_of(address);
        if (fitness == nullptr) return nullptr;
        for (const ForeignRule& rule : fitness->foreign)
            if (std::ranges::find(rule.verbs, "driver_override") != rule.verbs.end()) return &rule;
        return nullptr;
    }

    /// How to take out what sets it, and then the override.
    static std::string override_hint(const std::string& rule, const ForeignRule* script,
                                     const std::string& where) {
        ForeignRule of_udev;
        of_udev.when = ForeignRule::When::seen;
        of_udev.place = rule;
        const bool known = !rule.empty() || script != nullptr;
        return (known ? "Let one tool have it: " +
                            foreign_remedy(rule.empty() ? *script : of_udev) + "\nThen clear it:"
                      : "See whether another tool needs it; if not, clear it:") +
               "\n    echo > /sys/bus/pci/devices/" + where + "/driver_override";
    }

    /// A driver_override that no ledger knows.
    void judge_overrides() {
        bool any = false;
        for (const auto& [address, function] : host_.functions) {
            if (!function.override_name || ours_.contains(address)) continue;
            any = true;
            const std::string where = to_string(address);
            const std::string fact =
                "driver_override of " + where + " is '" + *function.override_name + "'";
            if (!symptoms_.recorded && symptoms_.live) {
                add("overrides", CheckState::unknown,
                    fact + "; only root can tell whether ctrlpass set it");
            } else if (symptoms_.health.driverctl.contains(where)) {
                add("overrides", CheckState::warning, fact + ", by driverctl",
                    "Let one tool have it; to take it from driverctl:\n    driverctl "
                    "unset-override " +
                        where);
            } else {
                const std::string rule = rule_about(address);
                const ForeignRule* const script = script_about(address);
                const std::string who = !rule.empty() ? ", by a rule of udev: " + rule
                                        : script != nullptr
                                            ? ", which " + printable(script->place) + " sets"
                                        : symptoms_.live ? ", and ctrlpass did not set it"
                                                         : "";
                add("overrides", CheckState::warning, fact + who,
                    override_hint(rule, script, where));
            }
        }
        for (const auto& [where, driver] : symptoms_.health.driverctl) {
            const auto address = parse_address(where);
            const Place* const place = address ? host_.place(*address) : nullptr;
            const Function* const function = address ? host_.function(*address) : nullptr;
            const bool said =
                function != nullptr && function->override_name && !ours_.contains(*address);
            if (place == nullptr || said || !is_usb_controller(place->class_code)) continue;
            any = true;
            add("overrides", CheckState::warning,
                "driverctl gives " + where + " to " + driver + " at every boot",
                "Let one tool have it; to take it from driverctl:\n    driverctl unset-override " +
                    where);
        }
        if (!any) add("overrides", CheckState::ok, "none but what ctrlpass set");
    }

    /// A give-back that went half way leaves a controller like this.
    void judge_driverless() {
        for (const Controller& controller : host_.controllers) {
            const Function* const function = host_.function(controller.address);
            const bool waits = function == nullptr || function->driver || function->override_name ||
                               function->stuck || controller.type == Controller::Type::usb4 ||
                               is_bridge(function->place.class_code);
            if (waits) continue;
            const std::string where = to_string(controller.address);
            add("driverless", CheckState::warning,
                "USB controller " + where + " has no driver: its ports are dead",
                "Offer it to the host's drivers:\n    echo " + where +
                    " > /sys/bus/pci/drivers_probe");
        }
    }

    void judge_daemons() {
        if (symptoms_.health.usbguard)
            add("usbguard", CheckState::ok,
                "is running: it knows nothing of devices in a guest, and judges anew each that "
                "comes back");
        if (symptoms_.health.irqbalance)
            add("irqbalance", CheckState::ok,
                "is running: it spreads the interrupts of controllers in guests too");
    }

    const Symptoms& symptoms_;
    const Host& host_;
    std::vector<Check>& checks_;
    std::set<PciAddress> ours_;
};

}  // namespace

void diagnose_functions(const Symptoms& symptoms, std::vector<Check>& checks) {
    Functions(symptoms, checks).diagnose();
}

}  // namespace ctrlpass
