// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace ctrlpass {

/// A file or folder of which a reader takes less than there is, so that what the rest says is not
/// known.
struct Unread {
    std::string path;  ///< without a leading slash: "etc/fstab"
    std::string why;   ///< "it is larger than 4 MiB": words and numbers of our own only
    bool operator==(const Unread&) const = default;
};

/// Each place once, in the order in which they were met, and no more than a report can bear.
class UnreadPlaces {
  public:
    void add(const std::string& path, const std::string& why);
    const std::vector<Unread>& places() const { return places_; }

  private:
    std::vector<Unread> places_;
};

/// The file of a captured machine that has them, for its readers meet other bounds: what was not
/// read is not in the copy.
inline constexpr auto unread_file = "unread";
std::string unread_text(const std::vector<Unread>& places);
std::map<std::string, std::string> parse_unread(std::string_view text);

}  // namespace ctrlpass
