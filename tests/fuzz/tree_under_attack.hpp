// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "iommu/root.hpp"
#include "tests/support/machine_tree.hpp"

namespace ctrlpass::fuzzing {

/// A machine's tree of which an input replaces some places, and only places that are read: what a
/// first reading asked for.
class TreeUnderAttack {
  public:
    TreeUnderAttack(const std::string& machine, const std::function<void(Root&)>& reading);

    /// An input is `KIND HH TEXT` records, a 0xff byte between them: HH (two bytes) chooses the
    /// place. Kinds, by their lowest bits: other text, nothing there, a link, another entry in the
    /// directory.
    void attack(std::string_view input);
    /// As it was.
    void mend();

    const Root& root() const { return root_; }

  private:
    struct Wound {
        std::string path;
        std::string aside;  ///< where the original waits; empty where there was none
    };

    void hit(unsigned kind, std::uint16_t place, const std::string& text);
    void replace(const std::string& path, const std::function<void()>& by);
    /// The directory is one of the tree, not somewhere a link of an earlier record leads.
    bool is_inside(const std::string& path) const;

    MachineTree tree_;
    MachineTree aside_;
    Root root_;
    /// By hash, so that a place keeps its number when others are added.
    std::map<std::uint16_t, std::string> places_;
    std::vector<Wound> wounds_;
};

}  // namespace ctrlpass::fuzzing
