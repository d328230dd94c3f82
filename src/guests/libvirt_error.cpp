// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/guests/libvirt_error.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>

namespace ctrlpass {

namespace {

constexpr auto run_as_root =
    "Run ctrlpass as root, or join the group that may use libvirt and log in again:\n"
    "    usermod -aG libvirt \"$USER\"";

constexpr auto start_libvirtd = "Start libvirt's daemon:\n    systemctl start libvirtd";
constexpr auto start_virtqemud = "Start libvirt's daemon:\n    systemctl start virtqemud";

Trouble trouble_of(const virError& error) {
    switch (error.code) {
        case VIR_ERR_NO_DOMAIN:
            return Trouble::missing;
        case VIR_ERR_OPERATION_DENIED:
        case VIR_ERR_AUTH_FAILED:
        case VIR_ERR_AUTH_CANCELLED:
        case VIR_ERR_AUTH_UNAVAILABLE:
        case VIR_ERR_ACCESS_DENIED:
            return Trouble::denied;
        case VIR_ERR_SYSTEM_ERROR:
            return error.int1 == EACCES || error.int1 == EPERM ? Trouble::denied : Trouble::failed;
        default:
            return Trouble::failed;
    }
}

/// The remote driver could not reach its daemon: nothing listens, or the socket is not there.
bool is_daemon_absent(const virError& error) {
    constexpr std::array absent{ENOENT, ECONNREFUSED, ECONNRESET};
    return error.domain == VIR_FROM_RPC && error.code == VIR_ERR_SYSTEM_ERROR &&
           std::ranges::find(absent, error.int1) != absent.end();
}

std::string hint_for(const virError& error, std::string_view message) {
    if (is_daemon_absent(error))
        return message.find("virtqemud") != message.npos ? start_virtqemud : start_libvirtd;
    if (trouble_of(error) == Trouble::denied) return run_as_root;
    return {};
}

std::string one_line(std::string text) {
    while (text.ends_with('\n')) text.pop_back();
    std::ranges::replace(text, '\n', ' ');
    return text;
}

}  // namespace

std::unexpected<Error> libvirt_failure(const LibvirtApi& api, std::string what) {
    const virError* const error = api.virGetLastError();
    if (!error) return fail(std::move(what), "libvirt does not say why");
    const std::string message = one_line(error->message ? error->message : "");
    const int number = error->code == VIR_ERR_SYSTEM_ERROR ? error->int1 : 0;
    return std::unexpected(
        Error{std::move(what), message, hint_for(*error, message), trouble_of(*error), number});
}

int libvirt_error_code(const LibvirtApi& api) {
    const virError* const error = api.virGetLastError();
    return error ? error->code : VIR_ERR_OK;
}

}  // namespace ctrlpass
