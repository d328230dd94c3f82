// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/commands/armed_way_back.hpp"

#include <chrono>
#include <filesystem>

#include "src/commands/programs.hpp"

namespace ctrlpass {

namespace {

constexpr auto systemd_deadline = std::chrono::seconds(20);

std::string unit_of(const std::string& transaction) { return "ctrlpass-confirm-" + transaction; }

}  // namespace

Result<> ArmedWayBack::arm() const {
    std::error_code error;
    const Words way_back{own_path(),      "rollback",
                         "--unconfirmed", transaction,
                         "--state",       std::filesystem::absolute(state, error).string(),
                         "--deadline",    std::to_string(deadline)};
    if (runs_systemd()) {
        Words timer{"systemd-run",
                    "--quiet",
                    "--collect",
                    "--unit=" + unit_of(transaction),
                    "--description=ctrlpass: put back what is not confirmed",
                    "--on-active=" + std::to_string(seconds) + "s",
                    "--timer-property=AccuracySec=100ms",
                    "--"};
        timer.insert(timer.end(), way_back.begin(), way_back.end());
        if (run_program(timer, systemd_deadline)) return {};
    }
    Words process = way_back;
    process.insert(process.end(), {"--after", std::to_string(seconds)});
    auto started = start_detached(std::move(process));
    if (!started) started.error().what = "cannot start the process that would put everything back";
    return started;
}

void disarm_way_back(const std::string& transaction) {
    if (!runs_systemd()) return;
    // Should it fire nevertheless, it finds nothing to do.
    (void)run_program({"systemctl", "--quiet", "stop", unit_of(transaction) + ".timer"},
                      systemd_deadline);
}

}  // namespace ctrlpass
