// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/profile/profile.hpp"

#include <sha256.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <set>
#include <sstream>

#include "src/findings/finding.hpp"
#include "src/profile/pin_section.hpp"
#include "src/profile/section.hpp"
#include "src/render/suggest.hpp"

namespace ctrlpass {

namespace {

bool is_device_function(std::string_view part) {
    return parse_address("0000:00:" + std::string(part)).has_value();
}

/// "PC00/08.1/00.3": a root, then device.function of every step.
std::optional<std::string> parse_path(std::string_view text) {
    const auto root = text.substr(0, text.find('/'));
    const bool root_fits =
        !root.empty() && root.front() != '.' && std::ranges::all_of(root, [](char c) {
            return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                   c == '_' || c == '.' || c == ':';
        });
    if (!root_fits || root.size() == text.size()) return std::nullopt;
    for (auto rest = text.substr(root.size()); !rest.empty();) {
        rest.remove_prefix(1);
        const auto part = rest.substr(0, rest.find('/'));
        if (part != "pci" && !is_device_function(part)) return std::nullopt;
        rest.remove_prefix(part.size());
    }
    return std::string(text);
}

Result<Pins> pins_of(const Section& section) {
    constexpr std::string_view id_form = "VVVV:DDDD, such as 1022:149c";
    Pins pins;
    pins.path = TRY(
        formed<std::string>(section, "path", parse_path, "ROOT/DD.F/DD.F, such as PC00/08.1/00.3"));
    pins.address =
        TRY(formed<PciAddress>(section, "address", parse_address, "in full, such as 0000:0a:00.3"));
    pins.id = TRY(formed<PciId>(section, "id", parse_id, id_form));
    pins.subsystem = TRY(formed<PciId>(section, "subsystem", parse_id, id_form));
    pins.serial = TRY(text_of(section, "serial"));
    if (!pins.path && !pins.address)
        return section.bad(section.table, std::string(section.name) + " needs 'path' or 'address'",
                           "ctrlpass init writes both.");
    return pins;
}

Result<std::vector<std::string>> allow_of(const Section& section) {
    std::vector<std::string> codes;
    const auto* const list = TRY(value_of<toml::array>(section, "allow"));
    if (list == nullptr) return codes;
    for (const toml::node& node : *list) {
        const auto* const code = node.as_string();
        if (code == nullptr)
            return section.bad(node, "every entry of " + section.at("allow") + " must be text");
        const FindingCode* const row = find_code(code->get());
        if (row == nullptr) {
            std::vector<std::string_view> known;
            for (const FindingCode& each : finding_codes())
                if (each.severity == Severity::consent) known.push_back(each.code);
            return section.bad(node, "unknown finding code '" + code->get() + "'",
                               suggestion(code->get(), known));
        }
        if (row->severity == Severity::refuse)
            return section.bad(node, "'" + code->get() + "' cannot be allowed",
                               std::string(row->way_forward));
        codes.push_back(code->get());
    }
    return codes;
}

Result<ProfileMember> member_of(const Section& section, bool has_vm) {
    constexpr std::array<std::string_view, 6> known{"path",      "address", "id",
                                                    "subsystem", "serial",  "guest"};
    TRY(only_known_keys(section, known));
    ProfileMember member;
    member.pins = TRY(pins_of(section));
    const auto* const guest = TRY(value_of<toml::value<bool>>(section, "guest"));
    member.guest = guest != nullptr && guest->get();
    if (member.guest && !has_vm) return section.bad(*guest, "'guest = true' needs a [vm]");
    return member;
}

Result<When> when_of(const Section& section, bool has_vm) {
    constexpr std::array<std::string_view, 2> known{"boot", "vm-start"};
    const auto text = TRY(text_of(section, "when"));
    if (!text || *text == "boot") return When::boot;
    const toml::node& node = *section.table.get("when");
    if (*text != "vm-start")
        return section.bad(node, section.at("when") + " is '" + *text + "'",
                           suggestion(*text, known));
    if (!has_vm) return section.bad(node, "'when = \"vm-start\"' needs a [vm]");
    return When::vm_start;
}

Result<ProfileController> controller_of(const Section& section, bool has_vm) {
    constexpr std::array<std::string_view, 8> known{"path",   "address", "id",    "subsystem",
                                                    "serial", "when",    "allow", "member"};
    TRY(only_known_keys(section, known));
    ProfileController controller;
    controller.pins = TRY(pins_of(section));
    controller.when = TRY(when_of(section, has_vm));
    controller.allow = TRY(allow_of(section));
    const auto members = TRY(tables_of(section, "member", "[[controller.member]]"));
    for (const toml::table* const table : members) {
        const auto member =
            TRY(member_of(Section{section.source, *table, "[[controller.member]]"}, has_vm));
        controller.members.push_back(member);
    }
    return controller;
}

Result<std::optional<ProfileVm>> vm_of(const Section& profile) {
    const auto* const table = TRY(value_of<toml::table>(profile, "vm"));
    if (table == nullptr) return std::optional<ProfileVm>{};
    const Section section{profile.source, *table, "[vm]"};
    constexpr std::array<std::string_view, 2> known{"name", "uri"};
    TRY(only_known_keys(section, known));
    const auto name = TRY(text_of(section, "name"));
    if (!name) return section.bad(*table, "[vm] needs 'name'");
    const auto uri = TRY(text_of(section, "uri"));
    ProfileVm vm{.name = *name};
    if (uri) vm.uri = *uri;
    return std::optional(vm);
}

/// A table as lines of TOML.
std::string lines_of(const toml::table& table) {
    std::ostringstream text;
    text << toml::toml_formatter(table, toml::format_flags::none);
    return text.str();
}

Result<> read_pin(const Section& section, Profile& profile) {
    const auto* const table = TRY(value_of<toml::table>(section, "pin"));
    if (table == nullptr) return {};
    if (!profile.vm) return section.bad(*table, "[pin] needs a [vm]");
    profile.wish = TRY(pin_wish_of(Section{section.source, *table, "[pin]"}));
    profile.pin = lines_of(*table);
    return {};
}

Result<> check_format(const Section& profile) {
    const auto* const format = TRY(value_of<toml::value<std::int64_t>>(profile, "format"));
    if (format == nullptr)
        return profile.source.bad(profile.table.source(), "'format' is missing",
                                  "The first line of a profile is:\n    format = 1");
    if (format->get() != 1)
        return profile.bad(*format, "format " + std::to_string(format->get()) + " is not known",
                           "This ctrlpass knows format 1.");
    return {};
}

/// One place is named once, be it as a controller or as a member.
class Places {
  public:
    Result<> add(const Section& section, const Pins& pins) {
        const bool fresh_path = !pins.path || paths_.insert(*pins.path).second;
        const bool fresh_address = !pins.address || addresses_.insert(*pins.address).second;
        if (fresh_path && fresh_address) return {};
        const std::string what = fresh_path ? to_string(*pins.address) : *pins.path;
        return section.bad(section.table, what + " is named twice in this profile");
    }

