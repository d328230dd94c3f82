// SPDX-License-Identifier: GPL-2.0-or-later
// The kernel: its modules, VFIO's node, what is locked down, what binds first.
#include <algorithm>
#include <array>
#include <cstdio>

#include "iommu/ids_options.hpp"
#include "iommu/lines.hpp"
#include "src/findings/diagnose_early.hpp"
#include "src/findings/diagnosis.hpp"
#include "src/findings/ids_option.hpp"
#include "src/findings/remedies.hpp"
#include "src/render/text.hpp"

namespace ctrlpass {

namespace {

std::string octal(unsigned mode) {
    std::array<char, 8> text{};
    std::snprintf(text.data(), text.size(), "%04o", mode);
    return text.data();
}

class Boot {
  public:
    Boot(const Symptoms& symptoms, std::vector<Check>& checks)
        : symptoms_(symptoms),
          health_(symptoms.health),
          host_(symptoms.host),
          remedies_(symptoms.health),
          checks_(checks) {}

    void diagnose() {
        for (const auto& [module, source] : health_.modules) judge_module(module, source);
        judge_node();
        judge_early_boot();
        judge_locks();
    }

  private:
    void add(std::string check, CheckState state, std::string message, std::string hint = {},
             CommandLineWords words = {}) {
        checks_.push_back(
            {std::move(check), state, std::move(message), std::move(hint), std::move(words)});
    }

    /// `install vfio-pci /bin/false` and its kin replace the loading by a command.
    const ConfigLine* install_line(std::string module) const {
        std::ranges::replace(module, '-', '_');
        for (const ConfigLine& line : health_.module_lines) {
            std::string text = line.text;
            std::ranges::replace(text, '-', '_');
            const bool nothing =
                text.find("/true") != text.npos || text.find("/false") != text.npos;
            if (text.starts_with("install " + module + " ") && nothing) return &line;
        }
        return nullptr;
    }

    void judge_module(const std::string& module, ModuleSource source) {
        const std::string check = "module-" + module;
        if (source == ModuleSource::loaded) return add(check, CheckState::ok, "loaded");
        if (source == ModuleSource::built_in)
            return add(check, CheckState::ok, "built into the kernel");
        if (source == ModuleSource::missing) {
            const bool known = !health_.release.empty();
            return add(check, known ? CheckState::stop : CheckState::unknown,
                       !known ? "which kernel runs is not known"
                       : health_.has_modules
                           ? "the running kernel " + health_.release + " has no module " + module
                           : "the modules of the running kernel " + health_.release +
                                 " are not in /lib/modules",
                       known ? remedies_.install_modules() : "");
        }
        if (const ConfigLine* const line = install_line(module))
            return add(check, CheckState::stop,
                       line->place + " keeps it from being loaded: " + line->text,
                       "Take the line out:\n    " + editor_command(*line));
        add(check, CheckState::ok, "there, loaded when it is needed");
    }

    /// Puts a '#' before the line; what is in it must not mean anything to sed.
    static std::string editor_command(const ConfigLine& line) {
        std::string pattern;
        for (const char c : line.text) {
            const bool special = std::string_view("\\/.*[]^$&").find(c) != std::string_view::npos;
            pattern += (special ? "\\" : "") + std::string(1, c);
        }
        return "sed -i " + shell_word("s/^" + pattern + "/# &/") + " " + shell_word(line.place);
    }

    /// The kernel's own mode is 0666 (drivers/vfio/container.c): opening it gives nothing away.
    void judge_node() {
        const bool loaded = std::ranges::any_of(health_.modules, [](const auto& module) {
            return module.second == ModuleSource::loaded;
        });
        const VfioNode& node = health_.vfio_node;
        if (!node.there && !loaded)
            return add("vfio-device", CheckState::ok,
                       "/dev/vfio/vfio is not there yet: it comes with the module");
        if (!node.there) {
            add("vfio-device", CheckState::stop, "/dev/vfio/vfio is missing",
                "The module vfio_iommu_type1 brings it:\n    modprobe vfio_iommu_type1\nIn a "
                "container it must be passed in.");
            return;
        }
        if (!node.mode) return add("vfio-device", CheckState::ok, "/dev/vfio/vfio is there");
        constexpr unsigned for_all = 0666;
        const std::string message = "/dev/vfio/vfio has mode " + octal(*node.mode);
        if ((*node.mode & for_all) == for_all || !loaded)
            return add("vfio-device", CheckState::ok, message);
        add("vfio-device", CheckState::warning,
            message + ": a guest's process that is not root cannot open it",
            "It is meant to be open to all; what matters is /dev/vfio/GROUP:\n    chmod 0666 "
            "/dev/vfio/vfio\nThen see which rule of udev changes it:\n    grep -rs vfio "
            "/etc/udev/rules.d");
    }

