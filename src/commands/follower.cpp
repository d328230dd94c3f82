// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/commands/follower.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <optional>
#include <string_view>

#include "iommu/descriptor.hpp"
#include "src/commands/programs.hpp"
#include "src/ledger/ledger.hpp"

namespace ctrlpass {

namespace {

/// One file for each follower, with the state directory in it: an instance is the profile's path
/// and has no room for another.
constexpr auto words_for_followers = "/run/ctrlpass/follow";
constexpr std::size_t longest_word = 1 << 14;

bool is_plain_in_instance(char letter, bool is_first) {
    return (letter >= '0' && letter <= '9') || (letter >= 'A' && letter <= 'Z') ||
           (letter >= 'a' && letter <= 'z') || letter == '_' || letter == ':' ||
           (letter == '.' && !is_first);
}

std::optional<unsigned> hex_digit(char letter) {
    if (letter >= '0' && letter <= '9') return static_cast<unsigned>(letter - '0');
    if (letter >= 'a' && letter <= 'f') return static_cast<unsigned>(letter - 'a') + 10U;
    if (letter >= 'A' && letter <= 'F') return static_cast<unsigned>(letter - 'A') + 10U;
    return std::nullopt;
}

/// The byte of "\x2d".
std::optional<char> escaped_byte(std::string_view text) {
    constexpr std::size_t length = 4;
    if (text.size() < length || !text.starts_with("\\x")) return std::nullopt;
    const auto high = hex_digit(text[2]);
    const auto low = hex_digit(text[3]);
    if (!high || !low || (*high == 0 && *low == 0)) return std::nullopt;
    return static_cast<char>(static_cast<unsigned char>(*high << 4U | *low));
}

std::string word_for(const std::string& instance) {
    return std::string(words_for_followers) + "/" + instance;
}

Result<> leave_word(const std::string& instance, const std::string& state_directory) {
    const std::string what = "cannot tell the follower which state directory it is";
    std::error_code error;
    std::filesystem::create_directories(words_for_followers, error);
    if (error) return fail(what, std::string(words_for_followers) + ": " + error.message());
    const Descriptor file(::open(word_for(instance).c_str(),
                                 O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file.is_open()) return fail_with_errno(what, errno);
    const std::string text = std::filesystem::absolute(state_directory, error).string();
    if (::write(file.number(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
        return fail_with_errno(what, errno);
    return {};
}

}  // namespace

std::string instance_of(const std::string& path) {
    constexpr std::string_view digits = "0123456789abcdef";
    const auto begin = path.find_first_not_of('/');
    if (begin == path.npos) return "-";
    std::string text;
    for (const char letter : path.substr(begin)) {
        const auto byte = static_cast<unsigned char>(letter);
        if (letter == '/')
            text += '-';
        else if (is_plain_in_instance(letter, text.empty()))
            text += letter;
        else
            text += std::string("\\x") + digits[byte >> 4U] + digits[byte & 15U];
    }
    return text;
}

Result<std::string> path_of_instance(const std::string& instance) {
    const auto wrong = [&] {
        return fail("cannot use '" + instance + "' as the instance of a unit",
                    "it is no escaped path", "systemd-escape --path PATH writes one.",
                    Trouble::bad_input);
    };
    if (instance == "-") return "/";
    std::string path = "/";
    for (std::string_view rest = instance; !rest.empty();) {
        std::size_t length = 1;
        if (rest.front() == '-') {
            path += '/';
        } else if (is_plain_in_instance(rest.front(), false)) {
            path += rest.front();
        } else {
            const auto byte = escaped_byte(rest);
            if (!byte) return wrong();
            path += *byte;
            length = 4;
        }
        rest.remove_prefix(length);
    }
    return path.size() > 1 ? Result<std::string>(path) : wrong();
}

std::string follower_of(const std::string& profile_path) {
    return "ctrlpass-pin@" + instance_of(profile_path) + ".service";
}

Result<> start_follower(const std::string& profile_path, const std::string& state_directory) {
    TRY(leave_word(instance_of(profile_path), state_directory));
    return start_detached(
        {"systemctl", "--quiet", "--no-block", "restart", follower_of(profile_path)});
}

Result<> renew_follower(const std::string& profile_path) {
    if (!runs_systemd()) return {};
    return start_detached(
        {"systemctl", "--quiet", "--no-block", "try-restart", follower_of(profile_path)});
}

std::string state_for_follower(const std::string& instance) {
    if (instance.find('/') != instance.npos) return usual_state;
    const Descriptor file(
        ::open(word_for(instance).c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!file.is_open()) return usual_state;
    auto text = read_all(file, "cannot read the word for the follower", longest_word);
    return text && text->starts_with('/') ? std::move(*text) : usual_state;
}

}  // namespace ctrlpass
