// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/commands/metrics_of.hpp"

#include <array>
#include <ctime>

namespace ctrlpass {

namespace {

using Samples = std::vector<Metric::Sample>;

std::int64_t devices_below(const std::vector<UsbDevice>& devices) {
    std::int64_t count = 0;
    for (const UsbDevice& device : devices)
        count += (device.hub ? 0 : 1) + devices_below(device.devices);
    return count;
}

/// Times of the ledger are UTC, RFC 3339.
std::optional<std::int64_t> unix_time(const std::string& time) {
    std::tm parts{};
    const char* const end = ::strptime(time.c_str(), "%Y-%m-%dT%H:%M:%SZ", &parts);
    if (end == nullptr || *end != '\0') return std::nullopt;
    return ::timegm(&parts);
}

/// Those of the host's controllers.
class ControllerMetrics {
  public:
    explicit ControllerMetrics(const Inspection& seen) : seen_(seen) {}

    void add_to(std::vector<Metric>& metrics) const {
        std::map<std::string, std::int64_t> drivers;
        std::map<int, bool> groups;
        Samples infos;
        Samples devices;
        Samples viable;
        Samples verdicts;
        for (const Controller& controller : seen_.host.controllers) {
            const Function* const function = seen_.host.function(controller.address);
            if (function == nullptr) continue;
            const std::string address = to_string(controller.address);
            const std::string driver = function->driver.value_or("none");
            ++drivers[driver];
            infos.push_back({{{"address", address},
                              {"id", to_string(function->id)},
                              {"type", word_of(controller.type)},
                              {"driver", driver}},
                             1});
            devices.push_back({{{"address", address}}, devices_below(controller.devices)});
            const bool is_viable = is_group_viable(*function);
            viable.push_back({{{"address", address}}, is_viable});
            if (function->group) {
                bool& all = groups.try_emplace(*function->group, true).first->second;
                all = all && is_viable;
            }
            add_verdict(controller.address, verdicts);
        }
        metrics.push_back(
            {"controllers", "USB controllers by the driver that has them.", by_driver(drivers)});
        metrics.push_back({"controller_info", "A USB controller of this host.", infos});
        metrics.push_back({"controller_devices",
                           "USB devices behind the controller that the host sees, hubs left out.",
                           devices});
        metrics.push_back({"controller_verdict",
                           "Can it be given away: freely, at a cost, or not at all?", verdicts});
        metrics.push_back({"controller_group_viable",
                           "Has no other function of its IOMMU group a host driver?", viable});
        metrics.push_back({"groups",
                           "IOMMU groups with a USB controller.",
                           {{{}, static_cast<std::int64_t>(groups.size())}}});
        metrics.push_back({"groups_viable",
                           "Those of them whose controllers could be given away as to the group.",
                           {{{}, std::ranges::count_if(groups, [](const auto& group) {
                                 return group.second;
                             })}}});
    }

  private:
    static Samples by_driver(const std::map<std::string, std::int64_t>& drivers) {
        Samples samples;
        for (const auto& [driver, count] : drivers)
            samples.push_back({{{"driver", driver}}, count});
        return samples;
    }

    bool is_group_viable(const Function& function) const {
        const auto verdict = seen_.verdicts.find(function.place.address);
        return function.group && verdict != seen_.verdicts.end() &&
               std::ranges::find(verdict->second.findings, "group-not-viable", &Finding::code) ==
                   verdict->second.findings.end();
    }

    void add_verdict(const PciAddress& address, Samples& samples) const {
        const auto verdict = seen_.verdicts.find(address);
        if (verdict == seen_.verdicts.end()) return;
        for (const auto kind : {Verdict::free, Verdict::cost, Verdict::no})
            samples.push_back({{{"address", to_string(address)}, {"verdict", word_of(kind)}},
                               verdict->second.kind == kind});
    }

