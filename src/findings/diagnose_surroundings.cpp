// SPDX-License-Identifier: GPL-2.0-or-later
// The user, libvirt, the ledger and its directory, the profiles.
#include <array>
#include <cstdio>

#include "src/findings/diagnosis.hpp"
#include "src/findings/remedies.hpp"
#include "src/render/render.hpp"
#include "src/render/text.hpp"

namespace ctrlpass {

namespace {

std::string sentence(const Error& error) {
    return error.what + (error.where.empty() ? "" : ": " + error.where);
}

std::string size_of(std::uint64_t bytes) {
    constexpr std::uint64_t kib = 1024;
    constexpr std::uint64_t mib = kib * kib;
    if (bytes >= mib * kib) return std::to_string(bytes / mib / kib) + " GiB";
    return bytes >= mib ? std::to_string(bytes / mib) + " MiB"
                        : std::to_string(bytes / kib) + " KiB";
}

class Surroundings {
  public:
    Surroundings(const Symptoms& symptoms, std::vector<Check>& checks)
        : symptoms_(symptoms), remedies_(symptoms.health), checks_(checks) {}

    void diagnose() {
        if (symptoms_.live) judge_memlock();
        judge_libvirt();
        if (symptoms_.state) judge_state(*symptoms_.state);
        judge_ledger();
        for (const ProfileTrouble& profile : symptoms_.troubles)
            add("profile " + profile.name, profile.stops ? CheckState::stop : CheckState::warning,
                sentence(profile.error), profile.error.hint);
    }

  private:
    void add(std::string check, CheckState state, std::string message, std::string hint = {}) {
        checks_.push_back({std::move(check), state, std::move(message), std::move(hint)});
    }

    /// VFIO pins all of a guest's memory for the process that maps it, up to RLIMIT_MEMLOCK;
    /// CAP_IPC_LOCK is free of it (drivers/vfio/vfio_iommu_type1.c). libvirt raises the limit of
    /// its guests.
    void judge_memlock() {
        if (symptoms_.is_root)
            return add("memlock", CheckState::ok,
                       "root may lock any memory; libvirt raises the limit of its guests");
        if (!symptoms_.memlock)
            return add("memlock", CheckState::ok, symptoms_.user + " may lock any memory");
        const std::string limit =
            symptoms_.user + " may lock " + size_of(*symptoms_.memlock) + " of memory";
        if (symptoms_.health.has_libvirt)
            return add("memlock", CheckState::ok,
                       limit + "; libvirt raises the limit of its guests");
        add("memlock", CheckState::warning,
            limit + ": a guest of this user needs all of its memory locked",
            "As root, then log in again:\n    echo " +
                shell_word(symptoms_.user + " - memlock unlimited") +
                " > /etc/security/limits.d/50-vfio.conf");
    }

    void judge_libvirt() {
        for (const LibvirtAnswer& answer : symptoms_.libvirts) {
            if (!answer.error) {
                add("libvirt", CheckState::ok,
                    answer.version + " answers at " + answer.uri + ", " +
                        count_of(answer.domains, "domain"));
                continue;
            }
            const Error& error = *answer.error;
            if (error.trouble == Trouble::denied) {
                add("libvirt", CheckState::unknown, sentence(error), error.hint);
                continue;
            }
            const std::string hint =
                error.trouble == Trouble::missing
                    ? remedies_.install({"libvirt-daemon-system", "libvirt-daemon-kvm",
                                         "libvirt-daemon-qemu", "libvirt", "libvirt"})
                    : error.hint;
            add("libvirt", answer.needed ? CheckState::stop : CheckState::warning, sentence(error),
                hint);
        }
    }

    void judge_state(const StateDirectory& state) {
        const std::string check = "state-directory";
        const std::string path = shell_word(state.path);
        constexpr unsigned others = 077;
        if (!state.writable)
            return add(check, CheckState::stop,
                       "nothing can be written to " + state.path +
                           ": its file system is full or read-only, and without a ledger "
                           "ctrlpass changes nothing",
                       "See which it is:\n    findmnt -o TARGET,OPTIONS,AVAIL --target " + path);
        if (state.forgetful)
            return add(check, CheckState::warning,
                       state.path +
                           " is in memory: after a reboot nobody knows what was in the "
                           "definitions of the guests",
                       "Use a directory on a disk (--state).");
        if (state.kind == StateDirectory::Kind::absent)
            return add(check, CheckState::ok,
                       state.path + " is not there yet: the first apply makes it");
        if (state.kind == StateDirectory::Kind::other)
            return add(check, CheckState::stop, state.path + " is no directory",
                       "Move it out of the way:\n    mv " + path + " " + path + ".old");
        if (state.owner != 0)
            return add(check, CheckState::stop,
                       state.path + " belongs to user " + std::to_string(state.owner) +
                           ", who could change what a rollback does",
                       "Give it to root:\n    chown -R root:root " + path);
        std::array<char, 8> mode{};
        std::snprintf(mode.data(), mode.size(), "%04o", state.mode);
        if ((state.mode & others) != 0)
            return add(check, CheckState::warning,
                       state.path + " has mode " + mode.data() + ": it is open to others",
                       "Close it:\n    chmod 0700 " + path);
        add(check, CheckState::ok, state.path + " is root's alone");
    }

    void judge_ledger() {
        if (symptoms_.ledger_error)
            return add("ledger", CheckState::stop, sentence(*symptoms_.ledger_error),
                       symptoms_.ledger_error->hint);
        if (!symptoms_.recorded) {
            if (symptoms_.live)
                add("ledger", CheckState::unknown,
                    "only root can see what ctrlpass has applied so far");
            return;
        }
        std::vector<std::string> applied;
        bool trouble = false;
        for (const auto& [name, ledger] : *symptoms_.recorded) {
            if (ledger.is_applied()) applied.push_back(name);
            if (ledger.broken) {
                trouble = true;
                add("ledger", CheckState::stop, sentence(ledger.broken->error),
                    ledger.broken->error.hint);
            }
            if (!ledger.unfinished) continue;
            trouble = true;
            const BeginRecord& begin = ledger.unfinished->begin;
            const bool apply = begin.verb == Verb::apply;
            add("ledger", CheckState::warning,
                (apply ? "an apply of " : "a rollback of ") + name + " was interrupted (" +
                    begin.time + ")",
                std::string("The next apply or rollback ") + (apply ? "undoes" : "finishes") +
                    " it first:\n    ctrlpass " + (apply ? "apply " : "rollback ") + name);
        }
        if (!trouble && symptoms_.live)
            add("ledger", CheckState::ok,
                applied.empty() ? "nothing is applied"
                                : joined(applied) + " applied, all finished");
    }

    const Symptoms& symptoms_;
    Remedies remedies_;
    std::vector<Check>& checks_;
};

}  // namespace

void diagnose_surroundings(const Symptoms& symptoms, std::vector<Check>& checks) {
    Surroundings(symptoms, checks).diagnose();
}

}  // namespace ctrlpass
