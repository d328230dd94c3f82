// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/capture/captured_guest.hpp"

#include <algorithm>
#include <array>
#include <pugixml.hpp>
#include <string_view>

#include "iommu/lines.hpp"
#include "src/capture/filters.hpp"
#include "src/capture/forms.hpp"
#include "src/capture/guest_arguments.hpp"
#include "src/guests/domain_xml_text.hpp"
#include "src/render/text.hpp"

namespace ctrlpass {

namespace {

/// An element, by its name and those above it, and what of it goes into a capture.
struct Element {
    std::string_view path;             ///< below <domain>; "*" is any one element
    std::string_view attributes = {};  ///< their names, with blanks around each
    bool text = false;
};

constexpr std::array elements{
    Element{"name", {}, true},
    Element{"uuid", {}, true},
    Element{"memory", " unit ", true},
    Element{"currentMemory", " unit ", true},
    Element{"maxMemory", " unit slots ", true},
    Element{"memoryBacking"},
    Element{"memoryBacking/hugepages"},
    Element{"memoryBacking/locked"},
    Element{"memoryBacking/nosharepages"},
    Element{"memoryBacking/source", " type "},
    Element{"memoryBacking/access", " mode "},
    Element{"memoryBacking/hugepages/page", " size unit nodeset "},
    Element{"memtune"},
    Element{"memtune/*", " unit ", true},
    Element{"vcpu", " placement cpuset current ", true},
    Element{"iothreads", {}, true},
    Element{"iothreadids"},
    Element{"iothreadids/iothread", " id "},
    Element{"cputune"},
    Element{"cputune/vcpupin", " vcpu cpuset "},
    Element{"cputune/emulatorpin", " cpuset "},
    Element{"cputune/iothreadpin", " iothread cpuset "},
    Element{"cputune/vcpusched", " vcpus scheduler priority "},
    Element{"cputune/emulatorsched", " scheduler priority "},
    Element{"cputune/iothreadsched", " iothreads scheduler priority "},
    Element{"numatune"},
    Element{"numatune/memory", " mode nodeset placement "},
    Element{"os"},
    Element{"os/type", " arch machine ", true},
    Element{"os/boot", " dev "},
    Element{"cpu", " mode "},
    Element{"cpu/topology", " sockets dies clusters cores threads "},
    Element{"features"},
    Element{"features/kvm"},
    Element{"features/kvm/hidden", " state "},
    Element{"devices"},
    Element{"devices/hostdev", " mode type managed model sgio rawio "},
    Element{"devices/hostdev/source", " startupPolicy dev writeFiltering protocol "},
    Element{"devices/hostdev/source/vendor", " id "},
    Element{"devices/hostdev/source/product", " id "},
    Element{"devices/hostdev/source/address",
            " type domain bus slot function device port unit target uuid "},
    Element{"devices/hostdev/source/interface", {}, true},
    Element{"devices/hostdev/source/char", {}, true},
    Element{"devices/hostdev/source/adapter", " name "},
    Element{"devices/hostdev/source/block", {}, true},
    Element{"devices/disk", " type device snapshot "},
    Element{"devices/disk/source", " dev file dir startupPolicy protocol type managed namespace "},
    Element{"devices/disk/source/address", " type domain bus slot function "},
    Element{"devices/disk/target", " dev bus removable "},
    Element{"devices/disk/driver", " name type cache io discard iothread "},
    Element{"devices/disk/backingStore", " type "},
    Element{"devices/disk/backingStore/format", " type "},
    Element{"devices/disk/backingStore/source", " dev file "},
    Element{"devices/disk/readonly"},
    Element{"devices/disk/shareable"},
    Element{"devices/disk/transient"},
    Element{"devices/interface", " type managed "},
    Element{"devices/interface/source", " dev bridge mode "},
    Element{"devices/interface/source/address", " type domain bus slot function "},
    Element{"devices/interface/model", " type "},
    Element{"devices/interface/driver", " name "},
    Element{"devices/controller", " type index model "},
    Element{"devices/input", " type bus "},
    Element{"devices/input/source", " dev evdev grab grabToggle repeat "},
    Element{"devices/serial", " type "},
    Element{"devices/serial/source", " path "},
    Element{"devices/parallel", " type "},
    Element{"devices/parallel/source", " path "},
    Element{"devices/console", " type "},
    Element{"devices/console/source", " path "},
    Element{"devices/channel", " type "},
    Element{"devices/channel/source", " path "},
    Element{"devices/sound", " model "},
    Element{"devices/sound/audio", " id "},
    Element{"devices/audio", " id type "},
    Element{"devices/audio/input", " dev "},
    Element{"devices/audio/output", " dev "},
    Element{"devices/tpm", " model "},
    Element{"devices/tpm/backend", " type "},
    Element{"devices/tpm/backend/device", " path "},
    Element{"devices/rng", " model "},
    Element{"devices/rng/backend", " model ", true},
    Element{"devices/smartcard", " mode type "},
    Element{"devices/redirdev", " bus type "},
    Element{"devices/graphics", " type "},
    Element{"devices/video"},
    Element{"devices/video/model", " type "},
    Element{"devices/watchdog", " model action "},
    Element{"devices/memballoon", " model "},
    Element{"devices/iommu", " model "},
    Element{"devices/filesystem", " type accessmode "},
    Element{"devices/filesystem/source", " dev dir file "},
    Element{"devices/*/driver", " name "},
    Element{"devices/*/alias", " name "},
    Element{"devices/*/boot", " order "},
    Element{"devices/*/rom", " bar "},
    Element{"devices/*/address",
            " type domain bus slot function controller target unit port multifunction "},
};

bool is_path(std::string_view pattern, std::string_view path) {
    const auto wanted = parts_between(pattern, '/');
    const auto parts = parts_between(path, '/');
    return std::ranges::equal(wanted, parts,
                              [](auto want, auto part) { return want == "*" || want == part; });
}

/// A number, a list of CPUs, a unit, or a word as libvirt has them: "virtio-scsi", "x86_64".
bool is_of_libvirt(std::string_view value) {
    constexpr auto units =
        std::to_array<std::string_view>({"b", "bytes", "B", "KB", "KiB", "K", "MB", "MiB", "M",
                                         "GB", "GiB", "G", "TB", "TiB", "T"});
    constexpr std::size_t longest = 32;
    const bool hexadecimal = value.starts_with("0x") || value.starts_with("0X");
    if (hexadecimal && value.size() <= longest) return std::ranges::all_of(value.substr(2), is_hex);
    return std::ranges::find(units, value) != units.end() || consists_of(value, "0123456789,-^") ||
           (value.size() <= longest &&
            consists_of(value, "abcdefghijklmnopqrstuvwxyz0123456789_.-"));
}

class Copying {
  public:
    explicit Copying(Mask& mask) : mask_(mask) {}

