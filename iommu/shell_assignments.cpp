// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/shell_assignments.hpp"

#include <algorithm>
#include <array>

namespace ctrlpass {

namespace {

bool begins_name(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool continues_name(char c) { return begins_name(c) || (c >= '0' && c <= '9'); }

/// Reads the text once, from its beginning to its end.
class ShellReader {
  public:
    ShellReader(std::string_view text, std::string_view prefix) : text_(text), prefix_(prefix) {}

    ShellText read() {
        while (skip_to_statement()) read_statement();
        return std::move(result_);
    }

  private:
    struct Place {
        std::size_t at = 0;
        std::size_t line = 1;
    };

    bool at_end() const { return at_ >= text_.size(); }
    char peek(std::size_t ahead = 0) const {
        return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
    }
    void step() {
        if (text_[at_] == '\n') ++line_;
        ++at_;
    }
    void step(std::size_t count) {
        for (; count > 0 && !at_end(); --count) step();
    }
    bool is_after_blank() const {
        return at_ > 0 && (text_[at_ - 1] == ' ' || text_[at_ - 1] == '\t');
    }
    bool at_continuation() const { return peek() == '\\' && peek(1) == '\n'; }

    void obscure(std::size_t line) {
        if (!result_.not_understood) result_.not_understood = line;
    }

    void skip_blanks() {
        while (!at_end() && (peek() == ' ' || peek() == '\t' || at_continuation()))
            step(at_continuation() ? 2 : 1);
    }
    void skip_comment() {
        while (!at_end() && peek() != '\n') step();
    }

    bool skip_to_statement() {
        for (skip_blanks(); !at_end(); skip_blanks()) {
            if (peek() == '#')
                skip_comment();
            else if (peek() == '\n' || peek() == ';')
                step();
            else
                return true;
        }
        return false;
    }

    std::string_view word_here() const {
        const auto end = std::min(text_.find_first_of(" \t\n;&|()<>", at_), text_.size());
        return text_.substr(at_, end - at_);
    }

    /// The length of "NAME=" or "NAME+=" here, 0 where there is none.
    std::size_t assignment_here() const {
        if (!begins_name(peek())) return 0;
        std::size_t length = 1;
        while (continues_name(peek(length))) ++length;
        if (peek(length) == '+') ++length;
        return peek(length) == '=' ? length + 1 : 0;
    }

    void read_statement() {
        constexpr std::array<std::string_view, 4> leading{"then", "else", "do", "!"};
        const std::string_view word = word_here();
        if (std::ranges::find(leading, word) != leading.end()) return step(word.size());
        const Place begin{at_, line_};
        bool exported = false;
        if (word == "export") {
            step(word.size());
            skip_blanks();
            exported = assignment_here() > 0;
            if (!exported) return read_command(begin);
        }
        if (assignment_here() == 0) return read_command(begin);
        read_assignments(begin, exported);
    }

    /// "A=1 B=2", to the end of the statement. Before a command they do not outlive it.
    void read_assignments(const Place& begin, bool exported) {
        std::vector<ShellAssignment> found;
        while (assignment_here() > 0 && !stopped_) {
            found.push_back(read_assignment());
            found.back().exported = exported;
            const bool blank = peek() == ' ' || peek() == '\t' || at_continuation();
            skip_blanks();
            if (!blank) break;
        }
        const bool comment = peek() == '#' && is_after_blank();
        if (!at_end() && peek() != '\n' && peek() != ';' && !comment) return read_command(begin);
        const auto ours = [&](const auto& one) { return one.name.starts_with(prefix_); };
        if ((depth_ > 0 || stopped_) && std::ranges::any_of(found, ours))
            return obscure(begin.line);
        const bool alone = found.size() == 1 && !shares_line(begin.at);
        for (ShellAssignment& one : found) {
            if (!ours(one)) continue;
            one.is_alone = alone;
            if (alone) one.comment = rest_of_comment();
            result_.assignments.push_back(std::move(one));
        }
    }

    /// Is there another statement on the lines of the one that began there and ends here?
    bool shares_line(std::size_t begin) const {
        const auto before = text_.find_last_of('\n', begin);
        const std::size_t first = begin == 0 || before == text_.npos ? 0 : before + 1;
        if (text_.substr(first, begin - first).find_first_not_of(" \t") != text_.npos) return true;
        const auto rest = text_.substr(at_, text_.find('\n', at_) - at_);
        const auto next = rest.find_first_not_of("; \t");
        return next != rest.npos && rest[next] != '#';
    }

    std::string rest_of_comment() const {
        const auto rest = text_.substr(at_, text_.find('\n', at_) - at_);
        const auto begin = rest.find('#');
        return begin == rest.npos ? "" : std::string(rest.substr(begin));
    }

    ShellAssignment read_assignment() {
        ShellAssignment found;
        found.first_line = line_;
        const std::size_t length = assignment_here();
        found.appends = peek(length - 2) == '+';
        found.name = text_.substr(at_, length - (found.appends ? 2 : 1));
        step(length);
        found.single_quoted = peek() == '\'';
        read_value(found);
        found.last_line = line_;
        return found;
    }

    static void add(ShellAssignment& to, char c) {
        if (to.parts.empty() || to.parts.back().is_variable) to.parts.push_back({false, ""});
        to.parts.back().text += c;
        const auto byte = static_cast<unsigned char>(c);
        if ((byte < 0x20 && c != '\t') || byte == 0x7f) to.is_plain = false;
    }

    void read_value(ShellAssignment& to) {
        constexpr std::string_view ends = " \t\n;&|()<>";
        while (!at_end() && ends.find(peek()) == ends.npos) {
            if (peek() == '\'') {
                read_single_quoted(to);
            } else if (peek() == '"') {
                read_double_quoted(to);
            } else if (at_continuation()) {
                step(2);
            } else if (peek() == '\\') {
                step();
                if (!at_end()) add(to, peek()), step();
            } else if (peek() == '$' || peek() == '`') {
                read_expansion(to);
            } else {
                add(to, peek());
                step();
            }
        }
    }

    void read_single_quoted(ShellAssignment& to) {
        const std::size_t line = line_;
        step();
        while (!at_end() && peek() != '\'') {
            add(to, peek());
            step();
        }
        if (at_end()) return end_in_quotes(line);
        step();
    }

    void read_double_quoted(ShellAssignment& to) {
        const std::size_t line = line_;
        step();
        while (!at_end() && peek() != '"') {
            if (at_continuation()) {
                step(2);
            } else if (peek() == '\\' && std::string_view("\\$\"`").contains(peek(1))) {
                step();
                if (at_end()) break;
                add(to, peek());
                step();
            } else if (peek() == '$' || peek() == '`') {
                read_expansion(to);
            } else {
                add(to, peek());
                step();
            }
        }
        if (at_end()) return end_in_quotes(line);
        step();
    }

    /// The shell refuses such a file.
    void end_in_quotes(std::size_t line) {
        stopped_ = true;
        obscure(line);
    }

    /// $NAME and ${NAME}; everything else that begins with '$' or '`' is passed over.
    void read_expansion(ShellAssignment& to) {
        if (peek() == '`') {
            to.is_plain = false;
            return skip_to('`');
        }
        const bool braces = peek(1) == '{';
        std::size_t length = braces ? 2 : 1;
        const std::size_t begin = length;
        if (begins_name(peek(length)))
            while (continues_name(peek(length))) ++length;
        const bool named = length > begin && (!braces || peek(length) == '}');
        if (named) {
            to.parts.push_back({true, std::string(text_.substr(at_ + begin, length - begin))});
            return step(length + (braces ? 1 : 0));
        }
        constexpr std::string_view special = "0123456789@*#?-$!'\"";
        if (peek(1) == '(' || braces) {
            to.is_plain = false;
            step();
            return skip_nested(peek(), braces ? '}' : ')');
        }
        if (peek(1) != '\0' && peek(1) != '"' && special.find(peek(1)) != special.npos) {
            to.is_plain = false;
            return step(peek(1) == '\'' ? 1 : 2);
        }
        add(to, '$');
        step();
    }

    void skip_to(char end) {
        const std::size_t line = line_;
        for (step(); !at_end() && peek() != end; step(1))
            if (peek() == '\\' && end != '\'') step();
        if (at_end()) return end_in_quotes(line);
        step();
    }

    /// From an opening to its closing one; quotes inside count, what is in them does not.
    void skip_nested(char open, char close) {
        const std::size_t line = line_;
        std::size_t depth = 0;
        char quote = '\0';
        for (; !at_end(); step()) {
            if (peek() == '\\' && quote != '\'') {
                step();
                if (at_end()) break;
            } else if (quote != '\0') {
                if (peek() == quote) quote = '\0';
            } else if (peek() == '\'' || peek() == '"') {
                quote = peek();
            } else if (peek() == open) {
                ++depth;
            } else if (peek() == close && --depth == 0) {
                return step();
            }
        }
        end_in_quotes(line);
    }

    /// Any other statement, which began at `begin`: it counts when it may touch the variables.
    void read_command(const Place& begin) {
        constexpr std::array<std::string_view, 7> opening{"if",    "case",   "for", "while",
                                                          "until", "select", "{"};
        constexpr std::array<std::string_view, 4> closing{"fi", "esac", "done", "}"};
        constexpr std::array<std::string_view, 6> far{".",    "source", "eval",
                                                      "exec", "exit",   "return"};
        at_ = begin.at;
        line_ = begin.line;
        const std::string_view word = word_here();
        const auto is_among = [&](const auto& words) {
            return std::ranges::find(words, word) != words.end();
        };
        skip_command();
        const std::string_view command = text_.substr(begin.at, at_ - begin.at);
        const bool opens = is_among(opening) || command.ends_with('{') ||
                           (command.starts_with('(') && !command.contains(')'));
        if (opens) ++depth_;
        if ((is_among(closing) || command.starts_with(')')) && depth_ > 0) --depth_;
        if (command.contains("<<")) {
            const bool touches = text_.substr(begin.at).contains(prefix_);
            at_ = text_.size();
            if (touches) obscure(begin.line);
        } else if (is_among(far) || command.contains(prefix_)) {
            obscure(begin.line);
        }
    }

    void skip_command() {
        while (!at_end() && peek() != '\n' && peek() != ';') {
            if (peek() == '\\') {
                step(2);
            } else if (peek() == '\'' || peek() == '`' || peek() == '"') {
                skip_to(peek());
            } else if (peek() == '#' && is_after_blank()) {
                skip_comment();
            } else {
                step();
            }
        }
    }

    std::string_view text_;
    std::string_view prefix_;
    std::size_t at_ = 0;
    std::size_t line_ = 1;
    std::size_t depth_ = 0;  ///< of conditions, loops and functions
    bool stopped_ = false;   ///< by quotes that do not end
    ShellText result_;
};

std::string in_double_quotes(const std::vector<ShellAssignment::Part>& parts) {
    std::string text = "\"";
    for (const ShellAssignment::Part& part : parts) {
        if (part.is_variable) {
            text += "${" + part.text + "}";
            continue;
        }
        for (const char c : part.text)
            text += (std::string_view("\\$\"`").contains(c) ? "\\" : "") + std::string(1, c);
    }
    return text + "\"";
}

}  // namespace

bool ShellAssignment::mentions(const std::string& variable) const {
    return std::ranges::any_of(
        parts, [&](const Part& part) { return part.is_variable && part.text == variable; });
}

ShellText read_shell_assignments(std::string_view text, std::string_view prefix) {
    return ShellReader(text, prefix).read();
}

std::string shell_line(const ShellAssignment& one) {
    const bool single = one.single_quoted && one.parts.size() == 1 && !one.parts[0].is_variable &&
                        !one.parts[0].text.contains('\'');
    return (one.exported ? "export " : "") + one.name + (one.appends ? "+=" : "=") +
           (single ? "'" + one.parts[0].text + "'" : in_double_quotes(one.parts)) +
           (one.comment.empty() ? "" : "  " + one.comment);
}

}  // namespace ctrlpass
