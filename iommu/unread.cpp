// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/unread.hpp"

#include <algorithm>

#include "iommu/lines.hpp"

namespace ctrlpass {

namespace {

constexpr std::size_t most_places = 64;
constexpr char unread_mark = '\t';

}  // namespace

void UnreadPlaces::add(const std::string& path, const std::string& why) {
    const bool known = std::ranges::find(places_, path, &Unread::path) != places_.end();
    if (!known && places_.size() < most_places) places_.push_back({path, why});
}

std::string unread_text(const std::vector<Unread>& places) {
    std::string text;
    for (const Unread& place : places)
        if (place.path.find('\n') == std::string::npos)
            text += place.why + unread_mark + place.path + "\n";
    return text;
}

std::map<std::string, std::string> parse_unread(std::string_view text) {
    std::map<std::string, std::string> places;
    for (const std::string& line : lines_of(text))
        if (const auto end = line.find(unread_mark); end != line.npos)
            places.emplace(line.substr(end + 1), line.substr(0, end));
    return places;
}

}  // namespace ctrlpass
