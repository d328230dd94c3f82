// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "iommu/address.hpp"
#include "iommu/result.hpp"
#include "src/guests/guests.hpp"

namespace ctrlpass {

/// The mark of our hostdevs: ua-ctrlpass-0000-0a-00-3. libvirt drops an alias with ':' or '.' in
/// it without a word, and one that does not start with "ua-".
std::string hostdev_alias(const PciAddress& address);

/// Our hostdev for a function, in normal form.
std::string hostdev_xml(const PciAddress& address, bool managed);

/// One spelling of a device element, so that texts compare: attributes and children sorted, no
/// white space around elements, PCI addresses as libvirt writes them. Of our own hostdevs the
/// guest-side <address> is left out (libvirt picks it); of others everything is kept, so that they
/// can be put back as they were. Errors: not one well-formed element.
Result<std::string> normal_form(const std::string& element);

/// The devices of a domain that are PCI functions of the host, in the order of the definition, by
/// the address in <source> (the other <address> is the guest's). Besides <hostdev> these are
/// <interface type='hostdev'> and <disk type='nvme'>: `xml` begins with the element's name.
Result<std::vector<DomainHostdev>> hostdevs_in(const std::string& domain_xml);

/// Are these the same definition? White space between elements does not count, nor does the order
/// of hostdevs, since one that was taken out and put back stands last.
Result<bool> is_same_definition(const std::string& one, const std::string& other);

/// The definition `current` without the PCI bridges that `original` has not and that are empty:
/// libvirt adds root ports for what is attached and never takes them away. The same for the
/// <iothreadids> that it spells out when it pins an I/O thread. Where nothing else differs from
/// `original`, exactly that, to the last comment; nothing when there is nothing to change.
Result<std::optional<std::string>> tidied(const std::string& current, const std::string& original);

/// libvirt refuses a device with a boot order beside <os><boot/>, and writes that <boot/> by itself
/// when the last device with an order leaves. The definition with this device in place of it;
/// nothing where the two do not meet, and attaching will do.
Result<std::optional<std::string>> with_boot_device(const std::string& definition,
                                                    const std::string& element);

}  // namespace ctrlpass
