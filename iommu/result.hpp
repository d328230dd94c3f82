// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace ctrlpass {

/// What kind of trouble an error is; the front end makes the exit code of it.
enum class Trouble {
    failed,         ///< the system said no
    missing,        ///< what was asked for is not there
    denied,         ///< the right to do it is missing
    bad_input,      ///< usage, or a bad or unsafe profile
    stuck,          ///< a write did not come back before its deadline
    unrecoverable,  ///< something could not be put back
    locked,         ///< another ctrlpass is at work
    outdated,       ///< what was read is not so any more
};

/// A failure as facts; advice is added near the front end.
struct Error {
    std::string what;   ///< what could not be done, lower case: "cannot read /sys/…"
    std::string where;  ///< the reason or the place, one line; may be empty
    std::string hint;   ///< the way forward; may be empty
    Trouble trouble = Trouble::failed;
    int error_number = 0;  ///< errno where the kernel gave one
    bool operator==(const Error&) const = default;
};

/// A value or an Error. Not to be dropped (libstdc++ 12's expected may be).
template <typename T = void>
struct [[nodiscard]] Result : std::expected<T, Error> {
    using std::expected<T, Error>::expected;
};

inline std::unexpected<Error> fail(std::string what, std::string where = {}, std::string hint = {},
                                   Trouble trouble = Trouble::failed) {
    return std::unexpected(Error{std::move(what), std::move(where), std::move(hint), trouble, 0});
}

/// "cannot read PATH" with the text and number of `error_number`; ENOENT, ENODEV and ENOTDIR are
/// `missing`, EACCES and EPERM are `denied`.
std::unexpected<Error> fail_with_errno(std::string what, int error_number);

}  // namespace ctrlpass

/// The value of `expr`, or return its error. Only as a whole initialiser or a whole statement:
/// inside braces g++ 12 leaks the members already built.
#define TRY(expr)                                                               \
    __extension__({                                                             \
        auto try_result = (expr);                                               \
        if (!try_result) return std::unexpected(std::move(try_result).error()); \
        std::move(try_result).value();                                          \
    })
