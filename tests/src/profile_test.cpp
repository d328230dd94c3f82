// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/profile/profile.hpp"

#include <doctest/doctest.h>

#include "tests/support/refused_profiles.hpp"

using namespace ctrlpass;

namespace {

Result<Profile> parse(const std::string& text) { return parse_profile(text, "/p/front.toml"); }

/// "LINE:COLUMN what | hint" of the error, "" when there is none.
std::string error_of(const std::string& text) {
    const auto profile = parse(text);
    if (profile) return "";
    tests::keep_refused(text, profile.error().what);
    CHECK(profile.error().trouble == Trouble::bad_input);
    const std::string file = "/p/front.toml:";
    REQUIRE(profile.error().where.starts_with(file));
    return profile.error().where.substr(file.size()) + " " + profile.error().what + " | " +
           profile.error().hint;
}

std::string with_controller(const std::string& lines) {
    return "format = 1\n[[controller]]\n" + lines;
}

}  // namespace

TEST_CASE("a whole profile becomes a value") {
    const auto profile = parse(R"(format = 1
description = "Front USB ports"
allow = ["last-pointer"]
[vm]
name = "win11"
[[controller]]
path      = "PC00/08.1/00.3"
address   = "0000:0A:00.3"
id        = "1022:149c"
subsystem = "1462:7c37"
when      = "vm-start"
allow     = ["bluetooth"]
  [[controller.member]]
  address = "10000:0a:00.4"
  id      = "1022:1487"
  guest   = true
)");
    REQUIRE(profile);
    CHECK(profile->name == "front");
    CHECK(profile->digest.starts_with("sha256:"));
    CHECK(profile->vm->uri == "qemu:///system");
    REQUIRE(profile->controllers.size() == 1);
    const ProfileController& controller = profile->controllers.front();
    CHECK(controller.pins.path == "PC00/08.1/00.3");
    CHECK(to_string(*controller.pins.address) == "0000:0a:00.3");
    CHECK(controller.when == When::vm_start);
    CHECK(controller.allow == std::vector<std::string>{"bluetooth"});
    REQUIRE(controller.members.size() == 1);
    CHECK(to_string(*controller.members.front().pins.address) == "10000:0a:00.4");
    CHECK(controller.members.front().guest);
}

TEST_CASE("an unknown key is an error with its place and the nearest known key") {
    CHECK(error_of(with_controller("adress = \"0000:0a:00.3\"")) ==
          "3:1 unknown key 'adress' in [[controller]] | Did you mean 'address'?");
    CHECK(error_of("format = 1\ncontroler = 1") ==
          "2:1 unknown key 'controler' | Did you mean 'controller'?");
    CHECK(error_of("format = 1\nqqqqqqqqqq = 1").find("Known here: format, description") !=
          std::string::npos);
}

TEST_CASE("a value of the wrong type is an error with its place") {
    CHECK(error_of(with_controller("address = 3"))
              .starts_with("3:11 'address' in [[controller]] must be text"));
    CHECK(error_of("format = \"1\"").starts_with("1:10 'format' must be a whole number"));
    CHECK(error_of("format = 1\ncontroller = 1").starts_with("2:14 'controller' must be a list"));
    CHECK(error_of("format = 1\ncontroller = [1]").find("must be tables") != std::string::npos);
    CHECK(error_of("format = 1\nallow = [1]").find("must be text") != std::string::npos);
    CHECK(error_of("format = 1\nvm = 1").starts_with("2:6 'vm' must be a table"));
}

TEST_CASE("a key given twice is an error with its place") {
    CHECK(error_of("format = 1\nformat = 1").starts_with("2:10 'format' is there twice"));
}

TEST_CASE("one bracket too few or too many is told by the right number") {
    CHECK(
        error_of("format = 1\n[controller]\naddress = \"0000:0a:00.3\"") ==
        "2:1 'controller' must be a list of tables | Write [[controller]]: there may be several.");
    CHECK(error_of(with_controller("address = \"0000:0a:00.3\"\n[controller.member]\n"))
              .find("Write [[controller.member]]") != std::string::npos);
    CHECK(error_of("format = 1\n[[vm]]\nname = \"win11\"") ==
          "2:1 'vm' must be a table | Write [vm]: there is one.");
}

TEST_CASE("what is no TOML is an error with its place, in few words") {
    CHECK(
        error_of("format = 1\nallow [\"bluetooth\"]").starts_with("2:7 this is no TOML: expected"));
    CHECK(error_of("format = 1\ndescription = \"open").find("this is no TOML") !=
          std::string::npos);
}

