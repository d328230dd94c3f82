// SPDX-License-Identifier: GPL-2.0-or-later
#include <pwd.h>
#include <unistd.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "iommu/number.hpp"
#include "src/capture/capture.hpp"
#include "src/commands/commands.hpp"
#include "src/plan/gather.hpp"
#include "src/render/json.hpp"

namespace ctrlpass {

namespace {

/// The user who called sudo, by the name that the machine has for the number.
std::string calling_user() {
    const char* const number = std::getenv("SUDO_UID");
    const auto uid = number_in<::uid_t>(number == nullptr ? "" : number);
    const struct passwd* const entry = uid && *uid != 0 ? ::getpwuid(*uid) : nullptr;
    return entry == nullptr ? "USER" : entry->pw_name;
}

std::string next_steps(const std::string& directory) {
    const std::string word = shell_word(directory);
    const bool is_root = ::geteuid() == 0;
    return "Captured" +
           (is_root ? ", readable by root alone. To give it to an ordinary user:\n    chown -R " +
                          shell_word(calling_user()) + ": " + word + "\nTo read it"
                    : std::string(". To read it")) +
           ", here or elsewhere:\n    ctrlpass inspect --root " + word + "\n";
}

void note_left_out(const LeftOut& left_out, const Console& console) {
    for (const std::string& file : left_out.files)
        console.note("left out of the copy: /" + file +
                     ", of which nothing is known to be harmless");
    for (const std::string& guest : left_out.guests)
        console.note("left out of the copy: the definition of " + guest + ", which cannot be read");
}

}  // namespace

Result<int> run_capture(const Options& options, const Console& console) {
    Root root = TRY(Root::open("/"));
    const auto ask_domains = [&]() -> std::vector<Domain> {
        GuestHosts guests;
        auto domains = guests.domains("qemu:///system");
        if (domains) return std::move(*domains);
        console.note("the guests' definitions are left out: " + domains.error().what + ", " +
                     domains.error().where);
        return {};
    };
    const LeftOut left_out = TRY(capture(root, ask_domains, options.directory));
    note_left_out(left_out, console);
    if (console.json()) {
        const nlohmann::ordered_json json{
            {"format", 1}, {"command", "capture"}, {"directory", options.directory}};
        console.print(document_text(json));
    } else {
        console.print(next_steps(options.directory));
    }
    return exit_code::done;
}

}  // namespace ctrlpass
