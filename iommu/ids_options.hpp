// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "iommu/host.hpp"
#include "iommu/root.hpp"

namespace ctrlpass {

/// The options by which a driver that lends functions takes them from the start: of vfio-pci and
/// pci-stub `ids=`, of xen-pciback `hide=`. Each with the place where it stands: the kernel command
/// line, modprobe.d, the modules of initramfs-tools, the command line in dracut's configuration.
std::vector<IdsOption> read_ids_options(const Root& root, const std::string& command_line);

/// The option's driver by the name of its module, whatever its spelling and folder:
/// "/lib/modules/6.1/vfio-pci.ko.xz" → "vfio-pci"; "" for another module.
std::string ids_driver_of(std::string_view module);

/// "ids", of xen-pciback "hide".
std::string key_of(const IdsOption& option);

/// The words of a command line that name an option: "vfio_pci.ids=…", as they are spelled.
std::vector<std::string> words_of_option(const std::string& command_line, const IdsOption& option);

/// Which functions the option takes, as the kernel reads it; "" where the function is not among
/// them: "every 1b21:2142", "0000:02:00.0".
std::string taken_by(const IdsOption& option, const Function& function);

/// The addresses of `hide=(DOMAIN:BUS:SLOT.FUNCTION)(BUS:SLOT.*)…`. What cannot be read to its end
/// hides nothing at all (drivers/xen/xen-pciback/pci_stub.c pcistub_init).
bool hides(std::string_view value, const PciAddress& address);

}  // namespace ctrlpass
