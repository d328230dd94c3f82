// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/support/refused_profiles.hpp"

#include <cstdlib>
#include <fstream>

namespace ctrlpass::tests {

void keep_refused(const std::string& profile, const std::string& why) {
    static int number = 0;
    const char* const folder = std::getenv("CTRLPASS_REFUSED");
    if (folder == nullptr) return;
    const std::string path = std::string(folder) + "/" + std::to_string(++number);
    std::ofstream(path + ".toml", std::ios::binary) << profile;
    std::ofstream(path + ".why", std::ios::binary) << why;
}

}  // namespace ctrlpass::tests
