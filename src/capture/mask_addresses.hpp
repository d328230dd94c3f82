// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <string>

namespace ctrlpass {

/// Hides IP addresses and keeps which network they are in: those of one network have one network
/// afterwards too. Each mask hides them in another way.
class AddressMask {
  public:
    AddressMask();

    /// Of an address as hexadecimal digits in the order of the network; `length` is that of its
    /// prefix. The first eight bits stay.
    std::string hidden(const std::string& digits, unsigned length) const;
    /// "192.0.2.7", "2001:db8::7"; "" for what is no address.
    std::string address(const std::string& text) const;

  private:
    std::uint64_t key_ = 0;
};

}  // namespace ctrlpass
