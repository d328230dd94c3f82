// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/findings/kernel_command_line.hpp"

#include <algorithm>

#include "iommu/lines.hpp"
#include "src/findings/grub_edit.hpp"
#include "src/findings/remedies.hpp"
#include "src/render/text.hpp"

namespace ctrlpass {

namespace {

using Words = std::vector<std::string>;
using Kind = BootLoader::Kind;

constexpr auto from_next_boot = "It counts from the next boot.";
constexpr auto grub_defaults = "/etc/default/grub";

std::string with_spaces(const Words& words) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
    return text;
}

/// "line 5 of /etc/default/grub".
std::string place_of(const GrubChange& change) {
    if (change.first_line == change.last_line)
        return "line " + std::to_string(change.first_line) + " of " + change.place;
    return "lines " + std::to_string(change.first_line) + " to " +
           std::to_string(change.last_line) + " of " + change.place;
}

std::string sentence_of(const GrubChange& change) {
    if (change.first_line == 0)
        return "Add at the end of " + change.place + "\n    " + change.text + "\n";
    if (change.text.empty())
        return "Take " + with_spaces(change.remove) + " out of " + place_of(change) + "\n";
    return "Let " + place_of(change) + " say\n    " + change.text + "\n";
}

std::string command_of(const std::string& words) { return ":\n    " + words + "\n"; }

/// What GRUB's files have and lack, beside what is changed in them.
std::string already_there(const GrubEdit& edit) {
    if (edit.there.empty()) return {};
    return with_spaces(edit.there) + (edit.there.size() == 1 ? " is in " : " are in ") +
           joined(edit.there_at) +
           " already, and not yet on the command line of the running kernel.\n";
}

std::string in_no_file(const GrubEdit& edit) {
    if (edit.not_found.empty()) return {};
    return "No line of GRUB's defaults has " + with_spaces(edit.not_found) +
           ": not known where it comes from.\n" + in_words({{}, edit.not_found}) + " there.\n";
}

}  // namespace

std::string in_words(const CommandLineWords& words) {
    std::string text;
    if (!words.add.empty()) text += "Add " + with_spaces(words.add) + " to the kernel command line";
    if (!words.remove.empty())
        text += (text.empty() ? "Take " : " and take ") + with_spaces(words.remove) +
                (words.add.empty() ? " off the kernel command line" : " off it");
    return text;
}

/// Fedora and its derivatives have an entry for each kernel (the Boot Loader Specification), which
/// grubby writes, with /etc/default/grub for kernels to come.
bool KernelCommandLine::grub_has_entries() const {
    return family_of(health_.distribution) == Family::fedora && !boot_.grub_without_entries;
}

std::string KernelCommandLine::grub_command() const {
    const auto has = [](const Words& words, const std::string& word) {
        return std::ranges::find(words, word) != words.end();
    };
    const Family family = family_of(health_.distribution);
    if (boot_.proxmox_boot_tool) return "proxmox-boot-tool refresh";
    if (health_.distribution.id.contains("microos")) return "transactional-update grub.cfg";
    if (family == Family::debian || has(boot_.grub_tools, "update-grub")) return "update-grub";
    if (family == Family::suse || has(boot_.grub_configs, "/boot/grub2/grub.cfg"))
        return "grub2-mkconfig -o /boot/grub2/grub.cfg";
    if (family == Family::arch || has(boot_.grub_configs, "/boot/grub/grub.cfg"))
        return "grub-mkconfig -o /boot/grub/grub.cfg";
    return {};
}

/// What keeps /etc/default/grub from being the place, although GRUB started this kernel.
std::string KernelCommandLine::why_not_grub() const {
    if (boot_.nixos) return "NixOS makes the boot loader's files from its own configuration";
    if (boot_.loader_type == "grub2-bls" || boot_.loader_type == "systemd-boot")
        return "/etc/sysconfig/bootloader has LOADER_TYPE=" + boot_.loader_type +
               ", which does not use " + grub_defaults;
    if (boot_.grub_folder == GrubFolder::not_known)
        return "not known whether the files of /etc/default/grub.d are read";
    if (boot_.grub.empty() && family_of(health_.distribution) != Family::debian)
        return std::string(grub_defaults) + " is not there";
    return {};
}

std::string KernelCommandLine::words_only(const CommandLineWords& words,
                                          const std::string& why) const {
    std::string text =
        in_words(words) + ". Where it is kept is not known to ctrlpass: " + why + ".";
    const Words& places = boot_.loader.places;
    if (!places.empty()) text += "\nFiles of boot loaders that are there: " + joined(places) + ".";
    return text + "\n" + from_next_boot;
}

