// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace ctrlpass {

/// Standard output or standard error, without a buffer. The first write that fails is the last one
/// that is tried: what came behind it would be read as a whole.
class Stream {
  public:
    /// How long a reader that takes nothing is waited for; nothing: for ever.
    using Patience = std::optional<std::chrono::milliseconds>;

    Stream(int descriptor, Patience patience) : descriptor_(descriptor), patience_(patience) {}

    void write(std::string_view text);

    bool has_begun() const { return begun_; }
    /// Why a write failed; 0: everything has arrived.
    int error_number() const { return error_number_; }

  private:
    bool wait() const;

    int descriptor_;
    Patience patience_;
    bool begun_ = false;
    int error_number_ = 0;
};

}  // namespace ctrlpass
