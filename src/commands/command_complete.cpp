// SPDX-License-Identifier: GPL-2.0-or-later
// What the shells' completions ask for: a line for each word that could come next, with what it is
// behind a tab. A line ":profiles", ":files" or ":directories" leaves those to the shell.
#include <algorithm>

#include "src/commands/commands.hpp"
#include "src/commands/expected.hpp"
#include "src/commands/inspection.hpp"
#include "src/execute/execute.hpp"
#include "src/profile/profile_file.hpp"
#include "vfio/driver_names.hpp"

namespace ctrlpass {

namespace {

using Candidates = std::vector<Expected::Word>;

constexpr std::size_t longest_about = 72;

/// Hostile text as one short line.
std::string about_text(const std::string& text) {
    std::string shown = printable(text);
    if (shown.size() <= longest_about) return shown;
    std::size_t end = longest_about;
    while (end > 0 && (static_cast<unsigned char>(shown[end]) & 0xc0U) == 0x80U) --end;
    return shown.substr(0, end) + "…";
}

std::string verdict_words(const Function& function, const Verdict& verdict) {
    if (function.driver && is_vfio_driver(*function.driver)) return "given away";
    if (verdict.kind == Verdict::free) return "free";
    const bool no = verdict.kind == Verdict::no;
    std::vector<std::string> codes;
    for (const Finding& finding : verdict.findings) {
        const bool decides = finding.severity == (no ? Severity::refuse : Severity::consent);
        if (decides && std::ranges::find(codes, finding.code) == codes.end())
            codes.push_back(finding.code);
    }
    return (no ? "cannot be given away: " : "at a cost: ") + joined(codes);
}

void add_devices(const std::vector<UsbDevice>& devices, int& count,
                 std::vector<std::string>& products) {
    for (const UsbDevice& device : devices) {
        ++count;
        if (!device.hub && !device.product.empty()) products.push_back(device.product);
        add_devices(device.devices, count, products);
    }
}

Result<Candidates> controllers(const std::string& directory) {
    const Root root = TRY(Root::open(directory));
    const Inspection found = TRY(inspect_host(root));
    Candidates words;
    for (const Controller& controller : found.host.controllers) {
        const Function* const function = found.host.function(controller.address);
        if (function == nullptr || controller.type == Controller::Type::usb4) continue;
        int count = 0;
        std::vector<std::string> products;
        add_devices(controller.devices, count, products);
        std::string about = word_of(controller.type) + ", " + std::to_string(count) +
                            (count == 1 ? " device, " : " devices, ") +
                            verdict_words(*function, found.verdicts.at(controller.address));
        if (!products.empty()) about += "; " + joined(products);
        words.push_back({to_string(controller.address), about});
    }
    return words;
}

/// Those of /etc/ctrlpass/profiles.d, with what they say of themselves.
Candidates profiles() {
    Candidates words;
    const auto paths = all_profile_paths();
    if (!paths) return words;
    for (const std::string& path : *paths) {
        const auto name = profile_name_of(path);
        if (!name) continue;
        const auto file = read_profile_file(path, Trust::anyone);
        const auto profile =
            file ? parse_profile(file->text, file->path) : std::unexpected(file.error());
        words.push_back({*name, profile ? profile->description : profile.error().what});
    }
    return words;
}

std::string about_ledger(const RecordedProfile& ledger) {
    if (ledger.broken) return "its ledger cannot be read";
    if (ledger.unfinished && ledger.unfinished->waits_until) return "waits to be confirmed";
    if (ledger.unfinished) return "interrupted";
    return ledger.is_applied() ? "applied " + ledger.committed->time : "not applied";
}

Result<Candidates> ledgers(const Expected& expected) {
    const auto recorded = read_ledgers(expected.state);
    // Who completes the command line is often not yet who runs it, by sudo.
    if (!recorded && recorded.error().trouble == Trouble::denied) return profiles();
    if (!recorded) return std::unexpected(recorded.error());
    Candidates words;
    for (const auto& [name, ledger] : *recorded) {
        const bool waits = ledger.unfinished && ledger.unfinished->waits_until;
        if (expected.kind == Expected::Kind::waiting && !waits) continue;
        if (expected.kind == Expected::Kind::applied && !ledger.is_applied() && !ledger.unfinished)
            continue;
        words.push_back({name, about_ledger(ledger)});
    }
    return words;
}

Result<Candidates> candidates(const Expected& expected) {
    switch (expected.kind) {
        case Expected::Kind::address:
            return controllers(expected.root);
        case Expected::Kind::profile:
            return profiles();
        case Expected::Kind::applied:
        case Expected::Kind::recorded:
        case Expected::Kind::waiting:
            return ledgers(expected);
        case Expected::Kind::word:
            return expected.words;
        case Expected::Kind::directory:
        case Expected::Kind::file:
        case Expected::Kind::nothing:
            break;
    }
    return Candidates{};
}

}  // namespace

Result<int> run_complete(const Options& options, const Console& console) {
    const Expected expected = expected_at(command_words(), options.names);
    const std::string begun = options.names.empty() ? "" : options.names.back();
    std::string text;
    for (const auto& [word, about] : TRY(candidates(expected)))
        if (word.starts_with(begun) &&
            std::ranges::find(expected.given, word) == expected.given.end())
            text += word + "\t" + about_text(about) + "\n";
    if (expected.kind == Expected::Kind::profile) text += ":profiles\n";
    if (expected.kind == Expected::Kind::file) text += ":files\n";
    if (expected.kind == Expected::Kind::directory) text += ":directories\n";
    console.print(text);
    return exit_code::done;
}

}  // namespace ctrlpass
