// SPDX-License-Identifier: GPL-2.0-or-later
#include "vfio/binding.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <thread>

#include "iommu/child.hpp"
#include "iommu/number.hpp"
#include "iommu/pci.hpp"
#include "iommu/stuck.hpp"
#include "vfio/companions.hpp"
#include "vfio/driver_names.hpp"

namespace ctrlpass {

namespace {

using namespace std::chrono_literals;

constexpr auto read_deadline = 10s;
constexpr int unbind_rounds = 3;
constexpr int bind_attempts = 10;
constexpr auto between_attempts = 50ms;
constexpr auto node_deadline = 2s;
constexpr auto between_node_looks = 5ms;

/// The function at work, and where the kernel shows it.
struct Subject {
    const Root& root;
    Kernel& kernel;
    std::string name;

    std::string path(const std::string& entry) const {
        return "sys/bus/pci/devices/" + name + "/" + entry;
    }
    bool is_there() const { return root.exists("sys/bus/pci/devices/" + name); }
    std::optional<std::string> driver() const { return root.link_name(path("driver")); }
    std::optional<std::string> group() const { return root.link_name(path("iommu_group")); }
};

std::string in_drivers(const std::string& driver) { return "sys/bus/pci/drivers/" + driver; }

std::string to_or_nothing(const std::optional<std::string>& driver) {
    return driver ? "to " + *driver : "to nothing";
}

std::unexpected<Error> no_such_function(const std::string& what) {
    return fail(what, "there is no such PCI function", {}, Trouble::missing);
}

Answer read_file(const std::string& file) {
    const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return {errno, {}};
    std::array<char, 4096> text;
    const ssize_t count = ::read(descriptor, text.data(), text.size());
    if (count < 0) return {errno, {}};
    return {0, std::string(text.data(), static_cast<std::size_t>(count))};
}

/// Kernels before 6.12 take the device's lock for this, so reading it of a function whose unbind
/// hangs would hang as well.
Result<std::string> read_override_text(const Root& root, const std::string& path) {
    if (!root.is_live()) return root.read(path);
    const std::string what = "cannot read /" + path;
    auto answer = TRY(run_in_child(
        what, [&] { return read_file("/" + path); }, read_deadline));
    if (answer.error_number != 0) return fail_with_errno(what, answer.error_number);
    return std::move(answer.text);
}

Result<std::optional<std::string>> read_override(const Root& root, const std::string& path) {
    return override_in(TRY(read_override_text(root, path)));
}

/// The kernel's error under the name of what was tried. ENODEV has many reasons here: the function
/// is `missing` only when it is not there.
std::unexpected<Error> failed(const Subject& subject, std::string what, Error error) {
    error.what = std::move(what);
    if (error.trouble == Trouble::stuck) return std::unexpected(std::move(error));
    if (!subject.is_there()) return no_such_function(error.what);
    if (error.trouble == Trouble::missing) error.trouble = Trouble::failed;
    return std::unexpected(std::move(error));
}

Result<> set_override(const Subject& subject, const std::optional<std::string>& wanted) {
    const std::string file = subject.path("driver_override");
    const std::string what = "cannot set the driver override of " + subject.name +
                             (wanted ? " to " + *wanted : " to none");
    const auto now = read_override(subject.root, file);
    if (!now) return failed(subject, what, now.error());
    if (*now == wanted) return {};
    const auto written = subject.kernel.write(file, wanted.value_or("\n"));
    if (!written) return failed(subject, what, written.error());
    const auto after = read_override(subject.root, file);
    if (!after) return failed(subject, what, after.error());
    if (*after == wanted) return {};
    return fail(what, "it reads back as " + after->value_or("none"));
}

/// The last question before an unbind that would pull the function out of a running guest, and
/// would not come back: whoever holds the group keeps it.
Result<> ask_holders(const Subject& subject, const std::string& driver) {
    const auto group = number_in<int>(subject.group().value_or(""));
    if (!is_vfio_driver(driver) || !group) return {};
    const auto asked = subject.kernel.try_group(*group);
    if (asked || asked.error().error_number != EBUSY) return {};
    return fail("cannot unbind " + subject.name + " from " + driver,
                "somebody has /dev/vfio/" + std::to_string(*group) + " open");
}

/// Leaves the function unbound, or where `keep` is its driver, there.
Result<> unbind(const Subject& subject, const std::optional<std::string>& keep) {
    std::optional<Error> last;
    std::optional<std::string> driver;
    for (int round = 0; round < unbind_rounds; ++round) {
        driver = subject.driver();
        if (!driver || driver == keep) return {};
        TRY(ask_holders(subject, *driver));
        const auto written = subject.kernel.write(in_drivers(*driver) + "/unbind", subject.name);
        last.reset();
        if (written) continue;
        // Somebody else may have been faster: then there is another driver now, or none.
        last = written.error();
        if (last->error_number != ENODEV) break;
    }
    if (!last || last->error_number == ENODEV) {
        driver = subject.driver();
        if (!driver || driver == keep) return {};
    }
    const std::string what = "cannot unbind " + subject.name + " from " + *driver;
    if (last) return failed(subject, what, *last);
    return fail(what, "it is bound again each time: something else binds it");
}

/// Before anything is touched: a driver that cannot be had costs the function nothing.
Result<> provide_driver(const Subject& subject, const std::string& driver) {
    if (subject.root.exists(in_drivers(driver))) return {};
    const std::string what = "cannot bind " + subject.name + " to " + driver;
    // Those that fit every function are in nobody's modalias.
    const auto alias =
        manages_its_dma(driver) ? std::nullopt : subject.root.attribute(subject.path("modalias"));
    const auto loaded = subject.kernel.load_module(alias.value_or(driver));
    if (subject.root.exists(in_drivers(driver))) return {};
    if (!loaded) {
        Error error = loaded.error();
        error.where = "the driver is not there, and its module cannot be loaded: " + error.where;
        return failed(subject, what, std::move(error));
    }
    return fail(what, "the driver is not there, and no module for this function brings it",
                "Load the module that brings it, then try again.");
}

/// What the errno of a bind means for this function.
void explain(const Subject& subject, const std::string& driver, Error& error) {
    const bool vfio = is_vfio_driver(driver);
    if (error.error_number == EINVAL && vfio && !subject.group()) {
        error.where = "it is in no IOMMU group";
        error.hint = "Switch the IOMMU on, in the firmware and on the kernel's command line.";
    } else if (error.error_number == EINVAL && vfio) {
        error.where = "the driver does not take it (" + error.where + ")";
        error.hint = "The kernel's log says why:\n    dmesg | grep " + subject.name;
    } else if (error.error_number == ENODEV) {
        error.where = "the driver does not take it (" + error.where + ")";
    } else if (error.error_number == EBUSY) {
        if (const auto other = subject.driver())
            error.where = "it was bound to " + *other + " meanwhile";
        else if (vfio)
            error.where = "it has virtual functions, or is in use (" + error.where + ")";
        else if (const auto group = subject.group())
            error.where = "a guest holds its IOMMU group: /dev/vfio/" + *group + " is in use";
    } else if (error.error_number == EAGAIN) {
        error.where = "the driver waits for something else to be there first (" + error.where + ")";
    }
}

/// `bind` and not `drivers_probe`, because its errno is real. Success is what the link says.
Result<> bind(const Subject& subject, const std::string& driver) {
    const std::string what = "cannot bind " + subject.name + " to " + driver;
    for (int attempt = 1; subject.driver() != driver; ++attempt) {
        const auto written = subject.kernel.write(in_drivers(driver) + "/bind", subject.name);
        if (written && subject.driver() == driver) return {};
        if (written)
            return failed(
                subject, what,
                {{},
                 "the kernel says that it did, but it is bound " + to_or_nothing(subject.driver()),
                 {},
                 Trouble::failed,
                 0});
        const int number = written.error().error_number;
        if ((number == ENODEV || number == EBUSY) && subject.driver() == driver) return {};
        if (number != EAGAIN || attempt == bind_attempts) {
            Error error = written.error();
            explain(subject, driver, error);
            return failed(subject, what, std::move(error));
        }
        std::this_thread::sleep_for(between_attempts);
    }
    return {};
}

/// The group's node, or where the kernel has none the function's own.
bool has_node(const Subject& subject) {
    const auto group = subject.group();
    if (group && subject.root.exists("dev/vfio/" + *group)) return true;
    for (const auto& name : subject.root.names(subject.path("vfio-dev")))
        if (subject.root.exists("dev/vfio/devices/" + name)) return true;
    return false;
}

/// devtmpfs makes the node in a thread of its own, so it may come after bind has returned.
Result<> wait_for_node(const Subject& subject) {
    const auto end = std::chrono::steady_clock::now() + node_deadline;
    while (!has_node(subject)) {
        if (std::chrono::steady_clock::now() >= end)
            return fail(
                "cannot use " + subject.name + " with VFIO",
                "/dev/vfio/" + subject.group().value_or("GROUP") + " did not appear within 2 s");
        std::this_thread::sleep_for(between_node_looks);
    }
    return {};
}

/// The override under which the wanted driver can be bound: a name there shuts out all others.
std::optional<std::string> override_on_the_way(const Binding& wanted) {
    return wanted.driver && wanted.override_name ? wanted.driver : wanted.override_name;
}

Result<> move(const Subject& subject, const Binding& now, const Binding& wanted) {
    if (now.driver != wanted.driver) TRY(set_override(subject, override_on_the_way(wanted)));
    TRY(unbind(subject, wanted.driver));
    if (wanted.driver) TRY(bind(subject, *wanted.driver));
    return set_override(subject, wanted.override_name);
}

}  // namespace

Result<Binding> read_binding(const Root& root, const PciAddress& address) {
    const std::string name = to_string(address);
    const std::string directory = "sys/bus/pci/devices/" + name;
    const std::string what = "cannot read the binding of " + name;
    if (!root.exists(directory)) return no_such_function(what);
    const auto stuck = read_stuck_writes(root);
    if (const auto write = stuck.find(address); write != stuck.end())
        return fail(what, shown(write->second), {}, Trouble::stuck);
    Binding binding;
    auto override_name = read_override(root, directory + "/driver_override");
    if (!override_name && !root.exists(directory)) return no_such_function(what);
    if (!override_name) {
        override_name.error().what = what;
        return std::unexpected(std::move(override_name).error());
    }
    binding.override_name = std::move(*override_name);
    binding.driver = root.link_name(directory + "/driver");
    if (!root.exists(directory)) return no_such_function(what);
    return binding;
}

Result<> write_binding(const Root& root, Kernel& kernel, const PciAddress& address,
                       const Binding& wanted) {
    const Subject subject{root, kernel, to_string(address)};
    const auto now = TRY(read_binding(root, address));
    if (wanted.driver && now.driver != wanted.driver) TRY(provide_driver(subject, *wanted.driver));
    auto companions = ParkedCompanions::park(root, kernel, address, now.driver.value_or(""),
                                             wanted.driver.value_or(""));
    if (!companions)
        return failed(subject, "cannot take the companions of " + subject.name + " out of the way",
                      companions.error());
    auto moved = move(subject, now, wanted);
    const auto put_back = companions->put_back();
    if (!put_back && !moved) moved.error().where += "; and " + put_back.error().where;
    TRY(moved);
    if (!put_back)
        return fail("cannot put the companions of " + subject.name + " back",
                    put_back.error().where, {}, Trouble::unrecoverable);
    if (wanted.driver && is_vfio_driver(*wanted.driver)) TRY(wait_for_node(subject));
    return {};
}

}  // namespace ctrlpass
