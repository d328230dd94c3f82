// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/ledger/state_directory.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "src/profile/trust.hpp"

namespace ctrlpass {

namespace {

/// Whoever can write to a folder above the state can put another one in its place. Links on the way
/// are followed: the folders that they lie in count as well as those that they lead to.
Result<> check_parents(const std::filesystem::path& named, const std::filesystem::path& real) {
    const auto is_trusted = [](uid_t owner) { return owner == 0 || owner == ::geteuid(); };
    for (const auto& parent : {named, real})
        if (const auto weak = weak_folder(parent, is_trusted))
            return fail("cannot trust " + weak->path.string(),
                        "others than root may change what is in it: " + weak->why,
                        "Choose a state directory that lies where only root may write.");
    return {};
}

}  // namespace

Result<> check_private(int descriptor, const std::string& path) {
    struct stat status {};
    if (::fstat(descriptor, &status) != 0) return fail_with_errno("cannot look at " + path, errno);
    if (status.st_uid != ::geteuid() && ::geteuid() != 0)
        return fail("cannot read " + path, "it belongs to another user", "Run it by sudo.",
                    Trouble::denied);
    if (status.st_uid != ::geteuid() || (status.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        return fail(
            "cannot trust " + path, "others than root may change it",
            "Let it belong to root alone:\n    chown root: " + path + " && chmod go-w " + path);
    return {};
}

Result<Descriptor> open_private_directory(int above, const std::string& name,
                                          const std::string& path, bool make) {
    if (make && ::mkdirat(above, name.c_str(), 0700) != 0 && errno != EEXIST)
        return fail_with_errno("cannot make " + path, errno);
    Descriptor directory(
        ::openat(above, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!directory.is_open()) {
        auto error = fail_with_errno("cannot open " + path, errno);
        if (error.error().trouble == Trouble::denied) error.error().hint = "Run it by sudo.";
        return error;
    }
    TRY(check_private(directory.number(), path));
    return directory;
}

Result<Descriptor> open_state(const std::string& state, bool make) {
    namespace fs = std::filesystem;
    std::error_code error;
    fs::path path = fs::absolute(state, error).lexically_normal();
    if (!path.has_filename()) path = path.parent_path();
    if (state.empty() || !path.has_filename())
        return fail("cannot use '" + state + "' as the state directory", {}, {},
                    Trouble::bad_input);
    if (fs::is_symlink(fs::symlink_status(path, error)))
        return fail("cannot use " + path.string() + " as the state directory",
                    "it is a symbolic link", "Name the folder that it leads to.");
    error.clear();
    if (make) fs::create_directories(path.parent_path(), error);
    if (error) return fail("cannot make " + path.parent_path().string(), error.message());
    const fs::path above = fs::weakly_canonical(path.parent_path(), error);
    const Descriptor parent(::open(above.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!parent.is_open()) return fail_with_errno("cannot open " + above.string(), errno);
    if (make) TRY(check_parents(path.parent_path(), above));
    return open_private_directory(parent.number(), path.filename().string(), path.string(), make);
}

}  // namespace ctrlpass
