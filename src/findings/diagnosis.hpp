// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "iommu/health.hpp"
#include "iommu/host.hpp"
#include "iommu/result.hpp"
#include "src/findings/finding.hpp"
#include "src/findings/kernel_command_line.hpp"
#include "src/ledger/record.hpp"
#include "vfio/holders.hpp"

namespace ctrlpass {

enum class CheckState { ok, warning, stop, unknown };
std::string_view to_string(CheckState state);

/// One thing that `doctor` looked at.
struct Check {
    std::string check;  ///< its name, which scripts rely on: "iommu", "module-vfio-pci"
    CheckState state = CheckState::ok;
    std::string message;          ///< the fact, one line
    std::string hint;             ///< the way forward; commands and lines of files indented by four
    CommandLineWords words = {};  ///< what it wants of the kernel command line
    bool operator==(const Check&) const = default;
};

/// All of the checks, and the findings about profiles.
struct Diagnosis {
    std::vector<Check> checks;
    BootLoader loader;  ///< the one that started the running kernel
    /// A file of its own for words of the kernel command line, where one is known to count.
    std::optional<CommandLineFile> own_file;
    CommandLineWords words;      ///< what all checks together want of the kernel command line
    std::string change_of_line;  ///< the one change that does that; "" where they want nothing
    std::vector<std::string> profiles;  ///< those that were planned
    std::vector<Finding> findings;      ///< of their plans

    bool stops() const;  ///< something stops passthrough
    bool warns() const;
};

/// Is the finding about the host as a whole, so that a check tells it already, and better?
bool is_told_by_check(const Finding& finding);

/// How one libvirt answered.
struct LibvirtAnswer {
    std::string uri;
    bool needed = false;  ///< a profile or a ledger has a domain there
    std::string version;  ///< "libvirt 9.0.0, QEMU 7.2.19"
    std::size_t domains = 0;
    std::optional<Error> error;
};

/// The directory of the ledger.
struct StateDirectory {
    enum class Kind { absent, directory, other };
    std::string path;
    Kind kind = Kind::absent;
    unsigned owner = 0;
    unsigned mode = 0;       ///< permission bits
    bool writable = true;    ///< its file system is: not read-only and not full
    bool forgetful = false;  ///< its file system is in memory
};

/// A profile that cannot be used, or should not be as it is.
struct ProfileTrouble {
    std::string name;
    Error error;
    bool stops = true;
};

/// All that a diagnosis is made of, as values.
struct Symptoms {
    Host host;
    Holders holders;
    Health health;
    bool live = true;                      ///< this machine, not a captured one
    bool is_root = true;                   ///< the caller
    std::string user;                      ///< the caller's name
    std::optional<std::uint64_t> memlock;  ///< the caller's limit in bytes; absent: none
    std::string ssh_connection;            ///< see Case
    std::vector<LibvirtAnswer> libvirts;
    std::optional<StateDirectory> state;
    std::optional<Recorded> recorded;  ///< absent: only root can read the ledgers
    std::optional<Error> ledger_error;
    std::vector<ProfileTrouble> troubles;
    std::vector<std::string> planned;
    std::vector<Finding> findings;  ///< of the planned profiles
};

/// What is in order, what is not, and what mends it. Pure.
Diagnosis diagnose(const Symptoms& symptoms);

/// The parts: firmware, kernel and boot; functions and other tools; the user, libvirt, the ledger.
void diagnose_platform(const Symptoms& symptoms, std::vector<Check>& checks);
void diagnose_boot(const Symptoms& symptoms, std::vector<Check>& checks);
void diagnose_functions(const Symptoms& symptoms, std::vector<Check>& checks);
void diagnose_surroundings(const Symptoms& symptoms, std::vector<Check>& checks);

}  // namespace ctrlpass
