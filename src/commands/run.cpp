// SPDX-License-Identifier: GPL-2.0-or-later
#include <array>

#include "src/commands/commands.hpp"

namespace ctrlpass {

namespace {

struct Row {
    Command command;
    const char* name;
    Result<int> (*run)(const Options&, const Console&);
};

constexpr auto rows = std::to_array<Row>({
    {Command::inspect, "inspect", run_inspect},
    {Command::init, "init", run_init},
    {Command::check, "check", run_check},
    {Command::plan, "plan", run_plan},
    {Command::apply, "apply", run_apply},
    {Command::confirm, "confirm", run_confirm},
    {Command::rollback, "rollback", run_rollback},
    {Command::status, "status", run_status},
    {Command::log, "log", run_log},
    {Command::metrics, "metrics", run_metrics},
    {Command::doctor, "doctor", run_doctor},
    {Command::capture, "capture", run_capture},
    {Command::pin, "pin", run_pin},
    {Command::hook, "hook", run_hook},
    {Command::complete, "complete", run_complete},
});

}  // namespace

int run(int count, const char* const* words) {
    const auto line = parse_command_line(count, words);
    if (!line) return Console(Options{}).fail("", line.error());
    const Console console(line->options);
    if (!line->text.empty()) {
        console.print(line->text);
        return exit_code::done;
    }
    for (const Row& row : rows) {
        if (row.command != line->options.command) continue;
        const auto code = row.run(line->options, console);
        const int result = code ? *code : console.fail(row.name, code.error());
        if (Console::arrived()) return result;
        console.note("cannot write to standard output");
        return result == exit_code::done ? exit_code::failed : result;
    }
    return exit_code::bad_input;
}

}  // namespace ctrlpass
