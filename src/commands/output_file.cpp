// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/commands/output_file.hpp"

#include <fcntl.h>

#include <cerrno>
#include <filesystem>

#include "src/execute/disk.hpp"

namespace ctrlpass {

Result<> write_output_file(const std::string& path, const std::string& text) {
    const std::string what = "cannot write " + path;
    const std::filesystem::path place(path);
    const std::string name = place.filename();
    if (name.empty() || name == "." || name == "..") return fail(what, "it names no file");
    const std::string parent = place.has_parent_path() ? place.parent_path().string() : ".";
    const Descriptor folder(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder.is_open()) return fail_with_errno(what, errno);
    Disk disk;
    const std::string unfinished = "." + name + ".new";
    auto written = disk.store(folder, unfinished, text, 0644);
    if (written) written = disk.move(folder, unfinished, folder, name);
    if (written) return {};
    (void)disk.remove(folder, unfinished);
    return fail(what, written.error().where);
}

}  // namespace ctrlpass
