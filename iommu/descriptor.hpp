// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <unistd.h>

#include <string>
#include <utility>

#include "iommu/result.hpp"

namespace ctrlpass {

/// A file descriptor that is closed when its owner goes. Negative: none.
class Descriptor {
  public:
    explicit Descriptor(int number = -1) : number_(number) {}
    Descriptor(Descriptor&& other) noexcept : number_(other.release()) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        std::swap(number_, other.number_);
        return *this;
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() { close(); }

    int number() const { return number_; }
    bool is_open() const { return number_ >= 0; }
    int release() { return std::exchange(number_, -1); }
    void close() {
        if (number_ >= 0) ::close(release());
    }

  private:
    int number_;
};

/// "256 KiB", "4 MiB".
std::string bytes_text(std::size_t bytes);

/// Of a file that is longer than a reader takes: error_number is EFBIG.
std::unexpected<Error> fail_too_long(std::string what, std::size_t limit);

/// Everything from the present position to the end. Errors, with `what`: the read's, or that it is
/// longer than `limit` bytes.
Result<std::string> read_all(const Descriptor& file, const std::string& what, std::size_t limit);

}  // namespace ctrlpass
