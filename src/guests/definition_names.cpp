// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/guests/definition_names.hpp"

#include <algorithm>
#include <array>
#include <pugixml.hpp>
#include <string_view>

#include "iommu/lines.hpp"
#include "src/guests/domain_xml_text.hpp"
#include "src/guests/qemu_arguments.hpp"

namespace ctrlpass {

namespace {

std::string_view local_name(const pugi::xml_node& node) {
    const std::string_view name = node.name();
    const auto colon = name.find(':');
    return colon == name.npos ? name : name.substr(colon + 1);
}

std::string value_at(const pugi::xml_node& node, const char* attribute) {
    return node.attribute(attribute).value();
}

/// "<disk type='block'>".
std::string label_of(const pugi::xml_node& device) {
    const std::string type = value_at(device, "type");
    return std::string("<") + device.name() + (type.empty() ? "" : " type='" + type + "'") + ">";
}

class Definition {
  public:
    void read(const pugi::xml_node& domain) {
        for (const auto& child : domain.children()) {
            const auto name = local_name(child);
            if (name == "commandline")
                read_commandline(child);
            else if (name == "override")
                read_override(child);
            else if (name == "devices")
                for (const auto& device : child.children()) read_device(device);
            else if (name != "metadata" && name != "description" && name != "title" &&
                     name != "name")
                read_nodes(child, label_of(child), false);
        }
    }

    std::vector<Named> found;

  private:
    void add(Named named) {
        if (found.size() < most_named) found.push_back(std::move(named));
    }

    void read_device(const pugi::xml_node& device) {
        const std::string_view name = device.name();
        const std::string how = label_of(device);
        const auto source = device.child("source");
        const bool optional = value_at(source, "startupPolicy") == "optional";
        if (name == "hostdev") read_hostdev(device, how, optional);
        if (name == "interface" && value_at(device, "type") == "direct")
            add_name(DeviceName::Kind::net, value_at(source, "dev"), "network link ", how);
        if (name == "audio" && value_at(device, "type") == "alsa")
            for (const auto& side : device.children())
                if (const auto card = alsa_card(value_at(side, "dev")))
                    add({how,
                         "sound card " + *card,
                         DeviceName{DeviceName::Kind::card, *card},
                         true,
                         false,
                         {}});
        // Of a pool of disks the volume is named as its node is.
        if (name == "disk" && value_at(device, "type") == "volume")
            add_node("/dev/" + value_at(source, "volume"), how, optional);
        read_nodes(device, how, optional);
    }

    void add_name(DeviceName::Kind kind, const std::string& name, const std::string& what,
                  const std::string& how) {
        if (!name.empty()) add({how, what + name, DeviceName{kind, name}, false, false, {}});
    }

    void read_hostdev(const pugi::xml_node& hostdev, const std::string& how, bool optional) {
        const std::string type = value_at(hostdev, "type");
        const auto source = hostdev.child("source");
        const auto address = source.child("address");
        if (type == "usb") return read_usb(source, how, optional);
        if (type == "mdev")
            return add_name(DeviceName::Kind::mdev, value_at(address, "uuid"), "mediated device ",
                            how);
        if (type == "net")
            return add_name(DeviceName::Kind::net, source.child("interface").text().get(),
                            "network link ", how);
        std::string host = value_at(source.child("adapter"), "name");
        constexpr std::string_view prefix = "scsi_";
        if (type != "scsi" || !host.starts_with("scsi_host")) return;
        host.erase(0, prefix.size());
        constexpr std::size_t word = 4;  // "host"
        const std::string device = host.substr(word) + ":" + value_at(address, "bus") + ":" +
                                   value_at(address, "target") + ":" + value_at(address, "unit");
        add_name(DeviceName::Kind::scsi, device, "SCSI device ", how);
    }

    void read_usb(const pugi::xml_node& source, const std::string& how, bool optional) {
        const auto address = source.child("address");
        UsbMatch match;
        match.vendor = number_in(source.child("vendor").attribute("id"));
        match.product = number_in(source.child("product").attribute("id"));
        if (address) match.bus = number_in(address.attribute("bus"));
        match.device = number_in(address.attribute("device"));
        match.port = value_at(address, "port");
        if (match != UsbMatch{}) add({how, usb_text(match), match, optional, false, {}});
    }

    /// Every path below /dev, in whatever element: no list of elements is ever whole. <target> is
    /// the guest's side. The depth was bounded when the text was parsed.
    void read_nodes(const pugi::xml_node& node, const std::string& how, bool optional) {
        const std::string_view name = node.name();
        if (name == "target" || name == "alias" || name == "metadata") return;
        optional = optional || value_at(node, "startupPolicy") == "optional";
        for (const auto& attribute : node.attributes()) add_node(attribute.value(), how, optional);
        add_node(trimmed(node.text().get()), how, optional);
        for (const auto& child : node.children())
            if (child.type() == pugi::node_element) read_nodes(child, how, optional);
    }

    void add_node(const std::string& path, const std::string& how, bool optional) {
        constexpr std::string_view folder = "/dev/";
        if (!path.starts_with(folder) || path.size() == folder.size()) return;
        const DeviceName device{DeviceName::Kind::node, path};
        const auto same = [&](const Named& named) {
            return named.how == how && named.target == Named::Target(device);
        };
        if (std::ranges::none_of(found, same)) add({how, path, device, optional, false, {}});
    }

    /// <qemu:property name='host' value='02:00.0'/> of a device's front end.
    void read_override(const pugi::xml_node& override) {
        read_nodes(override, "qemu:override", false);
        for (const auto& device : override.children())
            for (const auto& side : device.children())
                for (const auto& property : side.children()) {
                    const auto address = parse_qemu_address(value_at(property, "value"));
                    if (address && value_at(property, "name") == "host")
                        add({"qemu:override", to_string(*address), *address, false, false, {}});
                }
    }

    /// Of QEMU's namespace, whatever its prefix.
    void read_commandline(const pugi::xml_node& commandline) {
        std::vector<std::string> arguments;
        std::vector<std::pair<std::string, std::string>> variables;
        for (const auto& child : commandline.children()) {
            if (local_name(child) == "arg") arguments.push_back(value_at(child, "value"));
            if (local_name(child) == "env")
                variables.emplace_back(value_at(child, "name"), value_at(child, "value"));
        }
        for (Named& named : named_by_arguments(arguments)) add(std::move(named));
        for (Named& named : named_by_environment(variables)) add(std::move(named));
    }
};

}  // namespace

Result<std::vector<Named>> named_in(const std::string& domain_xml) {
    pugi::xml_document document;
    TRY(parse_xml(document, domain_xml, "the domain's definition", "domain"));
    Definition definition;
    definition.read(document.document_element());
    return std::move(definition.found);
}

}  // namespace ctrlpass
