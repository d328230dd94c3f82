// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/findings/grub_edit.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "src/render/text.hpp"

namespace ctrlpass {

namespace {

using Part = ShellAssignment::Part;
using Parts = std::vector<Part>;

/// The words of every entry, and those of the normal ones.
constexpr std::array<const char*, 2> of_all_entries_first{"GRUB_CMDLINE_LINUX",
                                                          "GRUB_CMDLINE_LINUX_DEFAULT"};

struct Occurrence {
    const GrubFile* file = nullptr;
    const ShellAssignment* assignment = nullptr;
};

bool is_blank(char c) { return c == ' ' || c == '\t'; }

/// Where the word stands whole in a stretch of text, outside the kernel's own quotes; npos where it
/// does not. A neighbour that is a variable may belong to the word.
std::size_t find_word(const Parts& parts, std::size_t index, const std::string& word) {
    const std::string& text = parts[index].text;
    bool quoted = false;
    for (std::size_t begin = 0; begin < text.size();) {
        if (is_blank(text[begin])) {
            ++begin;
            continue;
        }
        auto end = begin;
        for (; end < text.size() && (quoted || !is_blank(text[end])); ++end)
            if (text[end] == '"') quoted = !quoted;
        const bool glued =
            (begin == 0 && index > 0) || (end == text.size() && index + 1 < parts.size());
        if (!glued && text.compare(begin, end - begin, word) == 0) return begin;
        begin = end;
    }
    return text.npos;
}

bool has_word(const Parts& parts, const std::string& word) {
    for (std::size_t i = 0; i < parts.size(); ++i)
        if (!parts[i].is_variable && find_word(parts, i, word) != std::string::npos) return true;
    return false;
}

void erase_word(Parts& parts, const std::string& word) {
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (parts[i].is_variable) continue;
        std::string& text = parts[i].text;
        for (auto at = find_word(parts, i, word); at != text.npos; at = find_word(parts, i, word)) {
            text.erase(at, word.size());
            if (at < text.size())
                text.erase(at, 1);
            else if (at > 0)
                text.erase(at - 1, 1);
        }
    }
}

void append_words(Parts& parts, const std::vector<std::string>& words) {
    if (words.empty()) return;
    if (parts.empty() || parts.back().is_variable) parts.push_back({false, ""});
    std::string& text = parts.back().text;
    for (const std::string& word : words) {
        const bool first = parts.size() == 1 && text.empty();
        text += (first || (!text.empty() && is_blank(text.back())) ? "" : " ") + word;
    }
}

std::string line_of(ShellAssignment assignment, const Parts& parts) {
    assignment.parts = parts;
    return shell_line(assignment);
}

/// Can the line be shown whole, as it has to be? A capture writes "masked" for what it leaves out.
bool can_be_written(const ShellAssignment& one) {
    const bool readable = printable(one.comment) == one.comment;
    return one.is_plain && one.is_alone && readable &&
           std::ranges::all_of(one.parts, [](const Part& part) {
               return printable(part.text) == part.text && !part.text.contains("masked");
           });
}

class Editing {
  public:
    explicit Editing(const BootFiles& files) : files_(files) {}

    GrubEdit edit(std::vector<std::string> add, const std::vector<std::string>& remove) {
        if (!understood()) return std::move(edit_);
        for (const std::string& word : remove) take_out(word);
        std::erase_if(add, [&](const std::string& word) { return is_there(word); });
        if (!add.empty()) put_in(add);
        for (const auto& [assignment, parts] : edited_)
            edit_.changes.push_back({place_of(assignment),
                                     assignment->first_line,
                                     assignment->last_line,
                                     line_of(*assignment, parts),
                                     {}});
        std::ranges::sort(edit_.changes, {}, [this](const GrubChange& change) {
            return std::pair(order_of(change.place), change.first_line);
        });
        return std::move(edit_);
    }

  private:
    bool understood() {
        for (const GrubFile& file : files_.grub)
            if (file.text.not_understood && edit_.not_understood.empty())
                edit_.not_understood =
                    "line " + std::to_string(*file.text.not_understood) + " of " + file.place;
        return edit_.not_understood.empty();
    }

