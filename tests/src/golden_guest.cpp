// SPDX-License-Identifier: GPL-2.0-or-later
#include "golden_guest.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

namespace ctrlpass {

namespace {

std::string path_of(const std::string& name) {
    return TESTS_DIR "/golden/domains/" + name + ".xml";
}

}  // namespace

std::string golden_text(const std::string& name) {
    std::ifstream stream(path_of(name));
    REQUIRE_MESSAGE(stream.good(), name);
    std::ostringstream text;
    text << stream.rdbuf();
    return text.str();
}

void check_golden(const std::string& name, const std::string& text) {
    if (std::getenv("CTRLPASS_UPDATE")) std::ofstream(path_of(name)) << text;
    CAPTURE(name);
    CHECK(golden_text(name) == text);
}

std::string GoldenGuest::definition() const {
    const auto text = libvirt_.host().definition(ref_);
    REQUIRE_MESSAGE(text.has_value(), text.error().what);
    return *text;
}

void GoldenGuest::tidy(const std::string& original) const {
    const auto tidied = libvirt_.host().tidy(ref_, original);
    CHECK_MESSAGE(tidied.has_value(), tidied.error().where);
}

}  // namespace ctrlpass