    const Inspection& seen_;
};

/// One sample for each profile; those of which nothing is known have none.
template <typename Value>
Metric of_profiles(const MetricsFacts& facts, const std::string& name, const std::string& help,
                   const Value& value) {
    Metric metric{"profile_" + name, help, {}};
    for (const ProfileStatus& status : facts.profiles)
        if (const std::optional<std::int64_t> known = value(status))
            metric.samples.push_back({{{"profile", status.name}}, *known});
    return metric;
}

void add_states(const MetricsFacts& facts, std::vector<Metric>& metrics) {
    metrics.push_back(of_profiles(
        facts, "ledger_broken", "Can its ledger not be read? Then nothing else is known of it.",
        [](const ProfileStatus& status) {
            return std::optional<std::int64_t>(status.ledger.broken.has_value());
        }));
    const auto add = [&](const char* name, const char* help, const auto& value) {
        metrics.push_back(of_profiles(
            facts, name, help, [&](const ProfileStatus& status) -> std::optional<std::int64_t> {
                if (status.ledger.broken) return std::nullopt;
                return value(status);
            }));
    };
    add("applied", "Is the profile applied?",
        [](const ProfileStatus& status) { return status.ledger.is_applied(); });
    add("drift", "Is anything not as it was recorded, or not known?",
        [](const ProfileStatus& status) { return status.drift() == true; });
    add("settings", "Settings of the machine that the profile claims.",
        [](const ProfileStatus& status) { return std::ssize(status.lines); });
    add("settings_differing", "Those of them that are not as they were recorded.",
        [](const ProfileStatus& status) {
            return std::ranges::count_if(
                status.lines, [](const StatusLine& line) { return line.drift && line.now; });
        });
    add("settings_unknown", "Those of them that cannot be read now.",
        [](const ProfileStatus& status) {
            return std::ranges::count_if(status.lines,
                                         [](const StatusLine& line) { return !line.now; });
        });
    add("pending", "Does an apply wait to be confirmed?",
        [](const ProfileStatus& status) { return status.waits(); });
    add("unfinished", "Is an apply or a rollback unfinished, and waits for nothing?",
        [](const ProfileStatus& status) { return status.ledger.unfinished && !status.waits(); });
}

void add_last_applies(const MetricsFacts& facts, std::vector<Metric>& metrics) {
    metrics.push_back(of_profiles(facts, "last_apply_success",
                                  "Was what the last apply did kept? An interrupted one and one "
                                  "that was put back count as 0.",
                                  [](const ProfileStatus& status) -> std::optional<std::int64_t> {
                                      const LastApply& last = status.ledger.last_apply;
                                      if (last.time.empty()) return std::nullopt;
                                      return last.kept || (last.open && status.waits());
                                  }));
    metrics.push_back(of_profiles(
        facts, "last_apply_timestamp_seconds", "When the last apply began, in Unix time.",
        [](const ProfileStatus& status) { return unix_time(status.ledger.last_apply.time); }));
}

void add_misplaced(const MetricsFacts& facts, std::vector<Metric>& metrics) {
    const auto add = [&](const char* name, const char* help, std::size_t Misplaced::*count) {
        metrics.push_back(of_profiles(
            facts, name, help, [&](const ProfileStatus& status) -> std::optional<std::int64_t> {
                const auto found = facts.misplaced.find(status.name);
                if (found == facts.misplaced.end()) return std::nullopt;
                return static_cast<std::int64_t>(found->second.*count);
            }));
    };
    add("interrupts_misplaced",
        "Interrupts of the running guest that are not where [pin] wants them.",
        &Misplaced::interrupts);
    add("threads_misplaced", "Threads of the running guest that are not where [pin] wants them.",
        &Misplaced::threads);
}

}  // namespace

std::vector<Metric> metrics_of(const MetricsFacts& facts) {
    std::vector<Metric> metrics{
        {"build_info", "The ctrlpass that wrote this.", {{{{"version", CTRLPASS_VERSION}}, 1}}},
        {"iommu_on",
         "Is the IOMMU at work?",
         {{{}, facts.seen.host.iommu.state == Iommu::State::on}}}};
    ControllerMetrics(facts.seen).add_to(metrics);
    add_states(facts, metrics);
    add_last_applies(facts, metrics);
    add_misplaced(facts, metrics);
    metrics.push_back({"stuck_writes",
                       "Writes to PCI functions that hang in the kernel.",
                       {{{}, static_cast<std::int64_t>(facts.stuck_writes)}}});
    return metrics;
}

}  // namespace ctrlpass
