// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/commands/examine.hpp"

#include <linux/magic.h>
#include <pwd.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "iommu/read_host.hpp"
#include "src/commands/session.hpp"
#include "src/commands/ssh_session.hpp"
#include "src/ledger/ledger.hpp"

namespace ctrlpass {

namespace fs = std::filesystem;

namespace {

std::string name_of_user() {
    const struct passwd* const entry = ::getpwuid(::getuid());
    return entry != nullptr ? entry->pw_name : std::to_string(::getuid());
}

std::optional<std::uint64_t> memlock_limit() {
    struct rlimit limit {};
    if (::getrlimit(RLIMIT_MEMLOCK, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
        return std::nullopt;
    return limit.rlim_cur;
}

/// The directory, and the file system that it is or would be on.
StateDirectory read_state_directory(const std::string& path) {
    StateDirectory state;
    state.path = path;
    struct stat status {};
    if (::lstat(path.c_str(), &status) == 0) {
        state.kind =
            S_ISDIR(status.st_mode) ? StateDirectory::Kind::directory : StateDirectory::Kind::other;
        state.owner = status.st_uid;
        state.mode = status.st_mode & 07777U;
    }
    fs::path there = fs::path(path).lexically_normal();
    std::error_code error;
    while (!there.empty() && there != there.parent_path() && !fs::exists(there, error))
        there = there.parent_path();
    if (there.empty()) there = ".";
    struct statvfs space {};
    if (::statvfs(there.c_str(), &space) == 0)
        state.writable = (space.f_flag & ST_RDONLY) == 0 && space.f_bavail > 0;
    struct statfs kind {};
    if (::statfs(there.c_str(), &kind) == 0)
        state.forgetful = kind.f_type == TMPFS_MAGIC || kind.f_type == RAMFS_MAGIC;
    return state;
}

class Examination {
  public:
    Examination(const Root& root, const Options& options, GuestHosts& guests)
        : root_(root), options_(options), guests_(guests) {}

    Result<Symptoms> examine() {
        symptoms_.live = root_.is_live();
        symptoms_.is_root = ::geteuid() == 0;
        symptoms_.user = name_of_user();
        symptoms_.memlock = memlock_limit();
        if (symptoms_.live) symptoms_.ssh_connection = ssh_connection();
        symptoms_.host = TRY(read_host(root_, Scope{.everything = true, .subjects = {}}));
        symptoms_.health = read_health(root_);
        read_group_holders();
        read_records();
        const auto profiles = TRY(find_profiles());
        if (symptoms_.live) ask_libvirts(profiles);
        for (const auto& together : profiles) TRY(plan(together));
        return std::move(symptoms_);
    }

  private:
    void read_group_holders() {
        const Host& host = symptoms_.host;
        symptoms_.holders = read_holders(root_, groups_on_vfio(host), host.nodes);
    }

    /// The ledger of this host says nothing about another one.
    void read_records() {
        if (!symptoms_.live) {
            symptoms_.recorded = Recorded{};
            return;
        }
        symptoms_.state = read_state_directory(options_.state);
        auto recorded = read_ledgers(options_.state);
        if (recorded)
            symptoms_.recorded = std::move(*recorded);
        else if (recorded.error().trouble != Trouble::denied)
            symptoms_.ledger_error = recorded.error();
    }

    /// Those named, as one transaction, or every profile that is known, each by itself.
    Result<std::vector<std::vector<Profile>>> find_profiles() {
        std::vector<std::vector<Profile>> found;
        std::vector<std::string> notes;
        if (!options_.names.empty()) {
            found.push_back(TRY(load_profiles(options_.names, Trust::anyone, notes)));
            TRY(check_same_path(found.back(), symptoms_.recorded.value_or(Recorded{})));
            return found;
        }
        if (!symptoms_.live) return found;
        for (const auto& [name, path] : known_profiles()) {
            auto profile = load_profiles({path}, Trust::anyone, notes);
            if (!profile) {
                symptoms_.troubles.push_back({name, profile.error(), true});
                continue;
            }
            const auto trusted = read_profile_file(path, Trust::root_only);
            if (!trusted) symptoms_.troubles.push_back({name, trusted.error(), false});
            found.push_back(std::move(*profile));
        }
        return found;
    }

    /// Of profiles.d and of the ledgers, each name once.
    std::map<std::string, std::string> known_profiles() const {
        std::map<std::string, std::string> paths;
        const auto standing = all_profile_paths();
        if (standing)
            for (const std::string& path : *standing) paths[fs::path(path).stem()] = path;
        if (!symptoms_.recorded) return paths;
        std::error_code error;
        for (const auto& [name, ledger] : *symptoms_.recorded)
            if (ledger.committed && fs::exists(ledger.committed->profile_path, error))
                paths[name] = ledger.committed->profile_path;
        return paths;
    }

    void ask_libvirts(const std::vector<std::vector<Profile>>& profiles) {
        std::map<std::string, bool> uris;
        if (symptoms_.health.has_libvirt) uris["qemu:///system"] = false;
        for (const auto& together : profiles)
            for (const Profile& profile : together)
                if (profile.vm && is_local_uri(profile.vm->uri)) uris[profile.vm->uri] = true;
        if (symptoms_.recorded)
            for (const auto& [name, ledger] : *symptoms_.recorded)
                for (const Entry& entry : ledger.entries)
                    if (const DomainRef* const domain = domain_of(entry.setting))
                        uris[domain->uri] = true;
        for (const auto& [uri, needed] : uris) ask_libvirt(uri, needed);
    }

    void ask_libvirt(const std::string& uri, bool needed) {
        LibvirtAnswer answer{uri, needed, {}, 0, {}};
        const auto host = guests_.at(uri);
        const auto version =
            host ? (*host)->version() : Result<std::string>(std::unexpected(host.error()));
        const auto domains = version
                                 ? guests_.domains(uri)
                                 : Result<std::vector<Domain>>(std::unexpected(version.error()));
        if (domains) {
            answer.version = *version;
            answer.domains = domains->size();
        } else {
            answer.error = domains.error();
        }
        symptoms_.libvirts.push_back(std::move(answer));
    }

    /// A libvirt that fails is told once, as a check; the rest of the plan goes on without it.
    Result<> plan(const std::vector<Profile>& profiles) {
        const bool answers =
            std::ranges::none_of(symptoms_.libvirts, [](const LibvirtAnswer& answer) {
                return answer.error && answer.error->trouble != Trouble::denied;
            });
        GuestHosts* const guests = symptoms_.live && answers ? &guests_ : nullptr;
        Facts facts = TRY(gather_facts(root_, profiles, symptoms_.recorded.value_or(Recorded{}),
                                       guests, options_.state));
        facts.asks_about_start = true;
        facts.ssh_connection = symptoms_.ssh_connection;
        // Told by checks.
        std::erase_if(facts.gathered, [&](const Finding& finding) {
            return finding.subject == "holders" ||
                   std::ranges::find(symptoms_.libvirts, finding.subject, &LibvirtAnswer::uri) !=
                       symptoms_.libvirts.end();
        });
        const Plan plan = make_plan(facts);
        for (const std::string& name : plan.profiles) symptoms_.planned.push_back(name);
        std::ranges::copy(plan.findings, std::back_inserter(symptoms_.findings));
        return {};
    }

    const Root& root_;
    const Options& options_;
    GuestHosts& guests_;
    Symptoms symptoms_;
};

}  // namespace

Result<Symptoms> examine(const Root& root, const Options& options, GuestHosts& guests) {
    return Examination(root, options, guests).examine();
}

}  // namespace ctrlpass
