// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "src/ledger/record.hpp"

namespace ctrlpass::tests {

/// A state directory whose ledgers say what was applied.
class LedgerFiles {
  public:
    explicit LedgerFiles(std::string state) : state_(std::move(state)) {
        std::filesystem::create_directories(state_ + "/ledger");
        for (const std::string& path : {state_, state_ + "/ledger"}) ::chmod(path.c_str(), 0700);
    }

    /// A committed apply of this profile, with one setting.
    void apply(const std::string& profile, const std::string& boot, const Setting& setting,
               const State& before, const State& after) const {
        const std::string path = state_ + "/ledger/" + profile + ".jsonl";
        BeginRecord begin{.transaction = "t", .time = "2026-11-23T15:22:52Z", .boot = boot};
        begin.who = "root";
        std::ofstream(path, std::ios::binary)
            << to_line(begin) << "\n"
            << to_line(IntentRecord{setting, before, before, after, true}) << "\n"
            << to_line(DoneRecord{setting}) << "\n"
            << to_line(CommitRecord{}) << "\n";
        ::chmod(path.c_str(), 0600);
    }

    /// " --state DIR", for a command line.
    std::string option() const { return " --state " + state_; }

  private:
    std::string state_;
};

}  // namespace ctrlpass::tests
