// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "iommu/descriptor.hpp"
#include "iommu/recorder.hpp"
#include "iommu/result.hpp"
#include "iommu/unread.hpp"

namespace ctrlpass {

/// For tables of the kernel that grow with the machine, in bytes.
inline constexpr std::size_t longest_table = 64U << 20U;

/// Reads below one directory: "/" for this host, any other for a captured one. Absolute links are
/// resolved inside it, so a captured machine reads like a real one and nothing outside is seen.
/// Paths are given without a leading slash: "sys/bus/pci/devices".
class Root {
  public:
    static Result<Root> open(const std::string& directory = "/");

    /// The running machine, where device numbers and process ids mean something.
    bool is_live() const { return live_; }
    const std::string& directory() const { return directory_; }

    /// Tells of every successful read from now on.
    void record_with(Recorder* recorder) { recorder_ = recorder; }
    /// The same for what a child read in our place.
    void tell_of(const std::string& path, const std::string& text) const {
        if (recorder_ != nullptr) recorder_->on_file(path, text);
    }

    /// The whole of a small file, as it is. Longer than `limit` bytes is an error, and noted as
    /// unread.
    Result<std::string> read(const std::string& path, std::size_t limit = 1 << 16) const;

    /// The same of a regular file only: what stands in a folder of others may be a link to a disk,
    /// which reading would wake, or to something that never ends. Too long is an error alone: of
    /// many such files it is known without them what they do.
    Result<std::string> read_file(const std::string& path, std::size_t limit) const;

    /// An attribute: the content without the newline at its end; nothing when it is not there,
    /// not readable, vanished meanwhile or too long. For what may be absent.
    std::optional<std::string> attribute(const std::string& path) const;

    /// Names in a directory, sorted, without "." and "..". A directory that is not there is
    /// an error (`missing`).
    Result<std::vector<std::string>> list(const std::string& path) const;
    /// The same, empty when it cannot be listed.
    std::vector<std::string> names(const std::string& path) const;
    /// The directories among them, links left out; empty likewise.
    std::vector<std::string> directories(const std::string& path) const;

    /// The text of a link, nothing when it is no link or not there.
    std::optional<std::string> link(const std::string& path) const;
    /// The last component of a link's text: the name of a driver, group or subsystem.
    std::optional<std::string> link_name(const std::string& path) const;
    /// Where a link leads, one step, as a path below the root: "sys/devices/pci0000:00/…".
    std::optional<std::string> resolve(const std::string& path) const;

    /// Is it there? A dangling link is not.
    bool exists(const std::string& path) const;

    /// Its permission bits, on the live machine only: a copy has others.
    std::optional<unsigned> mode(const std::string& path) const;
    /// Is it a file that may be run? In a copy, one that only its owner may read is taken for one:
    /// `capture` makes every file so, and of scripts it copies those that are run.
    bool is_program(const std::string& path) const;
    /// When it was last written, in seconds since the epoch, likewise.
    std::optional<std::int64_t> written(const std::string& path) const;

    /// What readers passed over since it is more than they take: each says so where it does.
    const std::vector<Unread>& unread() const { return unread_->places(); }
    void note_unread(const std::string& path, const std::string& why) const {
        unread_->add(path, why);
    }
    /// Of a list that goes on after the first `most`: "it has more than 1024 entries".
    void note_more(const std::string& path, std::size_t most, const std::string& what) const;

  private:
    Root(Descriptor descriptor, std::string directory, bool live);
    Result<std::string> read_whole(const std::string& path, std::size_t limit,
                                   bool regular = false) const;
    int open_below(const std::string& path, int flags) const;
    void note_not_captured(const std::string& path) const;
    enum class Entries { all, directories };
    Result<std::vector<std::string>> list(const std::string& path, Entries wanted) const;

    Descriptor descriptor_;
    std::string directory_;
    bool live_ = false;
    Recorder* recorder_ = nullptr;
    std::unique_ptr<UnreadPlaces> unread_;
    /// Of a captured machine: what was not read there is not here.
    std::map<std::string, std::string> not_captured_;
};

}  // namespace ctrlpass
