// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/remote_disks.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <string_view>

#include "iommu/block.hpp"
#include "iommu/lines.hpp"
#include "iommu/network.hpp"
#include "iommu/number.hpp"
#include "iommu/processes.hpp"

namespace ctrlpass {

namespace {

constexpr std::size_t most_remotes = 256;

bool is_network_type(const Mount& mount) {
    constexpr std::array<std::string_view, 11> types{
        "nfs", "nfs4",   "cifs",           "smb3",       "smbfs",    "ceph",
        "afs", "lustre", "fuse.glusterfs", "fuse.sshfs", "fuse.ceph"};
    return std::ranges::find(types, mount.type) != types.end() ||
           (mount.type == "9p" && option_values(mount, "trans") == std::vector<std::string>{"tcp"});
}

/// "192.0.2.1" of "192.0.2.1:/srv", "//192.0.2.1/share", "me@host:/home", "[2001:db8::1]:/srv".
std::string host_in(std::string_view source) {
    while (source.starts_with('/')) source.remove_prefix(1);
    const auto end = source.find_first_of(":/,");
    if (const auto at = source.find('@'); at < end) source.remove_prefix(at + 1);
    if (source.starts_with('[')) return std::string(source.substr(1, source.find(']') - 1));
    return std::string(source.substr(0, source.find_first_of(":/,")));
}

class Remotes {
  public:
    Remotes(const Root& root, DiskUses& disks) : root_(root), disks_(disks) {}

    void add_mounts() {
        for (const Mount& mount : disks_.mounts()) {
            if (mount.process || !is_network_type(mount)) continue;
            const auto address = option_values(mount, "addr");
            add({{}, false, address.empty() ? host_in(mount.source) : address.front(), {}},
                disks_.of_mount(mount, mount.source + " (" + mount.type + ")"));
        }
    }

    /// A disk's path leads through its session: ".../host3/session1/target3:0:0/…/block/sdc".
    void add_iscsi() {
        const std::string home = "sys/class/iscsi_connection/";
        for (const std::string& name : root_.names(home)) {
            constexpr std::string_view start = "connection";
            if (!name.starts_with(start)) continue;
            const std::string session =
                "/session" + name.substr(start.size(), name.find(':') - start.size()) + "/";
            auto address = root_.attribute(home + name + "/address");
            if (!address) address = root_.attribute(home + name + "/persistent_address");
            for (const std::string& disk : disk_names())
                if (root_.resolve("sys/class/block/" + disk).value_or("").find(session) !=
                    std::string::npos)
                    add_disk(disk, "iSCSI", address.value_or(""), {});
        }
    }

    void add_others() {
        for (const std::string& disk : disk_names()) {
            const std::string home = "sys/class/block/" + disk;
            if (disk.starts_with("nbd")) add_nbd(disk, home);
            if (disk.starts_with("etherd!"))  // drivers/block/aoe
                add_disk(disk, "AoE", "",
                         words_of(root_.attribute(home + "/device/netif")
                                      .value_or(root_.attribute(home + "/netif").value_or(""))));
        }
        add_nvme();
        add_rbd();
    }

    std::vector<RemoteUse> found;

  private:
    const std::vector<std::string>& disk_names() {
        if (!disk_names_) {
            disk_names_.emplace();
            for (const std::string& name : root_.names("sys/class/block"))
                if (!root_.exists("sys/class/block/" + name + "/partition"))
                    disk_names_->push_back(name);
        }
        return *disk_names_;
    }

    void add(RemoteUse remote, const std::vector<DiskUse>& uses) {
        for (const DiskUse& use : uses) {
            using Kind = DiskUse::Kind;
            const bool in_use =
                use.kind == Kind::mount || use.kind == Kind::swap || use.kind == Kind::layer;
            if (!in_use || use.carries_system) continue;
            if (found.size() >= most_remotes)
                return root_.note_more("sys/class/block", most_remotes,
                                       "uses of disks that come over the network");
            remote.text = to_string(use);
            remote.of_system = use.of_system;
            found.push_back(remote);
        }
    }

    void add_disk(const std::string& disk, const std::string& kind, const std::string& peer,
                  const std::vector<std::string>& links) {
        auto uses = disks_.of(disk);
        const std::string from = peer.empty() ? kind : kind + ", " + peer;
        for (DiskUse& use : uses) use.node += " (" + from + ")";
        add({{}, false, peer, links}, uses);
    }

    /// The kernel does not say who serves it, but which process has set it up: nbd-client HOST …,
    /// or in an initramfs the kernel command line. qemu-nbd serves a file of this machine.
    void add_nbd(const std::string& disk, const std::string& home) {
        const auto pid = number_in<int>(root_.attribute(home + "/pid").value_or(""));
        if (!pid || process_name(root_, *pid).starts_with("qemu-nbd")) return;
        std::string peer;
        auto words = process_arguments(root_, *pid);
        for (const std::string& word : words_of(root_.attribute("proc/cmdline").value_or("")))
            for (const std::string_view key : {"nbdroot=", "root=nbd:", "netroot=nbd:"})
                if (word.starts_with(key)) words.push_back(host_in(word.substr(key.size())));
        for (const std::string& word : words)
            if (peer.empty() && parse_ip(word)) peer = word;
        add_disk(disk, "NBD", peer, {});
    }