    /// parse_xml has bounded the depth.
    void children(const pugi::xml_node& from, pugi::xml_node to, const std::string& path) {
        for (const auto& child : from.children()) {
            const std::string_view name = child.name();
            const auto colon = name.find(':');
            if (path.empty() && colon != name.npos && name.substr(colon) == ":commandline") {
                arguments(child, to);
                continue;
            }
            const std::string place = path + (path.empty() ? "" : "/") + std::string(name);
            const auto* const known = std::ranges::find_if(
                elements, [&](const Element& element) { return is_path(element.path, place); });
            if (child.type() != pugi::node_element) continue;
            if (known == elements.end()) {
                keep_nodes(child, to, path);
                continue;
            }
            if (name == "alias" && !is_ours(child)) continue;
            auto copy = to.append_child(child.name());
            for (const auto& attribute : child.attributes()) {
                const std::string key = attribute.name();
                if (known->attributes.find(" " + key + " ") == std::string_view::npos) {
                    if (name != "target" && name != "alias") add_node(attribute.value(), copy);
                    continue;
                }
                copy.append_attribute(attribute.name()) =
                    value_of(place, key, attribute.value()).c_str();
            }
            if (known->text) copy.text().set(text_of(place, child.child_value()).c_str());
            children(child, copy, place);
        }
    }

  private:
    /// Nodes of the host are judged in whatever element they stand (definition_names.cpp).
    void keep_nodes(const pugi::xml_node& from, pugi::xml_node to, const std::string& path) {
        const std::string_view name = from.name();
        if (name == "target" || name == "alias" || name == "metadata" || name == "title" ||
            name == "description")
            return;
        if (path.empty() || path == "devices") {
            // A device of a kind that is not listed is one all the same.
            pugi::xml_document found;
            auto device = found.append_child(has_form(name, Form::word) ? from.name() : "device");
            collect_nodes(from, device);
            if (device.first_child()) to.append_copy(device);
        } else {
            collect_nodes(from, to);
        }
    }
    /// parse_xml has bounded the depth.
    void collect_nodes(const pugi::xml_node& from, pugi::xml_node to) {
        const std::string_view name = from.name();
        if (name == "target" || name == "alias" || name == "metadata") return;
        for (const auto& attribute : from.attributes()) add_node(attribute.value(), to);
        add_node(trimmed(from.text().get()), to);
        for (const auto& child : from.children())
            if (child.type() == pugi::node_element) collect_nodes(child, to);
    }
    void add_node(const std::string& value, pugi::xml_node to) {
        constexpr std::string_view folder = "/dev/";
        if (!value.starts_with(folder) || value.size() == folder.size()) return;
        to.append_child("source").append_attribute("dev") = mask_.places.path(value).c_str();
    }

