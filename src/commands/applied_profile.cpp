// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/commands/applied_profile.hpp"

#include "src/ledger/applied_text.hpp"
#include "src/profile/profile_file.hpp"
#include "src/render/text.hpp"

namespace ctrlpass {

namespace {

std::unexpected<Error> not_known(const std::string& name, std::string where) {
    return fail("cannot tell what profile " + name + " said when it was applied", std::move(where),
                "Apply it again:\n    ctrlpass apply " + name);
}

}  // namespace

Result<Profile> applied_profile(const RecordedProfile& recorded,
                                const std::string& state_directory) {
    if (!recorded.committed) return not_known(recorded.name, "it is not applied");
    const BeginRecord& begin = *recorded.committed;
    if (const auto text = read_applied_text(state_directory, begin.profile_digest))
        return parse_profile(*text, begin.profile_path);
    const std::string no_copy = "its text was not kept, and ";
    const auto file = read_profile_file(begin.profile_path, Trust::root_only);
    if (!file)
        return not_known(recorded.name, no_copy + file.error().what + ": " + file.error().where);
    if (digest_of(file->text) != begin.profile_digest)
        return not_known(recorded.name, no_copy + printable(file->path) + " was changed since");
    return parse_profile(file->text, begin.profile_path);
}

}  // namespace ctrlpass
