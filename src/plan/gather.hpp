// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "iommu/root.hpp"
#include "src/commands/options.hpp"
#include "src/guests/guests.hpp"
#include "src/ledger/ledger.hpp"
#include "src/plan/planner.hpp"
#include "src/profile/profile_file.hpp"

namespace ctrlpass {

/// The libvirt connections of one command, opened when first asked for: a command that has no
/// domain to talk to never loads libvirt.
class GuestHosts {
  public:
    using Opener = std::function<Result<std::unique_ptr<GuestHost>>(const std::string& uri)>;
    explicit GuestHosts(Opener open = [](const std::string& uri) { return open_libvirt(uri); })
        : open_(std::move(open)) {}

    /// Errors stay: a daemon that does not answer is not asked twice.
    Result<GuestHost*> at(const std::string& uri);
    /// Its domains.
    Result<std::vector<Domain>> domains(const std::string& uri);

  private:
    Opener open_;
    std::map<std::string, Result<std::unique_ptr<GuestHost>>> hosts_;
};

/// The profiles named on the command line, read and parsed.
Result<std::vector<Profile>> load_profiles(const std::vector<std::string>& names, Trust trust,
                                           std::vector<std::string>& notes);

/// Groups that somebody can hold: those with a function on a VFIO driver.
std::vector<int> groups_on_vfio(const Host& host);

/// The facts that a plan of these profiles needs. `recorded` is what the ledgers say. Without
/// `guests` the domains stay unknown: another machine's cannot be asked.
Result<Facts> gather_facts(const Root& root, std::vector<Profile> profiles, Recorded recorded,
                           GuestHosts* guests, const std::string& state = usual_state);

/// Reads the files that `facts` wants and those that the ledgers of its profiles name. One that
/// only root may look at is a finding. Errors: a wanted one that cannot be read.
Result<> read_files(const Root& root, Facts& facts);

/// The facts that a way back needs: the functions of the changes and who holds them.
Result<Facts> gather_for_way_back(const Root& root, const std::vector<Change>& changes,
                                  Recorded recorded, GuestHosts& guests);

/// The ledgers, for a reading command: those that only root may read are a note.
Result<Recorded> recorded_for_reading(const Root& root, const std::string& state,
                                      std::vector<Finding>& notes);

}  // namespace ctrlpass
