// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/foreign_rules.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "iommu/foreign_udev.hpp"
#include "iommu/module_options.hpp"

namespace ctrlpass {

namespace {

using When = ForeignRule::When;

/// A folder whose files are run or read at some time.
struct Folder {
    When when;
    std::string_view path;
    int depth;             ///< folders below it
    std::string_view end;  ///< of the names
    bool programs;         ///< those that may not be run are not
};
constexpr std::array folders{
    // initramfs-tools(7): scripts are run at boot, hooks when the image is built.
    Folder{When::initramfs, "etc/initramfs-tools/scripts", 1, "", true},
    Folder{When::initramfs, "usr/share/initramfs-tools/scripts", 1, "", true},
    Folder{When::initramfs, "etc/initramfs-tools/hooks", 0, "", true},
    Folder{When::initramfs, "usr/share/initramfs-tools/hooks", 0, "", true},
    // dracut.modules(7), mkinitcpio(8).
    Folder{When::initramfs, "usr/lib/dracut/modules.d", 1, ".sh", false},
    Folder{When::initramfs, "etc/dracut.conf.d", 0, ".conf", false},
    Folder{When::initramfs, "etc/initcpio/hooks", 0, "", false},
    Folder{When::initramfs, "etc/initcpio/install", 0, "", false},
    Folder{When::initramfs, "usr/lib/initcpio/hooks", 0, "", false},
    Folder{When::initramfs, "usr/lib/initcpio/install", 0, "", false},
    // Units, tmpfiles.d(5), sysfsutils, cron's @reboot, OpenRC's local.d.
    Folder{When::boot, "etc/systemd/system", 1, "", false},
    Folder{When::boot, "run/systemd/system", 1, "", false},
    Folder{When::boot, "usr/local/lib/systemd/system", 1, "", false},
    Folder{When::boot, "etc/tmpfiles.d", 0, ".conf", false},
    Folder{When::boot, "run/tmpfiles.d", 0, ".conf", false},
    Folder{When::boot, "usr/local/lib/tmpfiles.d", 0, ".conf", false},
    Folder{When::boot, "etc/sysfs.d", 0, ".conf", false},
    Folder{When::boot, "etc/cron.d", 0, "", false},
    Folder{When::boot, "var/spool/cron/crontabs", 0, "", false},
    Folder{When::boot, "etc/local.d", 0, ".start", true},
    Folder{When::boot, "etc/init.d", 0, "", true},
    Folder{When::sleep, "etc/systemd/system-sleep", 0, "", true},
    Folder{When::sleep, "usr/lib/systemd/system-sleep", 0, "", true},
    Folder{When::sleep, "etc/pm/sleep.d", 0, "", true},
    Folder{When::guest, "var/lib/vz/snippets", 0, "", true},  // Proxmox VE's hookscripts
};

struct SingleFile {
    std::string_view path;
    bool program;
};
constexpr std::array boot_files{
    SingleFile{"etc/rc.local", true}, SingleFile{"etc/rc.d/rc.local", true},
    SingleFile{"etc/crontab", false}, SingleFile{"etc/sysfs.conf", false}};

constexpr std::string_view hooks = "etc/libvirt/hooks";

/// Tools that are judged by themselves, and ourselves.
bool is_known_tool(std::string_view path) {
    return path.find("driverctl") != path.npos || path.find("ctrlpass") != path.npos;
}

/// initramfs-tools passes over what may not be run. Of other scripts the mode counts on the live
/// machine only: a copy has others.
bool is_run(const Root& root, const std::string& path, When when) {
    if (when == When::initramfs) return root.is_program(path);
    constexpr unsigned executable = 0111;
    return (root.mode(path).value_or(executable) & executable) != 0;
}

std::string name_in(const std::string& path) { return path.substr(path.rfind('/') + 1); }

}  // namespace

/// What enables a unit is a link to it: the unit itself, but for an instance of a template.
std::string unit_behind(const Root& root, const std::string& path) {
    const bool enables = path.find(".wants/") != path.npos || path.find(".requires/") != path.npos;
    if (!enables || path.find('@') != path.npos) return path;
    return root.resolve(path).value_or(path);
}

/// A unit that is started for an instance has the address in the name of the link.
void ForeignRuleReader::add_file(When when, const std::string& path) {
    if (is_known_tool(path)) return;
    const auto& known = files_.quick_facts(path);
    ScriptFacts facts = known.value_or(ScriptFacts{});
    const ScriptFacts name = script_facts(name_in(path));
    const bool named = name_in(path).find('@') != std::string::npos && name.names_any();
    if (named) {
        // The template names its script, which the quick look may have passed over.
        facts = files_.facts(path).value_or(ScriptFacts{});
        for (const auto& [line, address] : name.addresses) facts.addresses.emplace_back(1, address);
        for (const ScriptFacts::Verb& verb : name.verbs) facts.verbs.push_back({1, verb.word});
    }
    if (facts == ScriptFacts{}) return;
    bodies_->push_back({when, follow_script(files_, {path, std::move(facts)})});
}

/// The scripts of libvirt's hooks read each other's variables: together they are one.
void ForeignRuleReader::add_hooks() {
    const std::string folder(hooks);
    ScriptBody all;
    bool runs = false;
    constexpr int depth = 5;  // qemu.d/GUEST/prepare/begin/FILE
    for (const std::string& path : files_.below(folder, depth)) {
        if (is_known_tool(path)) continue;
        runs = runs || is_run(files_.root(), path, When::guest);
        const auto& facts = files_.facts(path);
        if (!facts) continue;
        ScriptBody body = follow_script(files_, {path, *facts});
        std::ranges::move(body.parts, std::back_inserter(all.parts));
        std::ranges::move(body.unread, std::back_inserter(all.unread));
    }
    if (runs && !all.parts.empty()) bodies_->push_back({When::guest, std::move(all)});
}

/// `install MODULE COMMAND` of vfio and of the host's USB drivers (modprobe.d(5)).
void ForeignRuleReader::add_install_lines() {
    for (const std::string& path : modprobe_files(files_.root())) {
        // Of one that names no function what it runs is looked at all the same: a script finds the
        // functions by itself.
        const auto& facts = files_.facts(path);
        if (facts && (facts->is_sure() || !facts->paths.empty() || !facts->options.empty()))
            bodies_->push_back({When::module, follow_script(files_, {path, *facts})});
    }
    statements_ = read_modprobe_statements(files_);
}

const std::vector<ForeignRuleReader::Body>& ForeignRuleReader::bodies() {
    if (bodies_) return *bodies_;
    bodies_.emplace();
    const Root& root = files_.root();
    for (const Folder& folder : folders)
        for (const std::string& path : files_.below(std::string(folder.path), folder.depth))
            if (path.ends_with(folder.end) && (!folder.programs || is_run(root, path, folder.when)))
                add_file(folder.when, unit_behind(root, path));
    for (const SingleFile& file : boot_files)
        if (const std::string path(file.path); !file.program || is_run(root, path, When::boot))
            add_file(When::boot, path);
    add_install_lines();
    add_hooks();
    return *bodies_;
}

std::vector<ForeignRule> ForeignRuleReader::read(const Function& function) {
    std::vector<ForeignRule> found = foreign_udev_rules(rules_, files_, function);
    const auto add = [&](ForeignRule rule) {
        const auto same = [&](const ForeignRule& other) { return other.place == rule.place; };
        if (std::ranges::none_of(found, same)) found.push_back(std::move(rule));
    };
    for (const Body& body : bodies()) {
        const ScriptVerdict verdict = judge_script(body.script, function);
        if (verdict.kind == ScriptVerdict::Kind::nothing) continue;
        add({body.when, verdict.place, verdict.verbs, verdict.script, verdict.by_id,
             verdict.to_vfio, verdict.names_it});
    }
    for (const ModprobeStatement& statement : statements_)
        if (auto rule = modprobe_rule(statement, function)) add(std::move(*rule));
    return found;
}

}  // namespace ctrlpass
