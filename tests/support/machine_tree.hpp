// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace ctrlpass {

/// A machine as a directory tree, laid out like a real one: `--root` and Root::open take it.
/// Made from a description (tests/machines/NAME.json, see tests/machines/README.md) in a temporary
/// directory that goes with the value. Troubles abort the test program.
class MachineTree {
  public:
    /// tests/machines/NAME.json.
    static MachineTree load(const std::string& name);
    /// A description given as JSON text.
    static MachineTree from(const std::string& json);
    static MachineTree from(const nlohmann::ordered_json& machine);
    /// Nothing but the CPUs of tests/cpus/NAME.json.
    static MachineTree with_cpus(const std::string& name);
    /// A large machine with `count` functions, for benchmarks; one in 64 is a USB controller.
    static MachineTree of_size(std::size_t count);

    MachineTree(MachineTree&& other) noexcept;
    MachineTree& operator=(MachineTree&& other) noexcept;
    MachineTree(const MachineTree&) = delete;
    MachineTree& operator=(const MachineTree&) = delete;
    ~MachineTree();

    const std::string& directory() const { return directory_; }

    /// For tests that bend the tree. Paths are below the root, without a leading slash.
    void write(const std::string& path, const std::string& text) const;
    /// A link with this text, in the place of what was there.
    void link(const std::string& path, const std::string& text) const;
    /// Removes a file, a link or a whole directory.
    void remove(const std::string& path) const;

  private:
    MachineTree();
    std::string directory_;
};

/// The description of machine NAME, to change it before it is built.
nlohmann::ordered_json machine_description(const std::string& name);

/// The description behind MachineTree::of_size.
nlohmann::ordered_json large_machine(std::size_t count);

/// Builds the tree of a description in an existing directory.
void build_machine(const std::string& directory, const nlohmann::ordered_json& machine);

}  // namespace ctrlpass
