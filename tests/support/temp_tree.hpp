// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <string>

#include "iommu/root.hpp"

namespace ctrlpass::tests {

/// A directory of its own that goes away with it.
class TempDir {
  public:
    TempDir();
    TempDir(const TempDir&) = delete;
    TempDir& operator=(const TempDir&) = delete;
    ~TempDir();
    const std::string& path() const { return path_; }

  private:
    std::string path_;
};

/// A PCI function for TempTree.
struct TreeFunction {
    std::string address;  ///< "0000:0a:00.3"
    std::string class_code = "0x0c0330";
    std::optional<std::string> driver = "xhci_hcd";
    std::string override_name = "(null)";
    std::optional<int> group = {};
    std::string modalias = "pci:v00001022d0000149Csv00001462sd00007C37bc0Csc03i30";
};

/// A small machine as the kernel shows it, on disk: for tests of what acts on PCI functions.
class TempTree {
  public:
    /// An empty PCI bus.
    TempTree();
    const std::string& directory() const { return directory_.path(); }
    Root root() const;

    /// Paths below the directory: "sys/bus/pci/drivers_probe". Directories are made as needed.
    void file(const std::string& path, const std::string& text) const;
    void link(const std::string& path, const std::string& target) const;
    /// What an attribute reads, without its newline; "" when it is not there.
    std::string read(const std::string& path) const;

    void driver(const std::string& name) const;
    void function(const TreeFunction& function) const;
    /// A root hub with one device below a USB controller, and its entries in sys/bus/usb.
    void usb_bus(const std::string& address, int number) const;

  private:
    TempDir directory_;
};

}  // namespace ctrlpass::tests