    /// "xhci_pci" of "install xhci_pci modprobe vfio-pci; modprobe --ignore-install xhci_pci".
    static std::string installed_after_vfio(std::string line) {
        std::ranges::replace(line, '-', '_');
        constexpr std::string_view verb = "install ";
        const bool loads = line.starts_with(verb) && line.find("vfio_pci") != line.npos &&
                           line.find("modprobe") != line.npos;
        const std::string module =
            loads ? line.substr(verb.size(), line.find(' ', verb.size()) - verb.size()) : "";
        return module.find("hci_") != module.npos ? module : "";
    }

    /// What loads vfio-pci before the host's USB drivers, where it is a module as they are:
    /// "/etc/modprobe.d/vfio.conf loads it before xhci_pci".
    std::string early_loading() const {
        if (health_.xhci_built_in) return {};
        for (const ConfigLine& line : health_.module_lines) {
            if (const auto module = installed_after_vfio(line.text); !module.empty())
                return line.place + " loads it before " + module;
            const auto softdep = parse_softdep(line.text);
            if (!softdep || std::ranges::find(softdep->before, "vfio_pci") == softdep->before.end())
                continue;
            const bool usb = std::ranges::any_of(
                std::array{"xhci_", "ehci_", "ohci_", "uhci_"},
                [&](const char* const driver) { return softdep->module.starts_with(driver); });
            if (usb) return line.place + " loads it before " + softdep->module;
        }
        if (health_.initramfs_lines.empty()) return {};
        return health_.initramfs_lines.front().place + " loads it in the initramfs";
    }

    void judge_early_boot() {
        const std::string early = early_loading();
        const std::string driver =
            health_.xhci_built_in ? "xhci_pci, built into the kernel," : "the host's USB driver";
        auto binders = early_binders(symptoms_);
        if (host_.ids_options.empty() && binders.empty())
            return add(
                "early-boot", CheckState::ok,
                driver + " binds first; ctrlpass takes the controllers from it later" +
                    (early.empty() ? "" : " (" + early + ", where it takes nothing without ids)"));
        std::ranges::move(binders, std::back_inserter(checks_));
        for (const IdsOption& option : host_.ids_options) {
            const std::string& place = option.place;
            const bool file = place.starts_with("/");
            const bool late = file && health_.xhci_built_in;
            const bool of_vfio = option.driver == "vfio-pci";
            const bool by_id = key_of(option) == "ids";
            const std::string those =
                by_id ? "every function of these ids" : "every function that it names";
            add("early-boot", CheckState::warning,
                option_text(option) +
                    (late ? ": the USB driver, built into the kernel, is there before it, and "
                            "later " +
                                those + " goes to " + option.driver
                          : (early.empty() || !of_vfio ? "" : ", and " + early) + ": at boot " +
                                those + " goes to " + option.driver + (by_id ? ", twins too" : "")),
                "ctrlpass needs no " + std::string(by_id ? "ids" : "such option") + ". " +
                    (file ? "Take them out of the line:\n    sensible-editor " + shell_word(place) +
                                "\n" + remedies_.rebuild_initramfs()
                          : ""),
                file ? CommandLineWords{}
                     : CommandLineWords{{}, words_of_option(host_.command_line, option)});
        }
    }

    void judge_locks() {
        if (health_.lockdown)
            add("lockdown", CheckState::ok,
                *health_.lockdown == "none"
                    ? "the kernel is not locked down"
                    : "the kernel is locked down (" + *health_.lockdown +
                          "): VFIO and driver_override work; unsigned modules, setpci and "
                          "/dev/mem do not");
        if (health_.secure_boot)
            add("secure-boot", CheckState::ok,
                *health_.secure_boot
                    ? "on: only signed modules load, and the distribution's vfio-pci is signed"
                    : "off");
    }

    const Symptoms& symptoms_;
    const Health& health_;
    const Host& host_;
    Remedies remedies_;
    std::vector<Check>& checks_;
};

}  // namespace

void diagnose_boot(const Symptoms& symptoms, std::vector<Check>& checks) {
    Boot(symptoms, checks).diagnose();
}

}  // namespace ctrlpass