  private:
    std::set<std::string> paths_;
    std::set<PciAddress> addresses_;
};

Result<> check_named_once(const Section& profile, const std::vector<ProfileController>& all) {
    Places places;
    const auto tables = TRY(tables_of(profile, "controller", "[[controller]]"));
    for (std::size_t i = 0; i < all.size(); ++i) {
        const Section section{profile.source, *tables[i], "[[controller]]"};
        TRY(places.add(section, all[i].pins));
        const auto members = TRY(tables_of(section, "member", "[[controller.member]]"));
        for (std::size_t j = 0; j < members.size(); ++j) {
            const Section member{profile.source, *members[j], "[[controller.member]]"};
            TRY(places.add(member, all[i].members[j].pins));
        }
    }
    return {};
}

Result<Profile> profile_of(const Section& section) {
    constexpr std::array<std::string_view, 6> known{"format", "description", "allow",
                                                    "vm",     "controller",  "pin"};
    TRY(check_format(section));
    TRY(only_known_keys(section, known));
    Profile profile;
    const auto* const description = TRY(value_of<toml::value<std::string>>(section, "description"));
    if (description != nullptr) profile.description = description->get();
    profile.allow = TRY(allow_of(section));
    profile.vm = TRY(vm_of(section));
    const auto controllers = TRY(tables_of(section, "controller", "[[controller]]"));
    for (const toml::table* const table : controllers) {
        const auto controller = TRY(controller_of(Section{section.source, *table, "[[controller]]"},
                                                  profile.vm.has_value()));
        profile.controllers.push_back(controller);
    }
    if (profile.controllers.empty())
        return section.source.bad(section.table.source(), "the profile names no controller",
                                  "ctrlpass init --controller ADDRESS writes one.");
    TRY(check_named_once(section, profile.controllers));
    TRY(read_pin(section, profile));
    return profile;
}

}  // namespace

std::string sha256_of(const std::string& text) {
    std::array<char, SHA256_DIGEST_STRING_LENGTH> hex{};
    // libmd reads bytes as unsigned.
    const auto* const bytes = reinterpret_cast<const std::uint8_t*>(text.data());
    SHA256Data(bytes, text.size(), hex.data());
    return std::string("sha256:") + hex.data();
}

Result<Profile> parse_profile(const std::string& text, const std::string& path) {
    const Source source{path};
    const toml::table table = TRY(parse_toml(text, source));
    Profile profile = TRY(profile_of(Section{source, table, ""}));
    profile.name = std::filesystem::path(path).stem().string();
    profile.path = path;
    profile.digest = sha256_of(text);
    return profile;
}

}  // namespace ctrlpass
