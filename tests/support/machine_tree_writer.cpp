// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/support/machine_tree_writer.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>

namespace ctrlpass::machine {

namespace fs = std::filesystem;

namespace {

/// Opens for writing, making the directories above only where they are missing.
int open_file(const std::string& path, int flags) {
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0644);
    if (file >= 0) return file;
    fs::create_directories(fs::path(path).parent_path());
    return ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0644);
}

void put(const std::string& path, std::string_view text, int flags) {
    const int file = open_file(path, flags);
    if (file < 0 || ::write(file, text.data(), text.size()) != static_cast<ssize_t>(text.size()))
        give_up("cannot write " + path);
    ::close(file);
}

}  // namespace

void give_up(const std::string& what) {
    std::fprintf(stderr, "machine tree: %s\n", what.c_str());
    std::abort();
}

void Writer::make_directory(const std::string& path) const {
    fs::create_directories(directory_ + "/" + path);
}

void Writer::file(const std::string& path, std::string_view text) const {
    put(directory_ + "/" + path, text, O_TRUNC);
}

void Writer::append(const std::string& path, std::string_view text) const {
    put(directory_ + "/" + path, text, O_APPEND);
}

void Writer::link_to(const std::string& path, const std::string& target) const {
    const auto from = fs::path(path).parent_path();
    link(path, fs::path(target).lexically_relative(from).string());
}

void Writer::link(const std::string& path, const std::string& text) const {
    const std::string whole = directory_ + "/" + path;
    if (::symlink(text.c_str(), whole.c_str()) == 0) return;
    fs::create_directories(fs::path(whole).parent_path());
    fs::remove_all(whole);
    if (::symlink(text.c_str(), whole.c_str()) != 0) give_up("cannot link " + whole);
}

bool Writer::exists(const std::string& path) const {
    return fs::exists(fs::symlink_status(directory_ + "/" + path));
}

std::string text_of(const Json& object, const char* key, const std::string& otherwise) {
    const auto found = object.find(key);
    return found == object.end() || found->is_null() ? otherwise : found->get<std::string>();
}

long number_of(const Json& object, const char* key, long otherwise) {
    const auto found = object.find(key);
    return found == object.end() || found->is_null() ? otherwise : found->get<long>();
}

bool flag_of(const Json& object, const char* key, bool otherwise) {
    const auto found = object.find(key);
    return found == object.end() || found->is_null() ? otherwise : found->get<bool>();
}

const Json& array_of(const Json& object, const char* key) {
    static const Json none = Json::array();
    const auto found = object.find(key);
    return found == object.end() || found->is_null() ? none : *found;
}

}  // namespace ctrlpass::machine
