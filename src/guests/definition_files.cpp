// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/guests/definition_files.hpp"

#include <algorithm>
#include <cerrno>
#include <pugixml.hpp>

#include "src/guests/definition_names.hpp"
#include "src/guests/domain_xml.hpp"
#include "src/guests/domain_xml_text.hpp"
#include "src/guests/proxmox_files.hpp"

namespace ctrlpass {

namespace {

constexpr std::size_t longest_definition = 4U << 20U;
constexpr std::size_t most_definitions = 1024;

Result<Domain> parse_definition(const std::string& text) {
    pugi::xml_document document;
    TRY(parse_xml(document, text, "the domain's definition", "domain"));
    Domain domain;
    domain.ref.uri = "qemu:///system";
    domain.ref.name = document.document_element().child("name").text().get();
    domain.ref.uuid = document.document_element().child("uuid").text().get();
    domain.defined = TRY(hostdevs_in(text));
    domain.named = TRY(named_in(text));
    return domain;
}

/// What it names is not known; libvirt calls the file as the guest.
Domain not_understood(const std::string& folder, const std::string& file) {
    Domain domain;
    constexpr std::string_view end = ".xml";
    domain.ref.uri = "qemu:///system";
    domain.ref.name = file.substr(0, file.size() - end.size());
    domain.ref.uuid = "/" + folder + file;
    domain.named.push_back(
        {domain.ref.uuid, "the file was not understood", Anything{}, false, false, {}});
    return domain;
}

}  // namespace

Result<std::vector<Domain>> read_definition_files(const Root& root) {
    std::vector<std::string> folders{"etc/libvirt/qemu/"};
    if (!root.is_live()) folders.insert(folders.begin(), "guests/");
    std::vector<Domain> domains;
    for (const std::string& folder : folders) {
        const auto names = root.list(folder);
        if (!names && names.error().trouble == Trouble::denied)
            return std::unexpected(names.error());
        for (const std::string& name : names.value_or(std::vector<std::string>{})) {
            if (!name.ends_with(".xml")) continue;
            if (domains.size() >= most_definitions) {
                root.note_more(folder, most_definitions, "definitions");
                break;
            }
            const auto text = root.read_file(folder + name, longest_definition);
            if (!text && text.error().error_number == EFBIG)
                root.note_unread(folder + name,
                                 "it is larger than " + bytes_text(longest_definition));
            if (!text && text.error().trouble == Trouble::denied)
                return std::unexpected(text.error());
            auto domain = text ? parse_definition(*text) : Result<Domain>(fail("no definition"));
            if (!domain) domain = not_understood(folder, name);
            if (domain->named.size() >= most_named)
                root.note_more(folder + name, most_named, "devices that it names");
            const bool known = std::ranges::any_of(
                domains, [&](const Domain& other) { return other.ref == domain->ref; });
            if (!known) domains.push_back(std::move(*domain));
        }
    }
    std::ranges::move(TRY(read_proxmox_guests(root)), std::back_inserter(domains));
    return domains;
}

}  // namespace ctrlpass
