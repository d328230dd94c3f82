// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "libvirt_embed.hpp"

namespace ctrlpass {

/// The text of tests/golden/domains/NAME.xml.
std::string golden_text(const std::string& name);
/// It is this; with CTRLPASS_UPDATE in the environment it becomes this.
void check_golden(const std::string& name, const std::string& text);

/// A domain of the golden set that lives as long as the case.
class GoldenGuest {
  public:
    GoldenGuest(EmbeddedLibvirt& libvirt, const std::string& name)
        : libvirt_(libvirt), ref_(libvirt.define(golden_text(name))) {}
    GoldenGuest(const GoldenGuest&) = delete;
    GoldenGuest& operator=(const GoldenGuest&) = delete;
    ~GoldenGuest() { libvirt_.undefine(ref_); }

    const DomainRef& ref() const { return ref_; }
    std::string definition() const;
    void tidy(const std::string& original) const;

  protected:
    GuestHost& host() const { return libvirt_.host(); }

  private:
    EmbeddedLibvirt& libvirt_;
    DomainRef ref_;
};

}  // namespace ctrlpass
