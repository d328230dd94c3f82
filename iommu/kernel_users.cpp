// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/kernel_users.hpp"

#include "iommu/lines.hpp"

namespace ctrlpass {

namespace {

using LayerKind = DiskLayer::Kind;

constexpr std::size_t most_users = 4096;

class KernelUsers {
  public:
    explicit KernelUsers(const Root& root) : root_(root) {}

    void add_devices() {
        for (const std::string& name : root_.names("sys/class/block")) {
            const std::string home = "sys/class/block/" + name;
            if (name.starts_with("loop"))
                if (const auto file = root_.attribute(home + "/loop/backing_file"))
                    add({{LayerKind::loop, "/dev/" + name}, without_deleted(*file), {}, name});
            if (name.starts_with("zram"))
                if (const auto file = root_.attribute(home + "/backing_dev"))
                    add({{LayerKind::zram, "/dev/" + name}, without_deleted(*file), {}, name});
        }
    }

    /// iblock, pscsi and fileio of LIO (drivers/target). What is not enabled is not open.
    void add_lio() {
        const std::string core = "sys/kernel/config/target/core/";
        for (const std::string& adapter : root_.names(core)) {
            if (adapter == "alua") continue;
            for (const std::string& name : root_.names(core + adapter)) {
                const std::string home = core + adapter + "/" + name;
                const auto path = root_.attribute(home + "/udev_path");
                if (!path || is_off(home)) continue;
                const std::string info = root_.attribute(home + "/info").value_or("");
                add({{LayerKind::lio, adapter + "/" + name},
                     path->empty() ? word_after(info, "File:") : *path,
                     number_in_info(info)});
            }
        }
    }

    /// Namespaces of NVMe over fabrics (drivers/nvme/target/configfs.c).
    void add_nvmet() {
        const std::string home = "sys/kernel/config/nvmet/subsystems/";
        for (const std::string& subsystem : root_.names(home))
            for (const std::string& name : root_.names(home + subsystem + "/namespaces")) {
                const std::string space = home + subsystem + "/namespaces/" + name;
                const auto path = root_.attribute(space + "/device_path");
                if (path && !is_off(space))
                    add({{LayerKind::nvmet, subsystem + "/" + name}, *path, {}});
            }
    }

    /// This machine as a USB stick for another (f_mass_storage).
    void add_gadgets() {
        const std::string home = "sys/kernel/config/usb_gadget/";
        for (const std::string& gadget : root_.names(home))
            for (const std::string& function : root_.names(home + gadget + "/functions")) {
                if (!function.starts_with("mass_storage.")) continue;
                const std::string one = gadget + "/functions/" + function;
                for (const std::string& unit : root_.names(home + one))
                    if (const auto path = root_.attribute(home + one + "/" + unit + "/file"))
                        add({{LayerKind::gadget, one + "/" + unit}, *path, {}});
            }
    }

    void add_scst() {
        const std::string home = "sys/kernel/scst_tgt/devices/";
        for (const std::string& name : root_.names(home))
            if (const auto path = root_.attribute(home + name + "/filename"))
                add({{LayerKind::scst, name}, path->substr(0, path->find('\n')), {}});
    }

    void add_mounts(const Mounts& mounts) {
        for (const Mount& mount : mounts.mounts) {
            if (mount.process) continue;
            if (mount.type == "overlay")
                for (const std::string& folder : folders_of_overlay(mount))
                    add({{LayerKind::overlay, folder}, folder, {}, {}, &mount});
            // Since Linux 6.12 an erofs needs no loop device.
            if (mount.type == "erofs" && !mount.source.starts_with("/dev/"))
                add({{LayerKind::file, mount.source}, mount.source, {}, {}, &mount});
        }
        for (const std::string& file : mounts.swap_files)
            add({{LayerKind::file, file}, file, {}, {}, nullptr, true});
    }

    std::vector<KernelUser> users;

  private:
    void add(KernelUser user) {
        if (!user.path.starts_with('/')) user.path.clear();  // "none", "(null)"
        if (user.path.empty() && user.number.empty()) return;
        if (users.size() < most_users) return users.push_back(std::move(user));
        root_.note_more("sys/class/block", most_users, "users within the kernel");
    }

    bool is_off(const std::string& home) const { return root_.attribute(home + "/enable") == "0"; }

    static std::string word_after(const std::string& text, std::string_view word) {
        const auto words = words_of(text);
        for (std::size_t i = 0; i + 1 < words.size(); ++i)
            if (words[i] == word) return words[i + 1];
        return {};
    }

    /// "… Major: 8 Minor: 16  CLAIMED: IBLOCK": the path may have been another's since.
    static std::string number_in_info(const std::string& info) {
        const std::string major = word_after(info, "Major:");
        const std::string minor = word_after(info, "Minor:");
        return major.empty() || minor.empty() ? std::string() : major + ":" + minor;
    }

    const Root& root_;
};

}  // namespace

std::vector<KernelUser> read_kernel_users(const Root& root, const Mounts& mounts) {
    KernelUsers collector(root);
    collector.add_devices();
    collector.add_lio();
    collector.add_nvmet();
    collector.add_gadgets();
    collector.add_scst();
    collector.add_mounts(mounts);
    return std::move(collector.users);
}

}  // namespace ctrlpass
