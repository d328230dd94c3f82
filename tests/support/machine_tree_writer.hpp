// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace ctrlpass::machine {

using Json = nlohmann::ordered_json;

/// Writes files, directories and links below one directory. Troubles abort.
class Writer {
  public:
    explicit Writer(std::string directory) : directory_(std::move(directory)) {}
    void make_directory(const std::string& path) const;
    void file(const std::string& path, std::string_view text) const;
    /// A relative link to another place of the tree, as sysfs makes them.
    void link_to(const std::string& path, const std::string& target) const;
    /// A link with exactly this text.
    void link(const std::string& path, const std::string& text) const;
    bool exists(const std::string& path) const;
    /// Adds a line to a file.
    void append(const std::string& path, std::string_view text) const;

  private:
    std::string directory_;
};

/// The member as text or number, or `otherwise` when it is absent or null.
std::string text_of(const Json& object, const char* key, const std::string& otherwise = {});
long number_of(const Json& object, const char* key, long otherwise);
bool flag_of(const Json& object, const char* key, bool otherwise = false);
/// The member, or an empty array.
const Json& array_of(const Json& object, const char* key);

[[noreturn]] void give_up(const std::string& what);

void build_functions(const Writer& writer, const Json& machine);
void build_usb(const Writer& writer, const Json& machine);
void build_host(const Writer& writer, const Json& machine);
/// A description of tests/cpus.
void build_cpus(const Writer& writer, const Json& description);

/// A device of a class: its directory, with the two links that tie it to the class.
std::string in_class(const Writer& writer, const std::string& below, const std::string& kind,
                     const std::string& name);

/// Shared by USB devices and the rest of the host; `below` is the directory of the parent.
void build_disk(const Writer& writer, const Json& disk, const std::string& below);
void build_net(const Writer& writer, const Json& net, const std::string& below);
void build_input(const Writer& writer, const Json& input, const std::string& below);

}  // namespace ctrlpass::machine
