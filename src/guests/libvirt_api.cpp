// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/guests/libvirt_api.hpp"

#include "iommu/library.hpp"

namespace ctrlpass {

namespace {

constexpr auto soname = "libvirt.so.0";

void say_nothing(void*, virErrorPtr) {}

}  // namespace

Result<LibvirtApi> LibvirtApi::load() {
    const auto library = SharedLibrary::open(soname);
    if (!library)
        return fail("cannot talk to libvirt", library.error().where,
                    "Install libvirt:\n    apt-get install libvirt-daemon-system",
                    Trouble::missing);
    LibvirtApi api;
#define CTRLPASS_LIBVIRT_LOOK_UP(function) \
    api.function = TRY(library->symbol<decltype(::function)>(#function));
    CTRLPASS_LIBVIRT_FUNCTIONS(CTRLPASS_LIBVIRT_LOOK_UP)
#undef CTRLPASS_LIBVIRT_LOOK_UP
    api.virSetErrorFunc(nullptr, say_nothing);
    return api;
}

}  // namespace ctrlpass