    static bool is_ours(const pugi::xml_node& alias) {
        const std::string_view name = alias.attribute("name").value();
        return name.starts_with("ua-ctrlpass-") && has_form(name, Form::word);
    }

    std::string value_of(const std::string& place, const std::string& key,
                         const std::string& value) {
        const bool guests_own = place.ends_with("/target") || place == "os/boot";
        const bool names_place = key == "dev" || key == "file" || key == "dir" || key == "path" ||
                                 key == "evdev" || key == "bridge";
        if (names_place && !guests_own) return source(place, value);
        if (key == "uuid") return mask_.names.id(value);
        // One that is left out would mean what libvirt takes in its place.
        return is_of_libvirt(value) ? value : "unknown";
    }

    /// "/dev/sdb", a network link, "hw:1,0".
    std::string source(const std::string& place, const std::string& value) {
        if (value.starts_with('/')) return mask_.places.path(value);
        if (place.starts_with("devices/interface/")) return mask_.names.link(value);
        const auto colon = value.find(':');
        const bool card = place.starts_with("devices/audio/") && colon != value.npos &&
                          (value.starts_with("hw:") || value.starts_with("plughw:")) &&
                          consists_of(std::string_view(value).substr(colon + 1), "0123456789,");
        return card ? value : mask_.names.name(value);
    }

    std::string text_of(const std::string& place, const std::string& text) {
        const std::string value = trimmed(text);
        if (place == "uuid") return mask_.names.id(value);
        if (place == "name") return printable(value);
        if (value.starts_with('/')) return mask_.places.path(value);
        if (place.ends_with("/source/interface")) return mask_.names.link(value);
        return is_of_libvirt(value) ? value : "";
    }

    void arguments(const pugi::xml_node& from, pugi::xml_node to) {
        std::vector<std::string> given;
        std::vector<std::pair<std::string, std::string>> variables;
        for (const auto& child : from.children()) {
            const std::string_view name = child.name();
            if (name.ends_with(":arg")) given.emplace_back(child.attribute("value").value());
            if (!name.ends_with(":env")) continue;
            const std::string key = child.attribute("name").value();
            const std::string value = guest_variable(mask_, child.attribute("value").value());
            if (value.empty()) continue;
            const bool known = key.starts_with("QEMU_") && has_form(key, Form::word);
            variables.emplace_back(known ? key : mask_.names.name(key), value);
        }
        const auto kept = guest_arguments(mask_, given);
        if (kept.empty() && variables.empty()) return;
        to.append_attribute("xmlns:qemu") = "http://libvirt.org/schemas/domain/qemu/1.0";
        auto line = to.append_child("qemu:commandline");
        for (const std::string& argument : kept)
            line.append_child("qemu:arg").append_attribute("value") = argument.c_str();
        for (const auto& [key, value] : variables) {
            auto variable = line.append_child("qemu:env");
            variable.append_attribute("name") = key.c_str();
            variable.append_attribute("value") = value.c_str();
        }
    }

    Mask& mask_;
};

}  // namespace

std::optional<std::string> captured_guest(Mask& mask, const std::string& definition) {
    pugi::xml_document whole;
    if (!parse_xml(whole, definition, "the domain's definition", "domain")) return std::nullopt;
    const auto domain = whole.document_element();
    pugi::xml_document document;
    auto copy = document.append_child("domain");
    if (const auto type = domain.attribute("type"); is_of_libvirt(type.value()))
        copy.append_attribute("type") = type.value();
    Copying(mask).children(domain, copy, "");
    return indented_text(copy);
}

std::string filters::guest(Mask& mask, const std::string&, const std::string& text) {
    // libvirt's own files begin with a comment.
    const auto begin = text.find("<domain");
    return begin == text.npos ? "" : captured_guest(mask, text.substr(begin)).value_or("");
}

}  // namespace ctrlpass
