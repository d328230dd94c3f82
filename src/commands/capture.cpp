// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/commands/capture.hpp"

#include <algorithm>
#include <deque>
#include <filesystem>
#include <fstream>
#include <map>

#include "iommu/health.hpp"
#include "iommu/read_host.hpp"
#include "src/commands/mask.hpp"
#include "vfio/holders.hpp"

namespace ctrlpass {

namespace fs = std::filesystem;

namespace {

/// Writes every read into the tree as it happens. The first trouble is kept and ends the writing.
class Copy final : public Recorder {
  public:
    Copy(const Root& from, fs::path directory) : from_(from), directory_(std::move(directory)) {}

    void on_file(const std::string& path, const std::string& text) override {
        // Of the processes only those count whose table of mounts was wanted.
        if (const auto space = spaces_.find(path); space != spaces_.end())
            link(space->second.first, space->second.second);
        write(path, mask_.content(path, text));
    }

    void on_link(const std::string& path, const std::string& target) override {
        constexpr std::string_view space = "/ns/mnt";
        if (path.ends_with(space) && path != "proc/self/ns/mnt") {
            const std::string home = path.substr(0, path.size() - space.size());
            spaces_[home + "/mountinfo"] = {path, target};
            return;
        }
        link(mask_.path(path), mask_.path(target));
        // What it leads to must be there, or the link would dangle and hide what comes below it.
        if (is_directory(path)) make_directory(inside(mask_.path(path)));
    }

    /// Links of the listing are made at once; files come when they are read.
    void on_list(const std::string& path, const std::vector<std::string>& names) override {
        if (path == "proc") return;
        make_directory(inside(mask_.path(path)));
        for (const std::string& name : names) {
            const std::string entry = path + (path.ends_with('/') ? "" : "/") + name;
            if (const auto target = from_.link(entry))
                on_link(entry, *target);
            else if (is_wanted_directory(path, entry))
                make_directory(inside(mask_.path(entry)));
        }
    }

    void on_exists(const std::string& path) override {
        const fs::path place = inside(mask_.path(path));
        std::error_code error;
        if (trouble_ || fs::exists(place, error)) return;
        if (is_directory(path)) return make_directory(place);
        write(path, "");
    }

    /// A file that is not read but made.
    void write(const std::string& path, const std::string& text) {
        const fs::path place = inside(mask_.path(path));
        make_directory(place.parent_path());
        if (trouble_) return;
        std::ofstream file(place, std::ios::binary | std::ios::trunc);
        file << text;
        file.close();
        if (!file) trouble_ = Error{"cannot write " + place.string(), {}, {}};
    }
    void link(const fs::path& path, const std::string& target) {
        const fs::path place = inside(path.parent_path()) / path.filename();
        std::error_code error;
        if (trouble_ || fs::exists(fs::symlink_status(place, error))) return;
        make_directory(place.parent_path());
        fs::create_symlink(target, place, error);
        note(error, place);
    }

    const std::optional<Error>& trouble() const { return trouble_; }

  private:
    /// Without opening what is none: a disk would wake up.
    bool is_directory(const std::string& path) const { return from_.list(path).has_value(); }
    /// Of the devices only what is read below them; of the groups every number.
    bool is_wanted_directory(const std::string& path, const std::string& entry) const {
        return path.starts_with("sys/kernel/iommu_groups") && is_directory(entry);
    }

    /// Where a path leads, its links followed as if the copy were the root of everything: nothing
    /// is ever written beside the copy.
    fs::path inside(const fs::path& path) const {
        constexpr int most_links = 40;  // as in the kernel
        std::deque<fs::path> rest(path.begin(), path.end());
        fs::path done;
        for (int links = 0; !rest.empty();) {
            const fs::path part = rest.front();
            rest.pop_front();
            if (part == "/") {
                done.clear();
            } else if (part == "..") {
                done = done.parent_path();
            } else if (!part.empty() && part != ".") {
                std::error_code error;
                const fs::path target = fs::read_symlink(directory_ / done / part, error);
                if (error || ++links > most_links)
                    done /= part;
                else
                    rest.insert(rest.begin(), target.begin(), target.end());
            }
        }
        return directory_ / done;
    }

