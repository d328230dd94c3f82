// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/commands/systemd_service.hpp"

#include <fcntl.h>

#include <algorithm>
#include <filesystem>

#include "iommu/descriptor.hpp"
#include "iommu/number.hpp"

namespace ctrlpass {

namespace {

constexpr auto systemd_deadline = std::chrono::seconds(20);
constexpr std::size_t longest_command_line = 1U << 17U;

/// The process that the unit runs; nothing where it runs none.
std::optional<int> process_of(const std::string& unit) {
    auto text = output_of({"systemctl", "show", "--property=MainPID", unit}, systemd_deadline);
    constexpr std::string_view name = "MainPID=";
    if (!text || !text->starts_with(name)) return std::nullopt;
    const auto end = text->find_last_not_of('\n');
    const auto process =
        number_in<int>(std::string_view(*text).substr(0, end + 1).substr(name.size()));
    return process && *process > 0 ? process : std::nullopt;
}

/// Does it run this program, by the very words? What systemd has expanded is expanded by now. The
/// name that the program is called by may be another.
bool runs(int process, const Words& words) {
    const std::string folder = "/proc/" + std::to_string(process);
    std::error_code error;
    if (!std::filesystem::equivalent(folder + "/exe", "/proc/self/exe", error) || error)
        return false;
    const Descriptor file(::open((folder + "/cmdline").c_str(), O_RDONLY | O_CLOEXEC));
    const auto line = read_all(file, "cannot read a command line", longest_command_line);
    if (!file.is_open() || !line) return false;
    std::string wanted;
    for (std::size_t i = 1; i < words.size(); ++i) wanted += words[i] + '\0';
    const auto first = line->find('\0');
    return first != line->npos && line->substr(first + 1) == wanted;
}

}  // namespace

std::string transient_argument(const std::string& word) {
    std::string text;
    for (const char c : word) text += c == '$' ? std::string("$$") : std::string(1, c);
    return text;
}

TransientService::Came TransientService::start() const {
    Words command{"systemd-run",
                  "--quiet",
                  "--no-ask-password",
                  "--unit=" + unit,
                  "--description=" + description,
                  "--service-type=notify",
                  "--property=TimeoutStartSec=15",
                  "--property=TimeoutStopSec=5",
                  "--property=KillMode=process",
                  "--property=OOMScoreAdjust=-900",
                  "--",
                  words.front()};
    std::transform(words.begin() + 1, words.end(), std::back_inserter(command), transient_argument);
    if (!run_program(command, systemd_deadline)) {
        stop_units({unit});
        return Came::not_started;
    }
    const auto process = process_of(unit);
    if (process && runs(*process, words)) return Came::started;
    stop_units({unit});
    return Came::differs;
}

void stop_units(const Words& units) {
    Words stop{"systemctl", "--quiet", "stop"};
    Words forget{"systemctl", "--quiet", "reset-failed"};
    stop.insert(stop.end(), units.begin(), units.end());
    forget.insert(forget.end(), units.begin(), units.end());
    // One that is not there is fine.
    (void)run_program(stop, systemd_deadline);
    (void)run_program(forget, systemd_deadline);
}

}  // namespace ctrlpass
