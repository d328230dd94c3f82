// SPDX-License-Identifier: GPL-2.0-or-later
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "src/audit/journal.hpp"
#include "src/commands/after_exception.hpp"
#include "src/commands/commands.hpp"
#include "src/commands/last_words.hpp"
#include "src/commands/process_start.hpp"
#include "src/render/render_json.hpp"

namespace ctrlpass {

namespace {

/// Is a command asked for what it does, or for what it prints?
enum class For { work, answer };

struct Row {
    Command command;
    const char* name;
    Result<int> (*run)(const Options&, const Console&);
    For use = For::answer;
};

constexpr auto rows = std::to_array<Row>({
    {Command::inspect, "inspect", run_inspect},
    {Command::init, "init", run_init},
    {Command::check, "check", run_check},
    {Command::plan, "plan", run_plan},
    {Command::apply, "apply", run_apply, For::work},
    {Command::confirm, "confirm", run_confirm, For::work},
    {Command::rollback, "rollback", run_rollback, For::work},
    {Command::status, "status", run_status},
    {Command::log, "log", run_log},
    {Command::metrics, "metrics", run_metrics},
    {Command::doctor, "doctor", run_doctor},
    {Command::capture, "capture", run_capture, For::work},
    {Command::pin, "pin", run_pin, For::work},
    {Command::hook, "hook", run_hook, For::work},
    {Command::complete, "complete", run_complete},
});

/// A reader who takes nothing for so long is taken for gone by a command that holds the lock.
constexpr std::chrono::seconds reader_deadline{10};

For use_of(const Row& row, const Options& options) {
    return options.dry_run ? For::answer : row.use;
}

int run_row(const Row& row, const Options& options, const Console& console) {
    try {
        if (options.json)
            last_words::set_document(
                error_json(row.name, {"cannot go on", "there is not enough memory", {}}));
        const auto code = row.run(options, console);
        return code ? *code : console.fail(row.name, code.error());
    } catch (...) {
        return console.fail(row.name, error_of_exception());
    }
}

std::string text_of_loss(int error_number) {
    const std::string what = "cannot write to standard output: ";
    if (error_number == ETIMEDOUT)
        return what + "nobody took it within " + std::to_string(reader_deadline.count()) + " s";
    return what + std::strerror(error_number);
}

/// Output that was lost: an answer that was not given is a failure, work that was done is done.
int code_without_output(int code, const Row& row, const Options& options, const Console& console) {
    // Whoever watches the ports ends that by going away.
    if (options.watch && console.lost() == EPIPE) return code;
    const std::string lost = text_of_loss(console.lost());
    console.note(lost);
    if (use_of(row, options) == For::work) {
        note_in_journal("ctrlpass " + std::string(row.name) + ": " + lost +
                        "; it ended with status " + std::to_string(code));
        return code;
    }
    const bool no_answer = code == exit_code::bad_input || code == exit_code::locked;
    return no_answer ? code : exit_code::failed;
}

int run_line(int count, const char* const* words) {
    const auto line = parse_command_line(count, words);
    if (!line) return Console(Options{}).fail("", line.error());
    const Options& options = line->options;
    if (!line->text.empty()) {
        const Console console(options);
        console.print(line->text);
        if (console.lost() == 0) return exit_code::done;
        console.note(text_of_loss(console.lost()));
        return exit_code::failed;
    }
    for (const Row& row : rows) {
        if (row.command != options.command) continue;
        const bool works = use_of(row, options) == For::work;
        const Console console(options, works ? Stream::Patience(reader_deadline) : std::nullopt);
        const int code = run_row(row, options, console);
        return console.lost() == 0 ? code : code_without_output(code, row, options, console);
    }
    return exit_code::bad_input;
}

}  // namespace

int run(int count, const char* const* words) {
    if (!start_process()) return exit_code::failed;
    try {
        return run_line(count, words);
    } catch (...) {
        // Even to say so there was no memory.
        Stream(STDERR_FILENO, reader_deadline).write("ctrlpass: cannot go on\n");
        return exit_code::failed;
    }
}

}  // namespace ctrlpass
