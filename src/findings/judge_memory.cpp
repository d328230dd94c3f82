// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/findings/judge_memory.hpp"

#include "src/render/text.hpp"

namespace ctrlpass {

namespace {

/// "8 GiB", "1536 MiB", "1000 KiB": nothing is rounded away.
std::string shown(std::uint64_t kibibytes) {
    constexpr std::uint64_t step = 1024;
    if (kibibytes % (step * step) == 0) return std::to_string(kibibytes / step / step) + " GiB";
    if (kibibytes % step == 0) return std::to_string(kibibytes / step) + " MiB";
    return std::to_string(kibibytes) + " KiB";
}

/// virsh of the domain's own libvirt.
std::string virsh(const Domain& domain) {
    const std::string& uri = domain.ref.uri;
    return "    virsh " + (uri == "qemu:///system" ? "" : "-c " + shell_word(uri) + " ");
}

}  // namespace

std::vector<Finding> judge_memory(const std::string& profile, const Domain& domain,
                                  std::size_t devices) {
    std::vector<Finding> findings;
    const std::string name = printable(domain.ref.name);
    const std::string word = shell_word(domain.ref.name);
    const std::uint64_t wanted = locked_for(domain.memory, devices);
    if (domain.memory.hard_limit && domain.memory.size > 0 && *domain.memory.hard_limit < wanted)
        findings.push_back(
            make_finding(profile, "memlock", name,
                         "the hard_limit of " + name + " is " + shown(*domain.memory.hard_limit) +
                             ", and libvirt lets it lock no more; its memory and what VFIO needs "
                             "beside it take " +
                             shown(wanted),
                         "Raise it, or take it away:\n" + virsh(domain) + "memtune " + word +
                             " --hard-limit " + std::to_string(wanted) + " --config\n" +
                             virsh(domain) + "memtune " + word + " --hard-limit -1 --config"));
    return findings;
}

std::optional<Finding> judge_next_start(const std::string& profile, const Domain& domain) {
    const std::string name = printable(domain.ref.name);
    constexpr auto code = "takes-effect-at-next-start";
    if (domain.running)
        return make_finding(
            profile, code, name,
            name + " is running: its new definition takes effect at its next start");
    if (!domain.saved) return std::nullopt;
    return make_finding(
        profile, code, name,
        name + " has a saved image: its next start goes on from there, with the old definition",
        "Start it once and shut it down, or throw the image away (like pulling the plug):\n" +
            virsh(domain) + "managedsave-remove " + shell_word(domain.ref.name));
}

}  // namespace ctrlpass
