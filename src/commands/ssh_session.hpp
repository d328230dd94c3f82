// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

namespace ctrlpass {

/// SSH_CONNECTION of the session that this process runs in (sshd sets it, ssh(1)): of its own
/// environment, or of the nearest process above that has one, since sudo takes it away. "" when it
/// is no ssh session, or when that cannot be seen.
std::string ssh_connection();

}  // namespace ctrlpass
