// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/findings/diagnose_early.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "src/findings/ids_option.hpp"
#include "src/findings/judge_foreign.hpp"
#include "src/findings/remedies.hpp"
#include "src/render/text.hpp"
#include "vfio/driver_names.hpp"

namespace ctrlpass {

namespace {

using When = ForeignRule::When;

bool is_early(const ForeignRule& rule) {
    return rule.when == When::initramfs || rule.when == When::seen || rule.when == When::boot ||
           rule.when == When::module;
}

/// In a ledger, or in the hands of a guest, whose libvirt bound it.
bool is_explained(const Symptoms& symptoms, const Function& function) {
    const auto names = [&](const Entry& entry) {
        const auto* const setting = std::get_if<BindingSetting>(&entry.setting);
        return setting != nullptr && setting->address == function.place.address;
    };
    for (const auto& [name, ledger] : symptoms.recorded.value_or(Recorded{}))
        if (std::ranges::any_of(ledger.entries, names)) return true;
    return std::ranges::any_of(symptoms.holders.holders, [&](const Holder& holder) {
        return holder.group == function.group && !holder.guest.empty();
    });
}

std::string hint_for(const ForeignRule& rule, const Health& health) {
    const bool in_image = rule.when == When::initramfs || rule.when == When::module;
    return "Let one tool have it: see what it is for, and " + foreign_remedy(rule) +
           (in_image ? "\n" + Remedies(health).rebuild_initramfs() : "");
}

}  // namespace

std::vector<Check> early_binders(const Symptoms& symptoms) {
    std::vector<Check> checks;
    std::set<std::string> said;
    for (const Controller& controller : symptoms.host.controllers) {
        const Function* const function = symptoms.host.function(controller.address);
        const Fitness* const fitness = symptoms.host.fitness_of(controller.address);
        if (function == nullptr || fitness == nullptr) continue;
        bool early = false;
        for (const ForeignRule& rule : fitness->foreign) {
            if (!is_early(rule)) continue;
            early = true;
            std::string message = foreign_text(rule, *function) + ", whatever ctrlpass does";
            // A script that names no function is one fact, however many controllers there are.
            if (!rule.names_it && !said.insert(rule.place).second) continue;
            checks.push_back({"early-boot", CheckState::warning, std::move(message),
                              hint_for(rule, symptoms.health)});
        }
        const bool on_vfio = function->driver && is_vfio_driver(*function->driver);
        if (early || !on_vfio || is_explained(symptoms, *function) ||
            ids_option_for(symptoms.host, *function))
            continue;
        const std::string where = to_string(controller.address);
        const bool known = symptoms.live && symptoms.recorded;
        checks.push_back({"early-boot", known ? CheckState::warning : CheckState::unknown,
                          where + " is on " + printable(*function->driver) + " already" +
                              (known ? ", and no ledger of ctrlpass has it" : "") +
                              ": what bound it is not known",
                          "Look for what binds it at boot:\n    grep -rsl " + where +
                              " /etc /usr/local /usr/lib/udev/rules.d"});
    }
    return checks;
}

}  // namespace ctrlpass
