// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/capture/capture.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "iommu/health.hpp"
#include "iommu/locate.hpp"
#include "iommu/read_host.hpp"
#include "src/capture/captured_guest.hpp"
#include "src/capture/captured_tree.hpp"
#include "src/capture/empty_folder.hpp"
#include "src/capture/mask.hpp"
#include "src/guests/definition_files.hpp"
#include "src/guests/definition_names.hpp"
#include "vfio/holders.hpp"

namespace ctrlpass {

namespace {

/// Puts every read into the tree as it happens.
class Copy final : public Recorder {
  public:
    Copy(const Root& from, CapturedTree& tree, Mask& mask)
        : from_(from), tree_(tree), mask_(mask) {}

    void on_file(const std::string& path, const std::string& text) override {
        // Of the processes only those count whose table of mounts was wanted.
        if (const auto space = spaces_.find(path); space != spaces_.end())
            tree_.link(space->second.first, space->second.second);
        if (path.starts_with("proc/") && path.ends_with("/comm") &&
            !tree_.has(path.substr(0, path.rfind('/')) + "/mountinfo"))
            return;
        auto kept = mask_.content(path, text);
        if (!kept) left_out_.insert(path);
        tree_.file(mask_.places.path(path), kept && is_run(path) ? *kept : "");
    }

    void on_link(const std::string& path, const std::string& target) override {
        constexpr std::string_view space = "/ns/mnt";
        if (path.ends_with(space) && path != "proc/self/ns/mnt") {
            const std::string home = path.substr(0, path.size() - space.size());
            spaces_[home + "/mountinfo"] = {path, mask_.places.target(path, target)};
            return;
        }
        const std::string place = mask_.places.path(path);
        const std::string leads_to = mask_.places.target(path, target);
        if (!leads_to.empty()) tree_.link(place, leads_to);
        // What it leads to must be there, or the link would dangle and hide what comes below it.
        if (is_directory(path))
            tree_.folder(place);
        else if (leads_to.empty() && !tree_.has(place))
            tree_.file(place, "");
    }

    /// Links of the listing are made at once; files come when they are read.
    void on_list(const std::string& path, const std::vector<std::string>& names) override {
        if (path == "proc") return;
        tree_.folder(mask_.places.path(path));
        for (const std::string& name : names) {
            const std::string entry = path + (path.ends_with('/') ? "" : "/") + name;
            if (const auto target = from_.link(entry))
                on_link(entry, *target);
            else if (is_wanted_directory(path, entry))
                tree_.folder(mask_.places.path(entry));
        }
    }

    void on_exists(const std::string& path) override {
        const std::string place = mask_.places.path(path);
        if (tree_.has(place)) return;
        if (is_directory(path))
            tree_.folder(place);
        else
            tree_.file(place, "");
    }

    std::vector<std::string> left_out() const { return {left_out_.begin(), left_out_.end()}; }

  private:
    /// Without opening what is none: a disk would wake up.
    bool is_directory(const std::string& path) const { return from_.list(path).has_value(); }
    /// Of the devices only what is read below them; of the groups every number.
    bool is_wanted_directory(const std::string& path, const std::string& entry) const {
        return path.starts_with("sys/kernel/iommu_groups") && is_directory(entry);
    }
    /// The copy has no modes: what is not run on this machine must not look as if it were.
    bool is_run(const std::string& path) const {
        constexpr auto folders = std::to_array<std::string_view>(
            {"/initramfs-tools/scripts/", "/initramfs-tools/hooks/", "etc/init.d/", "etc/local.d/",
             "/system-sleep/", "/sleep.d/", "/snippets/", "etc/rc.local", "etc/rc.d/rc.local"});
        const bool script = std::ranges::any_of(
            folders, [&](auto folder) { return path.find(folder) != path.npos; });
        // Hooks of libvirt are one program: what one of them runs is run.
        if (path.starts_with(hooks)) return hooks_run();
        return !script || may_be_run(path);
    }
    bool may_be_run(const std::string& path) const {
        return (from_.mode(path).value_or(0111U) & 0111U) != 0;
    }
    bool hooks_run() const { return hooks_run(std::string(hooks), 5); }
    bool hooks_run(const std::string& folder, int depth) const {
        constexpr std::size_t most = 256;
        const auto names = from_.names(folder);
        const auto below = from_.directories(folder);
        if (names.size() > most) return true;
        return std::ranges::any_of(names, [&](const std::string& name) {
            const bool is_folder = std::ranges::find(below, name) != below.end();
            return is_folder ? depth > 0 && hooks_run(folder + name + "/", depth - 1)
                             : may_be_run(folder + name);
        });
    }
    static constexpr std::string_view hooks = "etc/libvirt/hooks/";

