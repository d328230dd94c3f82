// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <utility>

#include "iommu/result.hpp"

namespace ctrlpass {

/// A shared library that is loaded when it is first needed, because not every command pays for it.
/// Once loaded it stays: libraries leave threads and exit handlers behind.
class SharedLibrary {
  public:
    static Result<SharedLibrary> open(const std::string& soname);

    /// A function of it: `symbol<decltype(::kmod_new)>("kmod_new")`.
    template <typename Function>
    Result<Function*> symbol(const char* name) const {
        void* const found = TRY(find(name));
        return reinterpret_cast<Function*>(found);
    }

  private:
    SharedLibrary(std::string soname, void* handle) : soname_(std::move(soname)), handle_(handle) {}
    Result<void*> find(const char* name) const;

    std::string soname_;
    void* handle_ = nullptr;
};

}  // namespace ctrlpass
