// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/execute/live_machine.hpp"

#include "src/execute/owned_file.hpp"

namespace ctrlpass {

namespace {

/// A libvirt that cannot be loaded says nothing about its domains: they are not `missing`.
Result<GuestHost*> host_of(GuestHosts& guests, const DomainRef& domain) {
    auto host = guests.at(domain.uri);
    if (!host && host.error().trouble == Trouble::missing) host.error().trouble = Trouble::failed;
    return host;
}

struct Read {
    const Root& root;
    GuestHosts& guests;

    Result<State> operator()(const ModuleSetting& setting) const {
        return root.exists("sys/bus/pci/drivers/" + setting.module);
    }
    Result<State> operator()(const BindingSetting& setting) const {
        Binding binding = TRY(read_binding(root, setting.address));
        return binding;
    }
    Result<State> operator()(const HostdevSetting& setting) const {
        GuestHost* const host = TRY(host_of(guests, setting.domain));
        std::optional<std::string> xml = TRY(host->hostdev(setting.domain, setting.address));
        return xml;
    }
    Result<State> operator()(const PinSetting& setting) const {
        GuestHost* const host = TRY(host_of(guests, setting.domain));
        std::optional<CpuSet> cpus = TRY(host->pin(setting.domain, setting.thread));
        return cpus;
    }
    Result<State> operator()(const FileSetting& setting) const {
        FileState file = TRY(read_owned_file(root, setting.path));
        return file;
    }
};

struct Write {
    const Root& root;
    Kernel& kernel;
    GuestHosts& guests;
    Disk& disk;
    const State& state;

    Result<> operator()(const ModuleSetting& setting) const {
        // A module is never unloaded: rmmod would drop every idle device of its other users.
        if (!std::get<bool>(state)) return {};
        return kernel.load_module(setting.module);
    }
    Result<> operator()(const BindingSetting& setting) const {
        return write_binding(root, kernel, setting.address, std::get<Binding>(state));
    }
    Result<> operator()(const HostdevSetting& setting) const {
        GuestHost* const host = TRY(host_of(guests, setting.domain));
        return host->set_hostdev(setting.domain, setting.address,
                                 std::get<std::optional<std::string>>(state));
    }
    Result<> operator()(const PinSetting& setting) const {
        GuestHost* const host = TRY(host_of(guests, setting.domain));
        return host->set_pin(setting.domain, setting.thread,
                             std::get<std::optional<CpuSet>>(state));
    }
    Result<> operator()(const FileSetting& setting) const {
        return write_owned_file(root, disk, setting.path, std::get<FileState>(state));
    }
};

}  // namespace

Result<State> LiveMachine::read(const Setting& setting) {
    return std::visit(Read{root_, guests_}, setting);
}

Result<> LiveMachine::write(const Setting& setting, const State& state) {
    return std::visit(Write{root_, kernel_, guests_, disk_, state}, setting);
}

Result<std::string> LiveMachine::definition(const DomainRef& domain) {
    GuestHost* const host = TRY(host_of(guests_, domain));
    return host->definition(domain);
}

Result<> LiveMachine::tidy(const DomainRef& domain, const std::string& original) {
    GuestHost* const host = TRY(host_of(guests_, domain));
    return host->tidy(domain, original);
}

}  // namespace ctrlpass
