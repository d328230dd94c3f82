// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <pugixml.hpp>
#include <string>
#include <string_view>

#include "iommu/address.hpp"
#include "iommu/result.hpp"

namespace ctrlpass {

/// Parses a text that is one element, of this name where one is given. `what` says in errors what
/// was to be read. Refused besides malformed text: more than one element, text around it, zero
/// bytes, a nesting deeper than any real definition's.
Result<> parse_xml(pugi::xml_document& document, const std::string& text, const std::string& what,
                   const std::string& name = {});

/// The node on one line, and as people and libvirt write it.
std::string raw_text(const pugi::xml_node& node);
std::string indented_text(const pugi::xml_node& node);

/// A number as libvirt reads it: 0x… hexadecimal, 0… octal, otherwise decimal.
std::optional<unsigned> number_in(const pugi::xml_attribute& attribute);

/// The address of an <address> that is a PCI one; what is left out is 0.
std::optional<PciAddress> address_in(const pugi::xml_node& element);
/// Writes it in libvirt's spelling.
void set_address(pugi::xml_node element, const PciAddress& address);

/// Sorts attributes and children of the element and of all below it, strips white space and
/// spells PCI addresses in one way.
void normalise(pugi::xml_node element);

}  // namespace ctrlpass
