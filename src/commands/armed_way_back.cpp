// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/commands/armed_way_back.hpp"

#include <algorithm>
#include <filesystem>

#include "iommu/library.hpp"
#include "iommu/processes.hpp"
#include "src/commands/log_error.hpp"
#include "src/commands/programs.hpp"
#include "src/commands/readiness.hpp"
#include "src/commands/systemd_service.hpp"
#include "src/commands/unconfirmed.hpp"
#include "src/guests/libvirt_api.hpp"
#include "src/ledger/state_folder.hpp"

namespace ctrlpass {

namespace {

constexpr auto readiness_deadline = std::chrono::seconds(20);
constexpr auto timer_deadline = std::chrono::seconds(5);

std::string unit_of(const std::string& transaction) { return "ctrlpass-confirm-" + transaction; }

Words words_of(const ArmedWayBack& armed) {
    std::error_code error;
    return {own_path(),      "rollback",
            "--unconfirmed", armed.transaction,
            "--after",       std::to_string(armed.seconds),
            "--state",       std::filesystem::absolute(armed.state, error).string(),
            "--deadline",    std::to_string(armed.deadline)};
}

Result<> start_process(const Words& words) {
    const std::string what = "cannot start the process that would put everything back";
    const ReadinessSocket readiness = TRY(ReadinessSocket::open());
    auto started = start_detached(words);
    if (!started) started.error().what = what;
    TRY(started);
    if (!readiness.is_told(readiness_deadline))
        return fail(what, "it did not get ready", "The journal may say why. Nothing was changed.");
    return {};
}

/// What it will need when its time is over: a library that is loaded stays, whatever becomes of its
/// file. One that is not there is not needed, or is missed when it is.
void load_libraries() {
    for (const auto* const name : {"libsystemd.so.0", "libkmod.so.2"}) {
        [[maybe_unused]] const auto library = SharedLibrary::open(name);
    }
    [[maybe_unused]] const auto libvirt = LibvirtApi::load();
}

}  // namespace

Result<> ArmedWayBack::arm() const {
    const Words words = words_of(*this);
    if (!runs_systemd()) return start_process(words);
    const TransientService service{unit_of(transaction) + ".service",
                                   "ctrlpass: put back what is not confirmed", words};
    switch (service.start()) {
        case TransientService::Came::started:
            return {};
        case TransientService::Came::not_started:
            break;
        case TransientService::Came::differs:
            return fail("cannot arm the way back: systemd does not run the words it was given",
                        service.unit, "It is stopped again. Nothing was changed.");
    }
    return start_process(words);
}

bool is_armed(const Root& root, const std::string& transaction) {
    const Words wanted{"--unconfirmed", transaction};
    for (const int pid : process_ids(root)) {
        const Words words = process_arguments(root, pid);
        if (!std::ranges::search(words, wanted).empty()) return true;
    }
    return runs_systemd() &&
           run_program({"systemctl", "--quiet", "is-active", unit_of(transaction) + ".timer"},
                       timer_deadline)
               .has_value();
}

void disarm_way_back(const std::string& transaction) {
    if (!runs_systemd()) return;
    // Older ones armed a timer. Should either fire nevertheless, it finds nothing to do.
    stop_units({unit_of(transaction) + ".timer", unit_of(transaction) + ".service"});
}

Result<int> run_armed_way_back(const Options& options, const Console& console) {
    const auto loud = [](const Error& error) {
        log_error(error);
        return std::unexpected(error);
    };
    Options armed = options;
    const auto state = open_state(options.state, false);
    if (!state) return loud(state.error());
    armed.state = held_state(*state);
    load_libraries();
    tell_readiness();
    const auto code = run_unconfirmed(armed, console);
    if (!code) return loud(code.error());
    if (*code != exit_code::done)
        log_error({"could not put back all of what was not confirmed",
                   "transaction " + options.unconfirmed,
                   "See what is left, and go on when the reason is gone:\n    ctrlpass status\n"
                   "    ctrlpass rollback --all"});
    return *code;
}

}  // namespace ctrlpass
