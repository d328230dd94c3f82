// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/commands/expected.hpp"

#include <algorithm>

namespace ctrlpass {

namespace {

/// An option's value, by what it is called.
Expected::Kind kind_of_value(const std::string& value) {
    if (value == "ADDRESS") return Expected::Kind::address;
    if (value == "PROFILE") return Expected::Kind::profile;
    if (value == "DIR") return Expected::Kind::directory;
    if (value == "FILE" || value == "PATH") return Expected::Kind::file;
    if (value == "WHEN") return Expected::Kind::word;
    return Expected::Kind::nothing;
}

Expected::Kind kind_of_argument(const CommandWords& command) {
    if (command.argument == "DIR") return Expected::Kind::directory;
    if (command.argument.empty()) return Expected::Kind::nothing;
    if (command.name == "rollback") return Expected::Kind::applied;
    if (command.name == "status" || command.name == "log") return Expected::Kind::recorded;
    if (command.name == "confirm") return Expected::Kind::waiting;
    return Expected::Kind::profile;
}

const OptionWords* option_named(const CommandWords& command, const std::string& word) {
    for (const OptionWords& option : command.options)
        if (std::ranges::find(option.names, word) != option.names.end()) return &option;
    return nullptr;
}

/// Goes through the words before the last.
class LineReader {
  public:
    explicit LineReader(const std::vector<CommandWords>& grammar)
        : grammar_(grammar), command_(&grammar.front()) {}

    void read(const std::string& word) {
        if (open_ != nullptr) return take_value(word);
        if (word.starts_with("-")) {
            const auto equals = word.find('=');
            open_ = option_named(*command_, word.substr(0, equals));
            if (open_ == nullptr) return;
            used_.push_back(open_);
            if (equals != word.npos) return take_value(word.substr(equals + 1));
            if (open_->value.empty()) open_ = nullptr;
        } else if (command_->name.empty()) {
            const auto found = std::ranges::find(grammar_, word, &CommandWords::name);
            if (found == grammar_.end()) unknown_ = true;
            if (found != grammar_.end()) command_ = &*found;
        } else {
            expected_.given.push_back(word);
        }
    }

    Expected at(const std::string& last) {
        if (unknown_) return expected_;
        if (open_ != nullptr) {
            expected_.kind = kind_of_value(open_->value);
            if (expected_.kind == Expected::Kind::word)
                expected_.words = {{"auto", ""}, {"always", ""}, {"never", ""}};
            return expected_;
        }
        const bool takes_more = command_->several || expected_.given.empty();
        expected_.kind = takes_more ? kind_of_argument(*command_) : Expected::Kind::nothing;
        const bool commands = command_->name.empty() && !last.starts_with("-");
        if (commands) {
            expected_.kind = Expected::Kind::word;
            for (const CommandWords& command : grammar_)
                if (!command.name.empty()) expected_.words.push_back({command.name, command.about});
        } else if (last.starts_with("-") || expected_.kind == Expected::Kind::nothing) {
            add_options();
        }
        return expected_;
    }

  private:
    void take_value(const std::string& value) {
        if (option_named(*command_, "--root") == open_) expected_.root = value;
        if (option_named(*command_, "--state") == open_) expected_.state = value;
        open_ = nullptr;
    }

    void add_options() {
        expected_.kind = Expected::Kind::word;
        for (const OptionWords& option : command_->options)
            if (std::ranges::find(used_, &option) == used_.end())
                for (const std::string& name : option.names)
                    expected_.words.push_back({name, option.about});
    }

    const std::vector<CommandWords>& grammar_;
    const CommandWords* command_;
    const OptionWords* open_ = nullptr;  ///< its value comes next
    std::vector<const OptionWords*> used_;
    bool unknown_ = false;
    Expected expected_;
};

}  // namespace

Expected expected_at(const std::vector<CommandWords>& grammar,
                     const std::vector<std::string>& words) {
    LineReader reader(grammar);
    for (std::size_t i = 0; i + 1 < words.size(); ++i) reader.read(words[i]);
    return reader.at(words.empty() ? "" : words.back());
}

}  // namespace ctrlpass
