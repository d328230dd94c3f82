// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "iommu/root.hpp"
#include "iommu/script_facts.hpp"

namespace ctrlpass {

/// Files of others, each read once and never run. Bounded: their size, and how many.
class ScriptFiles {
  public:
    explicit ScriptFiles(const Root& root) : root_(root) {}
    ScriptFiles(const ScriptFiles&) = delete;
    ScriptFiles& operator=(const ScriptFiles&) = delete;

    /// Absent: not there, not readable, too long, a program and no text, or in a folder that may be
    /// on another machine (/home, /mnt, /srv), where a look could wait for ever.
    const std::optional<ScriptFacts>& facts(const std::string& path);
    /// The same of a file that is one of many in a folder: where nothing in it could be a fact, it
    /// has none, and one that is too long is noted as unread.
    const std::optional<ScriptFacts>& quick_facts(const std::string& path);

    /// Regular files below a folder, by path; at most `depth` folders deep.
    std::vector<std::string> below(const std::string& folder, int depth) const;

    const Root& root() const { return root_; }

  private:
    const std::optional<ScriptFacts>& read(const std::string& path, bool listed);

    const Root& root_;
    std::map<std::string, std::optional<ScriptFacts>> known_;
};

/// A script with what it runs or reads in its turn.
struct ScriptBody {
    struct Part {
        std::string path;
        ScriptFacts facts;
    };
    std::vector<Part> parts;          ///< itself first
    std::vector<std::string> unread;  ///< named in it, and not read: "/usr/local/bin/x"
};

/// Follows the paths of scripts that a text names, two steps far and a bounded number of them.
/// Programs of the distribution (/usr/bin) are not followed.
ScriptBody follow_script(ScriptFiles& files, ScriptBody::Part start);

/// Programs that bind nothing by themselves: "modprobe", "/bin/sh".
bool is_harmless_program(std::string_view path);

/// What a body does to a function.
struct ScriptVerdict {
    enum class Kind { nothing, binds, not_understood };
    Kind kind = Kind::nothing;
    std::string place;               ///< "/etc/rc.local:3", "/etc/rc.local:2-3"
    std::string script;              ///< where else it does so: "/usr/local/bin/x.sh:7"
    std::vector<std::string> verbs;  ///< of `binds`
    bool by_id = false;
    bool to_vfio = false;
    bool names_it = true;
};

/// Binds: it names the function and has a verb. Not understood: it has a verb that is sure and
/// names no function at all, or names this one and runs what could not be read. Of files that come
/// with the distribution (below /usr/lib and /usr/share) the function must be named.
ScriptVerdict judge_script(const ScriptBody& body, const Function& function);

}  // namespace ctrlpass