    /// "traddr=192.0.2.1,trsvcid=4420,…" (drivers/nvme/host/fabrics.c). With multipath the disk of
    /// nvme1c2n3 is nvme1n3.
    void add_nvme() {
        for (const std::string& name : root_.names("sys/class/nvme")) {
            const std::string home = "sys/class/nvme/" + name;
            const std::string transport = root_.attribute(home + "/transport").value_or("");
            if (transport != "tcp" && transport != "rdma") continue;
            std::string peer;
            for (const std::string& part :
                 parts_of(root_.attribute(home + "/address").value_or(""), ','))
                if (part.starts_with("traddr=")) peer = part.substr(7);
            for (std::string disk : root_.names(home)) {
                if (!disk.starts_with("nvme")) continue;
                const auto path = disk.find('c');
                if (path != disk.npos) disk.erase(path, disk.rfind('n') - path);
                if (root_.exists("sys/class/block/" + disk))
                    add_disk(disk, "NVMe over " + transport, peer, {});
            }
        }
    }

    /// "192.0.2.7:0/2913" is our own address.
    void add_rbd() {
        const std::string home = "sys/bus/rbd/devices/";
        for (const std::string& number : root_.names(home)) {
            const auto ours = root_.attribute(home + number + "/client_addr");
            if (root_.exists("sys/class/block/rbd" + number))
                add_disk("rbd" + number, "Ceph", "",
                         ours ? std::vector<std::string>{"=" + host_in(*ours)}
                              : std::vector<std::string>{});
        }
    }

    const Root& root_;
    DiskUses& disks_;
    std::optional<std::vector<std::string>> disk_names_;
};

bool is_ours(const Network& network, const Network::Bytes& address) {
    return std::ranges::find(network.addresses, address, &Network::Address::bytes) !=
               network.addresses.end() ||
           (address.size() == 4 && address.front() == 127) || address == *parse_ip("::1");
}

/// Where a remote use goes out: the best way first; nothing when that is not known.
std::vector<std::string> ways_of(const Network& network, const RemoteUse& remote) {
    if (!remote.links.empty() && !remote.links.front().starts_with('=')) return remote.links;
    if (!remote.links.empty())
        return links_of_connection(network, remote.links.front().substr(1), "");
    if (const auto zone = remote.peer.find('%'); zone != remote.peer.npos)
        return {remote.peer.substr(zone + 1)};
    const auto address = parse_ip(remote.peer);
    return address ? links_to(network, *address) : std::vector<std::string>{};
}

/// Other ports of the bonds among these: the link is not alone in them.
void add_other_ports(const Root& root, const std::string& link, const std::string& bond,
                     std::vector<std::string>& others) {
    if (!root.exists("sys/class/net/" + bond + "/bonding")) return;
    constexpr std::string_view lower = "lower_";
    for (const std::string& name : root.names("sys/class/net/" + bond))
        if (name.starts_with(lower) && name.substr(lower.size()) != link)
            others.push_back(name.substr(lower.size()));
}

}  // namespace

std::vector<RemoteUse> read_remote_uses(const Root& root, DiskUses& disks) {
    Remotes remotes(root, disks);
    remotes.add_mounts();
    remotes.add_iscsi();
    remotes.add_others();
    return std::move(remotes.found);
}

std::vector<LinkUse> remote_uses_of(const Root& root, const std::vector<RemoteUse>& remotes,
                                    const Network& network, const std::string& link,
                                    const std::vector<LinkUse>& uses) {
    std::set<std::string> built{link};
    for (const LinkUse& use : uses) built.insert(use.link);
    std::vector<std::string> ports;
    for (const std::string& name : built) add_other_ports(root, link, name, ports);
    std::vector<LinkUse> found;
    for (const RemoteUse& remote : remotes) {
        const auto address = parse_ip(remote.peer);
        if (address && is_ours(network, *address)) continue;
        const auto ways = ways_of(network, remote);
        LinkUse use{LinkUse::Kind::remote, link, remote.text, remote.of_system, ports};
        if (ways.empty()) {
            // It goes out somewhere: by this link, if that has routes.
            bool ours = false;
            for (const Network::Route& route : network.routes) {
                if (built.contains(route.link))
                    ours = true;
                else
                    use.other_links.push_back(route.link);
            }
            if (!ours) continue;
            if (!use.other_links.empty())
                use.what += " (not known whether it is reached over this link)";
        } else {
            if (!built.contains(ways.front())) continue;
            for (const std::string& way : ways)
                if (!built.contains(way)) use.other_links.push_back(way);
        }
        found.push_back(std::move(use));
    }
    return found;
}

}  // namespace ctrlpass