std::string KernelCommandLine::grub_hint(const CommandLineWords& words) const {
    const std::string why = why_not_grub();
    if (!why.empty()) return words_only(words, why);
    const GrubEdit edit = edit_grub(boot_, words.add, words.remove);
    if (!edit.not_understood.empty())
        return words_only(words, edit.not_understood + " is not understood");
    if (edit.changes.empty() && edit.there.empty()) return in_no_file(edit) + from_next_boot;
    std::string text = already_there(edit);
    for (const GrubChange& change : edit.changes) text += sentence_of(change);
    const std::string command = grub_command();
    text += std::string(edit.changes.empty() ? "Make" : "Then make") +
            " GRUB's configuration anew" +
            (command.empty() ? ", as this distribution does.\n" : command_of(command));
    return text + in_no_file(edit) + from_next_boot + "\nThis kernel was started by " +
           boot_.loader.name + ": " + boot_.loader.evidence + ".";
}

/// proxmox-boot-tool writes the one line of that file into every entry.
std::string KernelCommandLine::proxmox_hint(const CommandLineWords& wanted) const {
    const auto& [add, remove] = wanted;
    const std::string file = "/etc/kernel/cmdline";
    const std::string command = "proxmox-boot-tool refresh";
    const std::string reason =
        "\nThis kernel was started by way of Proxmox's boot tool (" + boot_.loader.evidence + ").";
    const std::string now = boot_.kernel_cmdline.value_or("");
    Words words = words_of(now);
    const auto has = [&](const std::string& word) {
        return std::ranges::find(words, word) != words.end();
    };
    const bool plain = !words.empty() && now.find('\n') == now.npos && printable(now) == now &&
                       !now.contains('"') && !now.contains("masked");
    if (!plain)
        return in_words(wanted) + ", which is the one line of " + file +
               ".\nThen make the entries anew" + command_of(command) + from_next_boot + reason;
    Words missing;
    std::ranges::copy_if(remove, std::back_inserter(missing),
                         [&](const std::string& word) { return !has(word); });
    std::erase_if(words, [&](const std::string& word) {
        return std::ranges::find(remove, word) != remove.end();
    });
    for (const std::string& word : add)
        if (!has(word)) words.push_back(word);
    std::string text;
    if (words == words_of(now))
        text = with_spaces(add) + (add.empty() ? "" : " is in " + file + " already. ") +
               (missing.empty() ? "" : file + " does not have " + with_spaces(missing) + ". ") +
               "Make the entries anew" + command_of(command);
    else
        text = "Let " + file + " say\n    " + with_spaces(words) + "\nThen make the entries anew" +
               command_of(command);
    return text + from_next_boot + reason;
}

std::string KernelCommandLine::hint(const CommandLineWords& words) const {
    const auto& [add, remove] = words;
    if (!boot_.ostree.empty() && family_of(health_.distribution) == Family::fedora) {
        std::string command = "rpm-ostree kargs";
        for (const std::string& word : add)
            command += " " + shell_word("--append-if-missing=" + word);
        for (const std::string& word : remove)
            command += " " + shell_word("--delete-if-present=" + word);
        return in_words(words) + command_of(command) + from_next_boot +
               "\nThis system was started by ostree (" + boot_.ostree + ").";
    }
    if (!boot_.ostree.empty())
        return words_only(words,
                          "this system was started by ostree, which keeps it with each deployment");
    const BootLoader& loader = boot_.loader;
    if (boot_.proxmox_boot_tool && loader.kind == Kind::systemd_boot) return proxmox_hint(words);
    switch (loader.kind) {
        case Kind::grub:
            break;
        case Kind::systemd_boot:
        case Kind::unified_image:
        case Kind::other:
            return words_only(
                words,
                "this kernel was started by " + loader.name + " (" + loader.evidence + ")" +
                    (loader.kind == Kind::unified_image ? ", whose image has the command line in it"
                                                        : ""));
        case Kind::unknown:
            return words_only(words, loader.evidence.empty()
                                         ? "not known which boot loader started this kernel"
                                         : loader.evidence);
    }
    if (!grub_has_entries()) return grub_hint(words);
    std::string command = "grubby --update-kernel=ALL";
    if (!add.empty()) command += " --args=" + shell_word(with_spaces(add));
    if (!remove.empty()) command += " --remove-args=" + shell_word(with_spaces(remove));
    return in_words(words) + command_of(command) + from_next_boot +
           "\nThis kernel was started by " + loader.name + ": " + loader.evidence + ".";
}

std::optional<CommandLineFile> KernelCommandLine::own_file() const {
    const bool by_grub = boot_.loader.kind == Kind::grub && boot_.ostree.empty() &&
                         !grub_has_entries() && why_not_grub().empty() &&
                         boot_.grub_folder == GrubFolder::read;
    const CommandLineFile file{"/etc/default/grub.d/ctrlpass.cfg", grub_command()};
    if (!by_grub || file.command.empty() || !counts_in_grub_folder(boot_, file.place))
        return std::nullopt;
    return file;
}

}  // namespace ctrlpass
