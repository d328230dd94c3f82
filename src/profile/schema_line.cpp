// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/profile/schema_line.hpp"

#include <array>
#include <cstdio>
#include <filesystem>

#include "src/render/text.hpp"

namespace ctrlpass {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view directive = "#:schema ";

/// Beside the program, wherever it was installed to; where it was not, as it was configured.
std::string schema_path() {
    std::error_code error;
    const fs::path program = fs::read_symlink("/proc/self/exe", error);
    const fs::path beside =
        program.parent_path().parent_path() / "share/ctrlpass/profile.schema.json";
    return !error && fs::exists(beside, error) ? beside.string() : CTRLPASS_SCHEMA;
}

std::string file_url(const std::string& path) {
    constexpr std::string_view plain =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
    std::string url = "file://";
    for (const char c : path) {
        std::array<char, 4> escaped{};
        std::snprintf(escaped.data(), escaped.size(), "%%%02X", static_cast<unsigned char>(c));
        url += plain.find(c) == plain.npos ? std::string(escaped.data()) : std::string(1, c);
    }
    return url;
}

}  // namespace

std::string schema_line() { return std::string(directive) + file_url(schema_path()) + "\n"; }

std::string schema_line_of(std::string_view profile) {
    while (profile.starts_with('#') || profile.starts_with('\n')) {
        const std::string_view line = profile.substr(0, profile.find_first_of("\r\n"));
        if (line.starts_with(directive) && line.size() > directive.size())
            return printable(line) + "\n";
        const auto end = profile.find('\n');
        if (end == profile.npos) break;
        profile.remove_prefix(end + 1);
    }
    return schema_line();
}

}  // namespace ctrlpass
