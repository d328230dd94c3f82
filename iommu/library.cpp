// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/library.hpp"

#include <dlfcn.h>

namespace ctrlpass {

namespace {

std::string last_error() {
    const char* const text = ::dlerror();
    return text != nullptr ? text : "";
}

}  // namespace

Result<SharedLibrary> SharedLibrary::open(const std::string& soname) {
    void* const handle = ::dlopen(soname.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr) return fail("cannot load the library " + soname, last_error());
    return SharedLibrary(soname, handle);
}

Result<void*> SharedLibrary::find(const char* name) const {
    void* const found = ::dlsym(handle_, name);
    if (found == nullptr) return fail("cannot use the library " + soname_, last_error());
    return found;
}

}  // namespace ctrlpass