    /// The assignments that make up the variable's value: from the last that starts it anew.
    std::vector<Occurrence> occurrences_of(const std::string& variable) const {
        std::vector<Occurrence> occurrences;
        for (const GrubFile& file : files_.grub) {
            for (const ShellAssignment& one : file.text.assignments) {
                if (one.name != variable) continue;
                if (!one.appends && !one.mentions(variable)) occurrences.clear();
                occurrences.push_back({&file, &one});
            }
        }
        return occurrences;
    }

    const std::string& place_of(const ShellAssignment* assignment) const {
        return places_.at(assignment);
    }
    std::ptrdiff_t order_of(const std::string& place) const {
        return std::ranges::find(files_.grub, place, &GrubFile::place) - files_.grub.begin();
    }

    Parts& parts_of(const Occurrence& occurrence) {
        places_.emplace(occurrence.assignment, occurrence.file->place);
        return edited_.emplace(occurrence.assignment, occurrence.assignment->parts).first->second;
    }

    void take_out(const std::string& word) {
        bool found = false;
        for (const char* const variable : of_all_entries_first) {
            for (const Occurrence& occurrence : occurrences_of(variable)) {
                if (!has_word(occurrence.assignment->parts, word)) continue;
                found = true;
                home_ = variable;
                if (can_be_written(*occurrence.assignment))
                    erase_word(parts_of(occurrence), word);
                else
                    take_out_by_hand(occurrence, word);
            }
        }
        if (!found) edit_.not_found.push_back(word);
    }

    void take_out_by_hand(const Occurrence& occurrence, const std::string& word) {
        const ShellAssignment& one = *occurrence.assignment;
        const auto same = [&](const GrubChange& change) {
            return change.place == occurrence.file->place && change.first_line == one.first_line;
        };
        auto change = std::ranges::find_if(edit_.changes, same);
        if (change == edit_.changes.end())
            change = edit_.changes.insert(
                change, {occurrence.file->place, one.first_line, one.last_line, "", {}});
        change->remove.push_back(word);
    }

    bool is_there(const std::string& word) {
        for (const char* const variable : of_all_entries_first) {
            for (const Occurrence& occurrence : occurrences_of(variable)) {
                if (!has_word(occurrence.assignment->parts, word)) continue;
                edit_.there.push_back(word);
                if (std::ranges::find(edit_.there_at, occurrence.file->place) ==
                    edit_.there_at.end())
                    edit_.there_at.push_back(occurrence.file->place);
                return true;
            }
        }
        return false;
    }

    /// Where a word went out, otherwise to the normal entries, otherwise to all.
    std::string variable_to_grow() const {
        if (!home_.empty()) return home_;
        const bool all = !occurrences_of(of_all_entries_first[0]).empty();
        const bool normal = !occurrences_of(of_all_entries_first[1]).empty();
        return of_all_entries_first[all && !normal ? 0 : 1];
    }

    void put_in(const std::vector<std::string>& words) {
        const std::string variable = variable_to_grow();
        const auto occurrences = occurrences_of(variable);
        if (!occurrences.empty() && can_be_written(*occurrences.back().assignment))
            return append_words(parts_of(occurrences.back()), words);
        ShellAssignment line;
        line.name = variable;
        if (!occurrences.empty()) line.parts.push_back({true, variable});
        append_words(line.parts, words);
        const std::string place =
            occurrences.empty() ? "/etc/default/grub" : occurrences.back().file->place;
        edit_.changes.push_back({place, 0, 0, shell_line(line), {}});
    }

    const BootFiles& files_;
    GrubEdit edit_;
    std::map<const ShellAssignment*, Parts> edited_;
    std::map<const ShellAssignment*, std::string> places_;
    std::string home_;  ///< the variable that a word was taken out of
};

}  // namespace

GrubEdit edit_grub(const BootFiles& files, const std::vector<std::string>& add,
                   const std::vector<std::string>& remove) {
    return Editing(files).edit(add, remove);
}

bool counts_in_grub_folder(const BootFiles& files, const std::string& place) {
    const std::string variable = of_all_entries_first[1];
    return std::ranges::none_of(files.grub, [&](const GrubFile& file) {
        const bool later = file.place.starts_with("/etc/default/grub.d/") && file.place > place;
        const auto replaces = [&](const ShellAssignment& one) {
            return one.name == variable && !one.appends && !one.mentions(variable);
        };
        return file.text.not_understood ||
               (later && std::ranges::any_of(file.text.assignments, replaces));
    });
}

}  // namespace ctrlpass