TEST_CASE("addresses in every wrong form are refused") {
    for (const char* const wrong :
         {"", "0a:00.3", "0000:0a:00", "0000:0a:00.8", "0000:0a:20.0", "0000:0a:0.3", "000:0a:00.3",
          "0000:0a:00.3 ", " 0000:0a:00.3", "0000-0a-00.3", "0000:0g:00.3", "0x00:0a:00.3",
          "0000:0a:00.3.1", "pci_0000_0a_00_3", "123456789:0a:00.3", "+000:0a:00.3",
          "0000:-1:00.3"}) {
        CAPTURE(wrong);
        CHECK(error_of(with_controller("address = \"" + std::string(wrong) + "\""))
                  .starts_with("3:11 'address' in [[controller]] is"));
    }
}

TEST_CASE("addresses are hexadecimal whatever their leading digit") {
    const auto profile = parse(with_controller("address = \"0000:08:09.0\""));
    REQUIRE(profile);
    CHECK(profile->controllers.front().pins.address->bus == 8);
    CHECK(profile->controllers.front().pins.address->slot == 9);
}

TEST_CASE("a path is a root and device.function steps") {
    CHECK(error_of(with_controller("path = \"PC00/08.1/00.3\"")).empty());
    CHECK(error_of(with_controller("path = \"pci0000:00/1d.0/pci/00.0\"")).empty());
    for (const char* const wrong : {"PC00", "/08.1", "PC00/", "PC00//00.3", "PC00/8.1", "PC00/08.9",
                                    "PC00/08.1/", "PC 00/08.1", "../08.1"}) {
        CAPTURE(wrong);
        CHECK(error_of(with_controller("path = \"" + std::string(wrong) + "\""))
                  .find("'path' in [[controller]] is") != std::string::npos);
    }
}

TEST_CASE("the same controller twice is refused at the second") {
    const std::string one = "[[controller]]\naddress = \"0000:0a:00.3\"\n";
    CHECK(error_of("format = 1\n" + one + one)
              .starts_with("4:1 0000:0a:00.3 is named twice in this profile"));
    CHECK(error_of("format = 1\n" + one + "[[controller.member]]\naddress = \"0000:0a:00.3\"")
              .find("named twice") != std::string::npos);
}

TEST_CASE("text that is no UTF-8, empty or without a controller is refused") {
    CHECK(error_of("format = 1\ndescription = \"\xff\xfe\"\n")
              .starts_with("2:15 the profile is not UTF-8"));
    CHECK(error_of("").find("'format' is missing") != std::string::npos);
    CHECK(error_of("format = 1\n").find("names no controller") != std::string::npos);
    CHECK(error_of("format = 2\n").find("format 2 is not known") != std::string::npos);
    CHECK_FALSE(error_of(std::string("format = 1\n\0", 12)).empty());
}

TEST_CASE("an unknown finding code is an error and a refusal cannot be allowed") {
    CHECK(error_of("format = 1\nallow = [\"bluetoth\"]") ==
          "2:10 unknown finding code 'bluetoth' | Did you mean 'bluetooth'?");
    CHECK(error_of("format = 1\nallow = [\"mounted-disk\"]").find("cannot be allowed") !=
          std::string::npos);
}

TEST_CASE("what is given to a guest needs a guest") {
    CHECK(error_of(with_controller("address = \"0000:0a:00.3\"\nwhen = \"vm-start\""))
              .find("needs a [vm]") != std::string::npos);
    CHECK(error_of(with_controller("address = \"0000:0a:00.3\"\n[[controller.member]]\n"
                                   "address = \"0000:0a:00.4\"\nguest = true"))
              .find("needs a [vm]") != std::string::npos);
    CHECK(error_of(with_controller("address = \"0000:0a:00.3\"\nwhen = \"vm_start\""))
              .find("Did you mean 'vm-start'?") != std::string::npos);
    CHECK(error_of("format = 1\n[vm]\n").find("[vm] needs 'name'") != std::string::npos);
}