    const Root& from_;
    CapturedTree& tree_;
    Mask& mask_;
    /// Mount namespaces of processes, by the table that may be read of them.
    std::map<std::string, std::pair<std::string, std::string>> spaces_;
    std::set<std::string> left_out_;
};

/// A process that holds something, and nothing else of proc.
class Processes {
  public:
    Processes(CapturedTree& tree, Mask& mask) : tree_(tree), mask_(mask) {}

    void add(int pid, const std::string& process, const std::string& guest,
             const std::string& node) {
        const std::string home = "proc/" + std::to_string(pid);
        const auto name = mask_.content(home + "/comm", process + "\n");
        tree_.file(home + "/comm", name.value_or("\n"));
        if (!guest.empty()) {
            // In QEMU's option text a comma is doubled.
            std::string shown = "guest=";
            for (const char c : guest) shown += c == ',' ? ",," : std::string(1, c);
            std::string arguments;
            for (const std::string& argument : {std::string("qemu"), std::string("-name"), shown})
                arguments += argument + '\0';
            tree_.file(home + "/cmdline", arguments);
        }
        tree_.link(home + "/fd/" + std::to_string(descriptor_++), mask_.places.path(node));
    }

  private:
    CapturedTree& tree_;
    Mask& mask_;
    int descriptor_ = 3;
};

void copy_holders(const Holders& found, CapturedTree& tree, Mask& mask) {
    Processes processes(tree, mask);
    for (const Holder& holder : found.holders) {
        processes.add(holder.pid, holder.process, holder.guest, holder.node);
        tree.file(mask.places.path(holder.node.substr(1)), "");
    }
    for (const Opened& opened : found.opened)
        processes.add(opened.pid, opened.process, opened.guest, opened.node);
}

/// Where everything hangs that a definition names.
void locate(const Root& root, const std::vector<Named>& names) {
    Locator locator(root);
    for (const Named& named : names) {
        if (const auto* const usb = std::get_if<UsbMatch>(&named.target)) locator.find(*usb);
        if (const auto* const device = std::get_if<DeviceName>(&named.target))
            locator.find(*device);
    }
}

/// The definitions in libvirt's own files, and what those and the domains name.
void read_definitions(const Root& root, const std::vector<Domain>& domains) {
    for (const Domain& domain : read_definition_files(root).value_or(std::vector<Domain>()))
        locate(root, domain.named);
    for (const Domain& domain : domains)
        if (const auto names = named_in(domain.definition)) locate(root, *names);
}

/// Names of folders that readers ask for end in '/', which a masked path has no more.
std::vector<Unread> masked(const std::vector<Unread>& places, Mask& mask) {
    std::vector<Unread> kept;
    for (const Unread& place : places) {
        std::string path = mask.places.path(place.path);
        if (place.path.ends_with('/') && !path.ends_with('/')) path += '/';
        kept.push_back({std::move(path), place.why});
    }
    return kept;
}

/// All that inspect, doctor and any plan ask of a host.
Result<Host> read_all_of(const Root& root) {
    Host host = TRY(read_host(root, Scope{.everything = true, .subjects = {}}));
    // A plan may be about functions of other kinds than USB.
    TRY(read_host(root, Scope{}));
    static_cast<void>(read_health(root));
    return host;
}

}  // namespace

Result<LeftOut> capture(Root& from, const std::function<std::vector<Domain>()>& ask_domains,
                        const std::string& directory) {
    auto target = TRY(EmptyFolder::open(directory));
    const std::vector<Domain> domains = ask_domains ? ask_domains() : std::vector<Domain>();
    // Reads made by the copying itself are not recorded: they go to a root of their own.
    const Root again = TRY(Root::open(from.directory()));
    CapturedTree tree;
    Mask mask;
    Copy copy(again, tree, mask);
    from.record_with(&copy);
    const auto host = read_all_of(from);
    read_definitions(from, domains);
    from.record_with(nullptr);
    if (!host) return std::unexpected(host.error());
    std::vector<int> groups;
    for (const Group& group : host->groups) groups.push_back(group.number);
    copy_holders(read_holders(again, groups, host->nodes), tree, mask);
    LeftOut left_out{copy.left_out(), {}};
    for (const Domain& domain : domains) {
        if (const auto text = captured_guest(mask, domain.definition))
            tree.file("guests/" + mask.names.id(domain.ref.uuid) + ".xml", *text);
        else
            left_out.guests.push_back(domain.ref.name);
    }
    if (const auto unread = masked(from.unread(), mask); !unread.empty()) {
        tree.file(unread_file, unread_text(unread));
        // Listed, so that the copy's readers ask for them too.
        for (const Unread& place : unread)
            if (!tree.has(place.path)) tree.file(place.path, "");
    }
    TRY(tree.write_into(target.folder()));
    TRY(target.keep());
    return left_out;
}

}  // namespace ctrlpass
