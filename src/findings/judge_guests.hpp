// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <vector>

#include "src/plan/identify.hpp"
#include "src/plan/planner.hpp"

namespace ctrlpass {

/// Is there such a domain to give controllers to, with a persistent definition?
std::vector<Finding> judge_existence(const Facts& facts, const Profile& profile);

/// Who else names the functions, and what the profile's guest will be like afterwards.
std::vector<Finding> judge_domain(const Facts& facts, const Profile& profile,
                                  const std::vector<Subject>& subjects,
                                  const std::vector<Change>& changes);

/// Running guests that have the function, as libvirt knows them.
std::vector<Finding> judge_live_guests(const Facts& facts, const std::string& profile,
                                       const PciAddress& address);

}  // namespace ctrlpass
