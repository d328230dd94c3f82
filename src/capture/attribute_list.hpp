// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <string_view>

#include "src/capture/forms.hpp"

namespace ctrlpass {

/// What a value becomes that is not let through by its form.
enum class AttributeKind {
    by_form,
    serial,
    mapped,
    mapped_kind,
    path,
    link,
    id,
    name,
    address,
    descriptor,
    node
};

struct Attribute {
    std::string_view name;
    Form form = Form::number;
    AttributeKind kind = AttributeKind::by_form;
};

/// What of an attribute of sysfs goes into a capture, by its path: nothing of one without a name.
Attribute attribute_of(const std::string& path);

}  // namespace ctrlpass
