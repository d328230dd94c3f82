// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <vector>

#include "src/commands/options.hpp"

namespace ctrlpass {

/// The grammar of the command line as values, hidden words left out.
struct OptionWords {
    std::vector<std::string> names;  ///< "--help"
    std::string about;
    std::string value;  ///< what its value is called, "" for a flag
};
struct CommandWords {
    std::string name;  ///< "" for ctrlpass itself
    std::string about;
    std::vector<OptionWords> options;
    std::string argument;  ///< what its arguments are called, "" where it takes none
    bool several = false;  ///< it takes more than one
};

/// ctrlpass itself first. From the same grammar as `parse_command_line`, so it is never outdated.
std::vector<CommandWords> command_words();

/// What could stand at the end of a command line.
struct Expected {
    enum class Kind {
        nothing,
        word,      ///< one of `words`
        address,   ///< of a controller
        profile,   ///< a name or a file
        applied,   ///< the name of a profile that is applied
        recorded,  ///< the name of a profile that ever was
        waiting,   ///< the name of a profile that waits to be confirmed
        directory,
        file
    };
    struct Word {
        std::string word;
        std::string about;
        bool operator==(const Word&) const = default;
    };
    Kind kind = Kind::nothing;
    std::vector<Word> words;
    std::vector<std::string> given;  ///< the command's arguments before it
    std::string root = "/";          ///< as the words before it say
    std::string state = usual_state;
};

/// Of the words behind `ctrlpass`; the last of them is the one to be completed, "" for a new one.
Expected expected_at(const std::vector<CommandWords>& grammar,
                     const std::vector<std::string>& words);

}  // namespace ctrlpass
