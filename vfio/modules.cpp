// SPDX-License-Identifier: GPL-2.0-or-later
#include "vfio/modules.hpp"

#include <libkmod.h>
#include <sys/utsname.h>

#include <cerrno>

#include "iommu/child.hpp"
#include "iommu/library.hpp"

namespace ctrlpass {

namespace {

/// What is used of libkmod, found when it is first needed.
struct Kmod {
    decltype(&::kmod_new) create = nullptr;
    decltype(&::kmod_load_resources) load_resources = nullptr;
    decltype(&::kmod_module_new_from_lookup) lookup = nullptr;
    decltype(&::kmod_module_get_module) module_of = nullptr;
    decltype(&::kmod_list_next) next = nullptr;
    decltype(&::kmod_module_get_initstate) state = nullptr;
    decltype(&::kmod_module_probe_insert_module) insert = nullptr;
};

Result<Kmod> open_kmod() {
    const auto library = TRY(SharedLibrary::open("libkmod.so.2"));
    Kmod kmod;
    kmod.create = TRY(library.symbol<decltype(::kmod_new)>("kmod_new"));
    kmod.load_resources =
        TRY(library.symbol<decltype(::kmod_load_resources)>("kmod_load_resources"));
    kmod.lookup =
        TRY(library.symbol<decltype(::kmod_module_new_from_lookup)>("kmod_module_new_from_lookup"));
    kmod.module_of =
        TRY(library.symbol<decltype(::kmod_module_get_module)>("kmod_module_get_module"));
    kmod.next = TRY(library.symbol<decltype(::kmod_list_next)>("kmod_list_next"));
    kmod.state =
        TRY(library.symbol<decltype(::kmod_module_get_initstate)>("kmod_module_get_initstate"));
    kmod.insert = TRY(library.symbol<decltype(::kmod_module_probe_insert_module)>(
        "kmod_module_probe_insert_module"));
    return kmod;
}

int insert_one(const Kmod& kmod, struct kmod_module* module) {
    const int state = kmod.state(module);
    if (state == KMOD_MODULE_BUILTIN || state == KMOD_MODULE_LIVE) return 0;
    // The flag with which modprobe itself asks when it is given a name.
    return kmod.insert(module, KMOD_PROBE_APPLY_BLACKLIST_ALIAS_ONLY, nullptr, nullptr, nullptr,
                       nullptr);
}

/// In the child, which frees nothing because it ends at once.
Answer insert_all(const Kmod& kmod, const std::string& name) {
    struct kmod_ctx* const context = kmod.create(nullptr, nullptr);
    if (context == nullptr) return {errno != 0 ? errno : ENOMEM, {}};
    kmod.load_resources(context);
    struct kmod_list* list = nullptr;
    const int looked = kmod.lookup(context, name.c_str(), &list);
    if (looked < 0 && looked != -ENOSYS) return {-looked, {}};
    Answer answer{ENOENT, {}};
    for (struct kmod_list* item = list; item != nullptr; item = kmod.next(list, item)) {
        const int inserted = insert_one(kmod, kmod.module_of(item));
        if (inserted == 0) return {};
        // Positive: which of the flags stopped it, so it is blacklisted.
        answer = inserted > 0 ? Answer{EPERM, "it is blacklisted below /etc/modprobe.d"}
                              : Answer{-inserted, {}};
    }
    return answer;
}

std::string release_of_kernel() {
    struct utsname names {};
    return ::uname(&names) == 0 ? names.release : "";
}

std::unexpected<Error> refused(const std::string& what, const Answer& answer) {
    auto error = fail_with_errno(what, answer.error_number);
    if (!answer.text.empty()) error.error().where = answer.text;
    if (answer.error_number == ENOENT) {
        error.error().where =
            "there is no such module for the running kernel " + release_of_kernel();
        error.error().hint =
            "Install the package with this kernel's modules, or reboot into the installed kernel.";
    }
    if (answer.error_number == EINVAL)
        error.error().hint = "Its `install` or `options` line below /etc/modprobe.d may be wrong.";
    if (answer.error_number == EKEYREJECTED)
        error.error().hint = "Secure Boot takes signed modules only.";
    return error;
}

}  // namespace

Result<> insert_module(const std::string& name_or_alias, std::chrono::milliseconds deadline) {
    const std::string what = "cannot load the module " + name_or_alias;
    const auto kmod = open_kmod();
    if (!kmod) return fail(what, kmod.error().where, "Install libkmod2.");
    const auto answer = TRY(run_in_child(
        what, [&] { return insert_all(*kmod, name_or_alias); }, deadline));
    if (answer.error_number != 0) return refused(what, answer);
    return {};
}

}  // namespace ctrlpass
