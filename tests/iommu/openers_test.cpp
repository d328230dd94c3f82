// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/openers.hpp"

#include <doctest/doctest.h>
#include <grp.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace ctrlpass;

namespace {

/// What a user sees of the live machine whose processes are hidden from each other: 0 all, 1 not
/// all, 2 they cannot be hidden here.
int look_where_processes_are_hidden() {
    if (::unshare(CLONE_NEWNS) != 0) return 2;
    if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return 2;
    if (::mount("proc", "/proc", "proc", 0, "hidepid=2") != 0) return 2;
    if (::setgroups(0, nullptr) != 0 || ::setgid(65534) != 0 || ::setuid(65534) != 0) return 2;
    const auto root = Root::open("/");
    const DeviceNode node{"/dev/full", "1:7", false, {}};
    return root && read_openers(*root, {&node, 1}).complete ? 0 : 1;
}

}  // namespace

TEST_CASE("where the processes of others are hidden, the answer is incomplete") {
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) ::_exit(look_where_processes_are_hidden());
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFEXITED(status));
    if (WEXITSTATUS(status) == 2) {
        MESSAGE("skipped: /proc cannot be mounted here");
        return;
    }
    CHECK(WEXITSTATUS(status) == 1);
}
