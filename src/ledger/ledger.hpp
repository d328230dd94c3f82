// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "iommu/descriptor.hpp"
#include "src/execute/disk.hpp"
#include "src/ledger/record.hpp"

namespace ctrlpass {

/// The state directory where none is named.
inline constexpr auto usual_state = "/var/lib/ctrlpass";

/// A change that was made and verified; `back`: it undoes an earlier one, or rolls it back.
struct MadeChange {
    std::string profile;
    Setting setting;
    State before;
    State after;
    bool back = false;
};

/// Where records go. Each is on disk when `append` returns, before the write that it announces.
class Ledger {
  public:
    virtual ~Ledger() = default;
    virtual Result<> append(const std::string& profile, const Record& record) = 0;
    /// For whoever keeps watch over the changes; to the ledger itself its records are enough.
    virtual void made(const MadeChange&) {}
};

/// How long ledgers may become, in bytes; tests have smaller ones.
struct LedgerBounds {
    /// From here on one is folded when that halves it: some ten boots.
    std::size_t grown = 16U << 10U;
    /// An apply begins up to 32 of these and goes on up to 48, a rollback begins up to 72, and all
    /// of them come to their end up to 96. An older ctrlpass wrote up to 64 and one record; the
    /// reader takes 128.
    std::size_t unit = 1U << 20U;
};

/// STATE/ledger/NAME.jsonl below a state directory.
class LedgerDirectory final : public Ledger {
  public:
    /// Makes the directories (0700) where they are missing and takes the one lock of the tool;
    /// another holder is `locked`. For commands that write.
    static Result<LedgerDirectory> open(const std::string& state_directory,
                                        std::unique_ptr<Disk> disk = std::make_unique<Disk>(),
                                        LedgerBounds bounds = {});
    /// Truncates a torn tail first, so that a line is either whole or not there. Folds a ledger
    /// that has grown before the next transaction begins. Error too: the ledger is full; an apply
    /// is stopped early enough for its end, and for a rollback.
    Result<> append(const std::string& profile, const Record& record) override;

  private:
    LedgerDirectory(Descriptor state, Descriptor directory, Descriptor lock,
                    std::unique_ptr<Disk> disk, LedgerBounds bounds);
    Result<Descriptor> open_ledger(const std::string& name) const;
    Result<> shorten(const std::string& profile, const Descriptor& file) const;

    Descriptor state_;
    Descriptor directory_;
    Descriptor lock_;
    std::unique_ptr<Disk> disk_;
    LedgerBounds bounds_;
};

/// Every ledger of the state directory, without writing and without the lock; a torn tail is left
/// out. No directory is no ledgers. One that cannot be read or trusted is `broken`, by itself.
/// Errors: a directory that cannot be read or trusted (`denied` for those who are not root).
Result<Recorded> read_ledgers(const std::string& state_directory);

/// All records of every ledger and of what was folded out of it, by profile name; of a broken one
/// those before its first bad line. What of the history cannot be read is noted.
using Records = std::map<std::string, std::vector<Record>>;
Result<Records> read_records(const std::string& state_directory, std::vector<std::string>& notes);

}  // namespace ctrlpass
