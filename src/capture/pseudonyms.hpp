// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace ctrlpass {

/// What a capture has in place of what it must not say. One value for a whole capture: the same
/// name, number or address gets the same pseudonym in every file of it. Upper and lower case are
/// the same, and so are a label and the way in which udev writes it (\x20).
class Pseudonyms {
  public:
    /// "name3": of a label, a volume, a pool, a folder, a server, a user. Empty stays empty.
    std::string name(std::string_view value);
    /// "serial2".
    std::string serial(std::string_view value);
    /// Of a UUID or another number of letters and digits: digits in the same shape. With and
    /// without its dashes it is the same one. What has another shape gets a name.
    std::string id(std::string_view value);
    /// Of a mapped device, whose name is made of a group's and a volume's with a dash between:
    /// each part gets its own.
    std::string mapped(std::string_view value);
    /// Of a MAC address: 02:00:00:00:00:01.
    std::string mac(std::string_view value);
    /// Of a network link: names that the kernel and systemd give stay, but for the address in
    /// "enx001122334455".
    std::string link(std::string_view value);
    /// The text with every MAC address in it replaced.
    std::string without_macs(std::string_view text);

  private:
    std::string numbered(std::string_view kind, std::string_view value);

    std::map<std::string, std::string> known_;  ///< by kind and value
    std::map<std::string, std::size_t> last_;   ///< number given, by kind
};

}  // namespace ctrlpass
