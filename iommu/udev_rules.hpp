// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "iommu/host.hpp"
#include "iommu/root.hpp"

namespace ctrlpass {

/// One word of a rule: ATTR{vendor}=="0x1022".
struct UdevToken {
    std::string key;
    std::string op;
    std::string value;
    bool compares() const { return op == "==" || op == "!="; }
};

/// A logical line: one that ends with a backslash goes on in the next.
struct UdevRule {
    int first = 0;  ///< its lines, from 1
    int last = 0;
    std::string text;
};

/// udev(7): KEY, operator, "value", with commas between. What is malformed ends it; a comment has
/// none.
std::vector<UdevToken> udev_tokens(std::string_view rule);

std::vector<UdevRule> udev_rules(std::string_view text);

/// What the keys of a rule about a PCI function are compared with, as far as that is known before
/// the rule is run.
std::map<std::string, std::string> udev_properties(const Function& function);

/// Alternatives stand between '|'.
bool matches_udev_pattern(const std::string& patterns, const std::string& value);

/// The rules of the machine, read once, in the order in which udev reads them: by name, and a file
/// hides those of the same name in later folders (udev(7)).
class UdevRuleFiles {
  public:
    struct File {
        std::string path;  ///< "etc/udev/rules.d/10-usb.rules"
        std::string text;
    };
    explicit UdevRuleFiles(const Root& root) : root_(root) {}
    const std::vector<File>& files();

  private:
    const Root& root_;
    std::optional<std::vector<File>> files_;
};

}  // namespace ctrlpass