    void make_directory(const fs::path& place) {
        std::error_code error;
        if (!trouble_) fs::create_directories(place, error);
        note(error, place);
    }
    void note(const std::error_code& error, const fs::path& place) {
        if (error && !trouble_)
            trouble_ = Error{"cannot make " + place.string(), error.message(), {}};
    }

    const Root& from_;
    fs::path directory_;
    Mask mask_;
    /// Mount namespaces of processes, by the table that may be read of them.
    std::map<std::string, std::pair<std::string, std::string>> spaces_;
    std::optional<Error> trouble_;
};

/// A process that holds something, and nothing else of proc.
class Processes {
  public:
    explicit Processes(Copy& copy) : copy_(copy) {}

    void add(int pid, const std::string& process, const std::string& guest,
             const std::string& node) {
        const std::string home = "proc/" + std::to_string(pid);
        copy_.write(home + "/comm", process + "\n");
        if (!guest.empty()) {
            std::string arguments = "qemu";
            arguments += '\0';
            arguments += "-name";
            arguments += '\0';
            arguments += "guest=" + guest;
            arguments += '\0';
            copy_.write(home + "/cmdline", arguments);
        }
        copy_.link(home + "/fd/" + std::to_string(descriptor_++), node);
    }

  private:
    Copy& copy_;
    int descriptor_ = 3;
};

void copy_holders(const Holders& found, Copy& copy) {
    Processes processes(copy);
    for (const Holder& holder : found.holders) {
        processes.add(holder.pid, holder.process, holder.guest, holder.node);
        copy.write(holder.node.substr(1), "");
    }
    for (const Opened& opened : found.opened)
        processes.add(opened.pid, opened.process, opened.guest, opened.node);
}

/// An empty directory, which is as it was, or not there, unless the copy is whole.
class Target {
  public:
    explicit Target(std::string directory) : directory_(std::move(directory)) {}
    Target(const Target&) = delete;
    Target& operator=(const Target&) = delete;
    ~Target() {
        if (!prepared_ || kept_) return;
        std::error_code error;
        for (const auto& entry : fs::directory_iterator(directory_, error))
            fs::remove_all(entry.path(), error);
        if (made_) fs::remove(directory_, error);
    }

    Result<> prepare() {
        std::error_code error;
        if (fs::exists(directory_, error) && !fs::is_empty(directory_, error))
            return fail("cannot capture into " + directory_,
                        error ? error.message() : "it is there and not empty", {},
                        Trouble::bad_input);
        made_ = fs::create_directories(directory_, error);
        if (error) return fail("cannot make " + directory_, error.message());
        prepared_ = true;
        return {};
    }
    void keep() { kept_ = true; }

  private:
    std::string directory_;
    bool made_ = false;
    bool prepared_ = false;
    bool kept_ = false;
};

}  // namespace

Result<> capture(Root& from, const std::function<std::vector<Domain>()>& ask_domains,
                 const std::string& directory) {
    Target target(directory);
    TRY(target.prepare());
    const std::vector<Domain> domains = ask_domains ? ask_domains() : std::vector<Domain>();
    // Reads made by the copying itself are not recorded: they go to a root of their own.
    const Root again = TRY(Root::open(from.directory()));
    Copy copy(again, directory);
    from.record_with(&copy);
    const auto host = read_host(from, Scope{.everything = true, .subjects = {}});
    static_cast<void>(read_health(from));
    from.record_with(nullptr);
    if (!host) return std::unexpected(host.error());
    std::vector<int> groups;
    for (const Group& group : host->groups) groups.push_back(group.number);
    copy_holders(read_holders(again, groups, host->nodes), copy);
    for (const Domain& domain : domains)
        copy.write("guests/" + domain.ref.uuid + ".xml", masked(domain.definition));
    if (copy.trouble()) return std::unexpected(*copy.trouble());
    target.keep();
    return {};
}

}  // namespace ctrlpass
