// SPDX-License-Identifier: GPL-2.0-or-later
// The seam, the knobs, modules and holders. The driver core is in fake_kernel_bus.cpp.
#include "tests/support/fake_kernel.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <utility>

#include "vfio/remember_stuck.hpp"

namespace ctrlpass::tests {

namespace fs = std::filesystem;

namespace {

/// Module names are one whatever they are spelled with.
std::string underscored(std::string name) {
    std::ranges::replace(name, '-', '_');
    return name;
}

std::string shown(std::string_view text) {
    std::string result;
    for (const char letter : text)
        result += letter == '\n' ? std::string("\\n") : std::string(1, letter);
    return result;
}

std::unexpected<Error> stuck(const std::string& what) {
    return fail(what, "it did not come back within 30 s and goes on in process 4242", {},
                Trouble::stuck);
}

/// Of the child whose write hangs; one at a time is enough.
constexpr int hanging_process = 31415;

void put(const std::string& path, std::string_view text) {
    fs::create_directories(fs::path(path).parent_path());
    std::ofstream(path, std::ios::binary) << text;
}

}  // namespace

FakeKernel::FakeKernel(std::string directory)
    : directory_(std::move(directory)), aside_(directory_ + ".aside") {
    for (const auto& address : functions())
        if (const auto driver = driver_of(address)) native_[address] = *driver;
    for (const auto& module :
         std::initializer_list<FakeModule>{{"vfio_pci", "vfio-pci", ""},
                                           {"pci_stub", "pci-stub", ""},
                                           {"pcieport", "pcieport", "pci:*bc06sc04*"},
                                           {"xhci_pci", "xhci_hcd", "pci:*bc0Csc03i30*"},
                                           {"ehci_pci", "ehci-pci", "pci:*bc0Csc03i20*"},
                                           {"ohci_pci", "ohci-pci", "pci:*bc0Csc03i10*"},
                                           {"uhci_hcd", "uhci_hcd", "pci:*bc0Csc03i00*"},
                                           {"thunderbolt", "thunderbolt", "pci:*bc0Csc03i40*"},
                                           {"snd_hda_intel", "snd_hda_intel", "pci:*bc04sc03i00*"},
                                           {"nvme", "nvme", "pci:*bc01sc08i02*"},
                                           {"ahci", "ahci", "pci:*bc01sc06i01*"}})
        add_module(module);
}

FakeKernel::~FakeKernel() {
    std::error_code ignored;
    fs::remove_all(aside_, ignored);
}

Result<> FakeKernel::write(const std::string& path, std::string_view text) {
    settle();
    writes_.push_back(path + " <- " + shown(text));
    const int number = count();
    if (const auto action = actions_.find(number); action != actions_.end()) action->second();
    const auto death = deaths_.find(number);
    if (death != deaths_.end() && death->second == Moment::before) throw Killed{number};

    const std::string what = "cannot write /" + path;
    if (const auto refused = refused_.find(number); refused != refused_.end())
        return fail_with_errno(what, refused->second);
    if (swallowed_.contains(number)) return {};
    dying_ = death != deaths_.end() && death->second == Moment::during;
    const Outcome outcome = perform(path, text);
    dying_ = false;
    if (death != deaths_.end()) throw Killed{number};
    if (!outcome) return {};
    if (!outcome->error_number) return stuck(what);
    return fail_with_errno(what, *outcome->error_number);
}

Result<> FakeKernel::load_module(const std::string& name_or_alias) {
    settle();
    loads_.push_back(name_or_alias);
    const int number = static_cast<int>(loads_.size());
    const auto death = load_deaths_.find(number);
    if (death != load_deaths_.end() && death->second == Moment::before) throw Killed{number};
    const std::string what = "cannot load the module " + name_or_alias;
    if (const auto refused = refused_loads_.find(number); refused != refused_loads_.end())
        return fail_with_errno(what, refused->second);
    int error_number = ENOENT;
    for (const auto& [name, module] : modules_) {
        const bool asked = name == underscored(name_or_alias) ||
                           (!module.takes.empty() &&
                            ::fnmatch(module.takes.c_str(), name_or_alias.c_str(), 0) == 0);
        if (!asked) continue;
        if (const auto refused = refused_modules_.find(name); refused != refused_modules_.end()) {
            if (error_number != 0) error_number = refused->second;
            continue;
        }
        error_number = 0;
        if (is_registered(module.driver)) continue;
        for (const auto* entry : {"bind", "unbind", "new_id", "remove_id"})
            put(full("sys/bus/pci/drivers/" + module.driver + "/" + entry), "");
        fs::create_directories(full("sys/module/" + name));
        if (name == "vfio_pci") put(full("dev/vfio/vfio"), "");
        // A driver that comes takes what is free and its own.
        for (const auto& address : functions())
            if (!driver_of(address) && !is_stuck(address) && matches(module.driver, address))
                static_cast<void>(probe(module.driver, address));
    }
    if (death != load_deaths_.end()) throw Killed{number};
    if (error_number != 0) return fail_with_errno(what, error_number);
    return {};
}

Result<> FakeKernel::try_group(int group) {
    settle();
    tries_.push_back(group);
    const std::string node = "dev/vfio/" + std::to_string(group);
    if (!fs::exists(full(node))) return fail_with_errno("cannot open /" + node, ENOENT);
    if (holders_.contains(group)) return fail_with_errno("cannot open /" + node, EBUSY);
    return {};
}

Result<> FakeKernel::try_disk(const std::string& node, const std::string& number) {
    settle();
    if (!node.starts_with("/dev/") || number.find(':') == number.npos)
        throw NotModelled("try_disk " + node + " " + number);
    disk_tries_.push_back(node);
    const auto refused = refused_disks_.find(node);
    if (refused == refused_disks_.end() || refused->second == 0) return {};
    return fail_with_errno("cannot open " + node, refused->second);
}

void FakeKernel::forget() {
    writes_.clear();
    loads_.clear();
    tries_.clear();
    disk_tries_.clear();
    refused_.clear();
    swallowed_.clear();
    deaths_.clear();
    actions_.clear();
    load_deaths_.clear();
    refused_loads_.clear();
}

void FakeKernel::refuse_write(int number, int error_number) { refused_[number] = error_number; }
void FakeKernel::swallow_write(int number) { swallowed_.insert(number); }
void FakeKernel::die_at_write(int number, Moment moment) { deaths_[number] = moment; }
void FakeKernel::die_at_load(int number, Moment moment) { load_deaths_[number] = moment; }
void FakeKernel::refuse_load(int number, int error_number) {
    refused_loads_[number] = error_number;
}
void FakeKernel::before_write(int number, std::function<void()> action) {
    actions_[number] = std::move(action);
}

void FakeKernel::later(std::function<void()> rest) {
    if (dying_)
        unfinished_.push_back(std::move(rest));
    else
        rest();
}

void FakeKernel::settle() {
    for (const auto& rest : std::exchange(unfinished_, {})) rest();
}

void FakeKernel::add_module(const FakeModule& module) {
    modules_[underscored(module.name)] = module;
}
void FakeKernel::remove_module(const std::string& name) { modules_.erase(underscored(name)); }
void FakeKernel::refuse_module(const std::string& name, int error_number) {
    refused_modules_[underscored(name)] = error_number;
}
void FakeKernel::unload_vfio() {
    settle();
    const std::string driver = full("sys/bus/pci/drivers/vfio-pci");
    if (fs::exists(driver))
        for (const auto& entry : fs::directory_iterator(driver))
            if (entry.is_symlink()) throw NotModelled("vfio-pci is unloaded and in use");
    for (const auto* path : {"sys/bus/pci/drivers/vfio-pci", "sys/module/vfio_pci", "dev/vfio"})
        fs::remove_all(full(path));
}

void FakeKernel::defer(const std::string& address, int times) { deferred_[address] = times; }

void FakeKernel::hold(int group, int pid, const std::string& guest) {
    const std::string node = "/dev/vfio/" + std::to_string(group);
    if (!fs::exists(directory_ + node)) throw NotModelled("nobody can open " + node + " yet");
    const std::string process = full("proc/" + std::to_string(pid));
    if (!fs::exists(process)) {
        using namespace std::string_literals;
        fs::create_directories(process + "/fd");
        fs::create_symlink("/dev/null", process + "/fd/0");
        put(process + "/comm", guest.empty() ? "spdk_tgt\n" : "qemu-system-x86\n");
        put(process + "/cmdline", guest.empty() ? "/usr/bin/spdk_tgt\0"s
                                                : "/usr/bin/qemu-system-x86_64\0-name\0guest="s +
                                                      guest + ",debug-threads=on\0-S\0"s);
    }
    if (!holders_[group].insert(pid).second) return;
    for (const std::string& target : {node, std::string("anon_inode:[vfio-device]")}) {
        int number = 3;
        while (fs::is_symlink(process + "/fd/" + std::to_string(number))) ++number;
        fs::create_symlink(target, process + "/fd/" + std::to_string(number));
    }
}

void FakeKernel::release(int group) {
    settle();
    const std::string node = "/dev/vfio/" + std::to_string(group);
    const auto pids = std::exchange(holders_[group], {});
    holders_.erase(group);
    for (const int pid : pids) {
        const std::string process = full("proc/" + std::to_string(pid));
        const bool holds_more = std::ranges::any_of(
            holders_, [&](const auto& entry) { return entry.second.contains(pid); });
        if (!holds_more) fs::remove_all(process);
        if (holds_more)
            for (const auto& entry : fs::directory_iterator(process + "/fd"))
                if (fs::read_symlink(entry) == node) fs::remove(entry);
    }
    const auto hanging = hanging_;
    for (const auto& [address, driver] : hanging) {
        if (group_of(address) != group) continue;
        hanging_.erase(address);
        fs::remove_all(full("proc/" + std::to_string(hanging_process)));
        after_remove(address);
    }
}

void FakeKernel::remember_hanging(const std::string& address, const std::string& path) {
    put(full("proc/" + std::to_string(hanging_process) + "/stat"),
        std::to_string(hanging_process) +
            " (ctrlpass) D 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 7\n");
    const auto root = Root::open(directory_);
    if (root) remember_stuck(*root, *parse_address(address), hanging_process, path);
}

}  // namespace ctrlpass::tests
