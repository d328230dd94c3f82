// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/findings/remedies.hpp"

#include <algorithm>

#include "src/render/text.hpp"

namespace ctrlpass {

Family family_of(const Distribution& distribution) {
    const auto is = [&](const char* id) { return distribution.is_like(id); };
    if (is("debian") || is("ubuntu")) return Family::debian;
    if (is("fedora") || is("rhel")) return Family::fedora;
    if (is("suse") || is("opensuse")) return Family::suse;
    if (is("arch")) return Family::arch;
    return Family::other;
}

std::string Remedies::install(const Package& package) const {
    if (!health_.boot.ostree.empty()) return install_in_deployment(package);
    switch (family_of(health_.distribution)) {
        case Family::debian:
            return "Install it:\n    apt-get install " + package.debian;
        case Family::fedora:
            return "Install it:\n    dnf install " + package.fedora;
        case Family::suse:
            return "Install it:\n    zypper install " + package.suse;
        case Family::arch:
            return "Install it:\n    pacman -S " + package.arch;
        case Family::other:
            break;
    }
    return "Install " + package.other + ".";
}

std::string Remedies::install_in_deployment(const Package& package) const {
    if (family_of(health_.distribution) != Family::fedora)
        return "Bring " + package.other + " into the deployment of ostree.";
    return "Install it, then boot the new deployment:\n    rpm-ostree install " + package.fedora;
}

std::string Remedies::install_modules() const {
    const std::string& release = health_.release;
    if (!health_.has_modules && !health_.other_releases.empty())
        return "The modules of " + joined(health_.other_releases) +
               " are there: boot the kernel that is installed:\n    reboot";
    // "6.1.0-18-cloud-amd64": the cloud flavour leaves drivers out; the last part is the machine's.
    const std::string machine = release.substr(release.rfind('-') + 1);
    const bool cloud = release.find("-cloud-") != release.npos;
    const std::string debian = health_.distribution.is_like("ubuntu")
                                   ? "linux-modules-extra-" + shell_word(release)
                                   : "linux-image-" + shell_word(cloud ? machine : release);
    return install({debian, "kernel-modules-" + shell_word(release), "kernel-default", "linux",
                    "the package that has all modules of this kernel (CONFIG_VFIO_PCI)"}) +
           (cloud ? "\nThen boot that kernel: the cloud flavour leaves drivers out." : "");
}

std::string Remedies::rebuild_initramfs() const {
    const Family family = family_of(health_.distribution);
    const std::string then = "Then make the initramfs anew";
    if (!health_.boot.ostree.empty())
        return "The initramfs comes with the deployment; one that this machine makes itself "
               "(rpm-ostree initramfs)\nhas the change from the next deployment on.";
    if (family == Family::debian) return then + ":\n    update-initramfs -u";
    if (family == Family::arch) return then + ":\n    mkinitcpio -P";
    if (family == Family::other) return then + ".";
    return then + ":\n    dracut --force";
}

std::string Remedies::firmware_setup() const {
    return health_.efi ? "To get there:\n    systemctl reboot --firmware-setup" : "";
}

}  // namespace ctrlpass
