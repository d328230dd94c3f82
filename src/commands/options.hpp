// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "iommu/result.hpp"
#include "src/ledger/ledger.hpp"
#include "src/render/text.hpp"

namespace ctrlpass {

enum class Command {
    inspect,
    init,
    check,
    plan,
    apply,
    confirm,
    rollback,
    status,
    log,
    metrics,
    doctor,
    capture,
    pin,
    hook,
    complete,
};

/// The command line as a value.
struct Options {
    Command command = Command::inspect;
    /// Profiles, files or names, as the command wants them; complete: the words behind ctrlpass.
    std::vector<std::string> names;
    bool all = false;
    bool boot = false;          ///< apply, confirm: for systemd, see src/boot
    bool unfinished = false;    ///< rollback: only what was interrupted
    bool dry_run = false;       ///< rollback: only tell
    bool may_lock_out = false;  ///< apply, plan
    bool json = false;
    bool exit_code = false;
    bool follow = false;              ///< pin: until the guest ends
    bool instance = false;            ///< pin: the profile is the instance of a unit
    bool dot = false;                 ///< inspect: for Graphviz
    bool watch = false;               ///< inspect: until a signal comes
    int deadline = 30;                ///< seconds for each write that may block in the kernel
    std::int64_t confirm_within = 0;  ///< apply: seconds; 0: nobody has to confirm
    std::string unconfirmed;          ///< rollback: only this transaction, when its time is over
    std::int64_t after = 0;           ///< rollback --unconfirmed: not before so many seconds
    std::string in_place_of;          ///< plan: where the profile is going to be
    std::string controller;           ///< init
    std::string from;                 ///< init: the profile to be pinned anew
    std::string vm;                   ///< init
    std::string directory;            ///< capture
    std::string output;               ///< metrics: a file, instead of standard output
    std::string operation;            ///< hook: what the guest is about to do
    std::string root = "/";
    std::string state = usual_state;
    Color color = Color::automatic;
};

/// What the command line asks for: a command to run, or a text to print (help, version).
struct CommandLine {
    Options options;
    std::string text;  ///< to be printed instead, when not empty
};

/// Errors are `bad_input`, unknown words with the nearest known one.
Result<CommandLine> parse_command_line(int count, const char* const* words);

/// The exit codes of the design.
namespace exit_code {
constexpr int done = 0;
constexpr int failed = 1;
constexpr int bad_input = 2;
constexpr int refused = 3;
constexpr int changes = 4;
constexpr int stuck = 5;
constexpr int locked = 6;
}  // namespace exit_code

int exit_code_of(const Error& error);

}  // namespace ctrlpass
