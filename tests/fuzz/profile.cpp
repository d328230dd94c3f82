// SPDX-License-Identifier: GPL-2.0-or-later
// A profile from somebody else: TOML to a value, and what `init` would write for the controllers
// that it names, read again.
#include "src/profile/profile.hpp"

#include "src/profile/profile_text.hpp"
#include "src/render/render.hpp"
#include "src/render/text.hpp"
#include "tests/fuzz/fuzzing.hpp"

using namespace ctrlpass;
using namespace ctrlpass::fuzzing;

namespace {

constexpr auto path = "/etc/ctrlpass/profiles.d/front.toml";

/// A function that answers to these pins.
Function function_of(const Pins& pins) {
    Function function;
    function.place.address = pins.address.value_or(PciAddress{});
    function.place.path = pins.path.value_or("PC00/08.1");
    function.place.class_code = 0x0c0330;
    function.id = pins.id.value_or(PciId{});
    function.subsystem = pins.subsystem;
    function.serial = pins.serial;
    return function;
}

void check_written(const Pins& pins, const std::string& vm) {
    static const PciNames names;
    const Function function = function_of(pins);
    Host host;
    host.functions[function.place.address] = function;
    const std::string text = profile_text(host, names, function, vm);
    require_printable(text, "a written profile can be shown");
    const auto read = parse_profile(text, path);
    require(read.has_value(), "a written profile can be read", text);
    require(read->controllers.size() == 1, "it names one controller", text);
    const Pins& back = read->controllers.front().pins;
    require(back.address == function.place.address && back.id == function.id &&
                back.path == function.place.path && back.subsystem == function.subsystem,
            "the pins are those of the function", text);
    require(back.serial == pins.serial, "the serial number is that of the function", text);
    require(read->vm.has_value() == !vm.empty() && (!read->vm || read->vm->name == vm),
            "the guest is the wanted one", text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto profile = parse_profile(text_of(data, size), path);
    if (!profile) {
        require_printable(error_text(profile.error(), Style()), "an error can be shown");
        return 0;
    }
    require(!profile->controllers.empty(), "a profile names a controller");
    for (const ProfileController& controller : profile->controllers) {
        check_written(controller.pins, profile->vm ? profile->vm->name : "");
        for (const ProfileMember& member : controller.members) check_written(member.pins, "");
    }
    return 0;
}
