// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/ledger/recorded_names.hpp"

#include <algorithm>

#include "src/profile/profile_file.hpp"
#include "src/render/suggest.hpp"

namespace ctrlpass {

Result<std::vector<std::string>> recorded_names(const std::vector<std::string>& words,
                                                const Recorded& recorded) {
    std::vector<std::string> known;
    for (const auto& [name, ledger] : recorded) known.push_back(name);
    if (words.empty()) return known;
    std::vector<std::string> names;
    for (const std::string& word : words) {
        const std::string name = TRY(profile_name_of(word));
        const std::vector<std::string_view> views(known.begin(), known.end());
        if (!recorded.contains(name))
            return fail("no profile " + name + " was ever applied", {},
                        known.empty() ? "Nothing is recorded at all." : suggestion(name, views),
                        Trouble::bad_input);
        if (std::ranges::find(names, name) == names.end()) names.push_back(name);
    }
    return names;
}

}  // namespace ctrlpass
