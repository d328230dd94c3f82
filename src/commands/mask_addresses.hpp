// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <string>

namespace ctrlpass {

/// Hides the IP addresses in the tables of proc/net and keeps which network they are in: those of
/// one network have one network afterwards too. Each mask hides them in another way.
class AddressMask {
  public:
    AddressMask();

    std::string routes4(const std::string& text) const;  ///< proc/net/route
    std::string list4(const std::string& text) const;    ///< fib_trie: the host's own addresses
    std::string table6(const std::string& text) const;   ///< if_inet6, ipv6_route

  private:
    /// Of an address as hexadecimal digits; `length` is that of its prefix.
    std::string hidden(const std::string& digits, unsigned length) const;

    std::uint64_t key_ = 0;
};

}  // namespace ctrlpass
