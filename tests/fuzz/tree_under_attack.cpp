// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/fuzz/tree_under_attack.hpp"

#include <algorithm>
#include <fstream>
#include <ranges>
#include <set>

#include "tests/fuzz/fuzzing.hpp"

namespace ctrlpass::fuzzing {

namespace fs = std::filesystem;

namespace {

class Asked final : public Recorder {
  public:
    void on_file(const std::string& path, const std::string&) override { paths.insert(path); }
    void on_link(const std::string& path, const std::string&) override { paths.insert(path); }
    void on_list(const std::string& path, const std::vector<std::string>&) override {
        paths.insert(path);
    }
    void on_exists(const std::string& path) override { paths.insert(path); }
    std::set<std::string> paths;
};

/// FNV-1a, folded: the same on every machine.
std::uint16_t hash_of(std::string_view text) {
    std::uint32_t hash = 2166136261U;
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
    return static_cast<std::uint16_t>(hash ^ (hash >> 16U));
}

Root opened(const std::string& directory) {
    auto root = Root::open(directory);
    require(root.has_value(), "the tree can be opened");
    return std::move(*root);
}

}  // namespace

TreeUnderAttack::TreeUnderAttack(const std::string& machine,
                                 const std::function<void(Root&)>& reading)
    : tree_(MachineTree::from(machine)),
      aside_(MachineTree::from(std::string(R"({"functions": []})"))),
      root_(opened(tree_.directory())) {
    Asked asked;
    root_.record_with(&asked);
    reading(root_);
    root_.record_with(nullptr);
    for (const std::string& path : asked.paths) {
        auto number = hash_of(path);
        while (!places_.emplace(number, path).second) ++number;
    }
}

void TreeUnderAttack::attack(std::string_view input) {
    constexpr std::size_t head = 3;
    while (input.size() >= head) {
        const auto end = std::min(input.find('\xff', head), input.size());
        const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(input[i]); };
        hit(byte(0), static_cast<std::uint16_t>(byte(1) << 8U | byte(2)),
            std::string(input.substr(head, end - head)));
        input.remove_prefix(std::min(end + 1, input.size()));
    }
}

void TreeUnderAttack::hit(unsigned kind, std::uint16_t number, const std::string& text) {
    auto place = places_.lower_bound(number);
    if (place == places_.end()) place = places_.begin();
    const std::string path = tree_.directory() + "/" + place->second;
    if (!is_inside(path)) return;
    std::error_code ignored;
    const auto status = fs::symlink_status(path, ignored);
    switch (kind % 4) {
        case 1:
            return replace(path, [] {});
        case 2:
            return replace(path, [&] { fs::create_symlink(text, path, ignored); });
        case 3: {
            if (!fs::is_directory(status) ||
                text.find_first_of(std::string_view("/\0", 2)) != text.npos)
                return;
            const std::string entry = path + "/" + text;
            if (fs::exists(fs::symlink_status(entry, ignored))) return;
            return replace(entry, [&] { fs::create_directory(entry, ignored); });
        }
        default:
            if (fs::is_directory(status)) return;
            return replace(path, [&] { std::ofstream(path, std::ios::binary) << text; });
    }
}

void TreeUnderAttack::replace(const std::string& path, const std::function<void()>& by) {
    Wound wound{path, {}};
    std::error_code error;
    if (fs::exists(fs::symlink_status(path, error))) {
        wound.aside = aside_.directory() + "/" + std::to_string(wounds_.size());
        fs::rename(path, wound.aside, error);
        if (error) return;
    }
    wounds_.push_back(wound);
    by();
}

void TreeUnderAttack::mend() {
    for (const Wound& wound : wounds_ | std::views::reverse) {
        std::error_code ignored;
        fs::remove_all(wound.path, ignored);
        if (!wound.aside.empty()) fs::rename(wound.aside, wound.path);
    }
    wounds_.clear();
}

bool TreeUnderAttack::is_inside(const std::string& path) const {
    std::error_code error;
    const auto parent = fs::canonical(fs::path(path).parent_path(), error).string();
    return !error && (parent + "/").starts_with(tree_.directory() + "/");
}

}  // namespace ctrlpass::fuzzing