namespace {

const std::string with_vm =
    "format = 1\n[vm]\nname = \"win11\"\n[[controller]]\naddress = "
    "\"0000:0a:00.3\"\n[pin]\n";

/// The wish of a [pin] with these lines, as it is read to be written again.
Result<Profile> pinned(const std::string& lines) {
    return parse_profile(with_vm + lines, "/p/front.toml");
}

/// "LINE:COLUMN what | hint" of a [pin]; its first line is the seventh of the profile.
std::string pin_error(const std::string& lines) {
    const auto profile = pinned(lines);
    REQUIRE_FALSE(profile.has_value());
    tests::keep_refused(with_vm + lines, profile.error().what);
    CHECK(profile.error().trouble == Trouble::bad_input);
    return profile.error().where.substr(std::string("/p/front.toml:").size()) + " " +
           profile.error().what + " | " + profile.error().hint;
}

}  // namespace

TEST_CASE("pins of threads become a wish") {
    const auto kinds = pinned(
        "vcpus = \"isolated\"\nemulator = \"housekeeping\"\niothreads = \"housekeeping\"\n"
        "interrupts = \"isolated\"\n");
    REQUIRE(kinds.has_value());
    CHECK(kinds->wish == PinWish{CpuKind::isolated, CpuKind::housekeeping, CpuKind::housekeeping,
                                 CpuKind::isolated});
    CHECK(kinds->pin.find("emulator = \"housekeeping\"") != std::string::npos);
    const auto lists =
        pinned("vcpus = [\"2\", \"3\", \"10-11\"]\nemulator = \"0-1,8\"\ninterrupts = \"2\"\n");
    REQUIRE(lists.has_value());
    PinWish wish;
    wish.vcpus = std::vector<CpuSet>{{2}, {3}, {10, 11}};
    wish.emulator = CpuSet{0, 1, 8};
    wish.interrupts = CpuSet{2};
    CHECK(lists->wish == wish);
    CHECK(pinned("")->wish == PinWish{});
    CHECK_FALSE(parse("format = 1\n[[controller]]\naddress = \"0000:0a:00.3\"")->wish.has_value());
}

TEST_CASE("CPU lists that are empty, reversed, overlapping or out of range are refused") {
    for (const char* const wrong :
         {"", "3-1", "1,1", "0-3,2", "1,,2", "-1", "9999", "8190-8192", "1-2-3", "1 ", "2-"}) {
        CAPTURE(wrong);
        const std::string text = "\"" + std::string(wrong) + "\"";
        const std::string is = "in [pin] is '" + std::string(wrong) + "'";
        CHECK(pin_error("emulator = " + text).starts_with("7:12 'emulator' " + is));
        CHECK(pin_error("\niothreads = " + text).starts_with("8:13 'iothreads' " + is));
        CHECK(pin_error("interrupts = " + text).starts_with("7:14 'interrupts' " + is));
        CHECK(pin_error("vcpus = [\"2\", " + text + "]")
                  .starts_with("7:15 an entry of 'vcpus' " + is + " | A CPU list is written"));
    }
}

TEST_CASE("pins of the wrong type, of no CPU or with a word that is not theirs are refused") {
    CHECK(pin_error("emulator = 2").starts_with("7:12 'emulator' in [pin] must be text"));
    CHECK(pin_error("emulator = [\"2\"]").starts_with("7:12 'emulator' in [pin] must be text"));
    CHECK(pin_error("vcpus = 4").starts_with("7:9 'vcpus' in [pin] must be text"));
    CHECK(pin_error("vcpus = [2]").starts_with("7:10 'vcpus' in [pin] must be text"));
    CHECK(pin_error("vcpus = []").starts_with("7:9 'vcpus' in [pin] is empty"));
    CHECK(pin_error("vcpus = \"2-5\"").find("an entry for each vCPU") != std::string::npos);
    CHECK(pin_error("vcpus = [\"isolated\"]").starts_with("7:10 an entry of 'vcpus'"));
    CHECK(pin_error("interrupts = \"isolatd\"").ends_with("Did you mean 'isolated'?"));
    CHECK(pin_error("emulator = \"isolated\"").find("housekeeping") != std::string::npos);
    CHECK(pin_error("vcpu = [\"2\"]") == "7:1 unknown key 'vcpu' in [pin] | Did you mean 'vcpus'?");
    CHECK(error_of("format = 1\npin = 1\n[[controller]]\naddress = \"0000:0a:00.3\"")
              .starts_with("2:7 'pin' must be a table"));
}

TEST_CASE("pins need a guest") {
    CHECK(error_of(with_controller("address = \"0000:0a:00.3\"\n[pin]\nvcpus = \"isolated\"")) ==
          "4:1 [pin] needs a [vm] | ");
}
