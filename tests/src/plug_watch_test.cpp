// SPDX-License-Identifier: GPL-2.0-or-later
// What inspect --watch makes of events; that they come is seen in tests/lab/watch.
#include "src/commands/plug_watch.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "tests/support/plan_of.hpp"
#include "tests/support/run_program.hpp"

using namespace ctrlpass;
using namespace ctrlpass::tests;

namespace {

using Clock = PlugWatch::Clock;
using namespace std::chrono_literals;

/// Two controllers, a keyboard on the first, and somebody who watches.
struct Desk {
    MachineTree tree = two_controllers(
        R"("usb":[{"controller":"0000:00:14.0","buses":["2"],"devices":[{"port":"1-1",
        "id":"1b1c:1b13","product":"K70","interfaces":[{"class":"03","driver":"usbhid",
        "carries":[{"kind":"input","name":"input5","keyboard":true}]}]}]}])");
    int looks = 0;
    Clock::time_point now = Clock::now();
    PlugWatch watch = *PlugWatch::start([this]() -> Result<Inspection> {
        ++looks;
        return inspect_host(*Root::open(tree.directory()));
    });

    std::string home(const std::string& port) const {
        return "sys/devices/pci0000:00/0000:00:14.0/usb1/" + port + "/";
    }
    void plug(const std::string& port, const std::string& product) const {
        tree.write(home(port) + "idVendor", "046d\n");
        tree.write(home(port) + "idProduct", "c077\n");
        tree.write(home(port) + "product", product + "\n");
    }
    std::vector<Plug> event(const std::string& action, const std::string& port) {
        const auto plugs =
            watch.take({action, "usb", "usb_device", port, "sys/devices/x/" + port}, now);
        REQUIRE(plugs.has_value());
        return *plugs;
    }
};

std::string texts(const std::vector<Plug>& plugs) {
    std::string text;
    for (const Plug& plug : plugs) text += plug_text(plug, Style());
    return text;
}

}  // namespace

TEST_CASE("a device is told when its driver has taken it, with its port's controller") {
    Desk desk;
    desk.plug("1-2", "Mouse");
    CHECK(desk.event("add", "1-2").empty());
    CHECK(texts(desk.event("bind", "1-2")) ==
          "+ 1-2  046d:c077 Mouse  0000:00:14.0, IOMMU group 4: would cost: last-keyboard\n");
    CHECK(desk.event("bind", "1-2").empty());
    desk.tree.remove(desk.home("1-2"));
    CHECK(texts(desk.event("remove", "1-2")) ==
          "- 1-2  046d:c077 Mouse  0000:00:14.0, IOMMU group 4\n");
    CHECK(desk.event("remove", "1-2").empty());
}

TEST_CASE("what was there before is no news, and is told when it goes") {
    Desk desk;
    CHECK(desk.event("bind", "1-1").empty());
    CHECK(texts(desk.event("remove", "1-1")) ==
          "- 1-1  1b1c:1b13 K70  0000:00:14.0, IOMMU group 4\n");
}

TEST_CASE("the same port is told again when something is plugged into it again") {
    Desk desk;
    desk.event("remove", "1-1");
    CHECK(texts(desk.event("bind", "1-1")).starts_with("+ 1-1  1b1c:1b13 K70"));
}

TEST_CASE("a device that no driver takes is told after a while") {
    Desk desk;
    CHECK(desk.watch.deadline() == UdevEvents::never);
    desk.plug("1-3", "Odd");
    desk.event("add", "1-3");
    CHECK(desk.watch.deadline() == desk.now + PlugWatch::patience);
    CHECK(desk.watch.overdue(desk.now + 1s)->empty());
    CHECK(texts(*desk.watch.overdue(desk.now + 2s)).starts_with("+ 1-3  046d:c077 Odd"));
    CHECK(desk.watch.deadline() == UdevEvents::never);
}

TEST_CASE("nothing is looked at without need") {
    Desk desk;
    CHECK(desk.looks == 1);
    desk.event("change", "1-1");
    desk.event("unbind", "1-1");
    desk.event("add", "1-2");
    desk.event("remove", "1-2");
    CHECK(desk.looks == 1);
    CHECK(desk.watch.deadline() == UdevEvents::never);
}

TEST_CASE("after lost events it is seen what came and what went") {
    Desk desk;
    desk.plug("1-2", "Mouse");
    desk.tree.remove(desk.home("1-1"));
    const std::string text = texts(*desk.watch.take(DeviceEvent{}, desk.now));
    CHECK(has(text, "- 1-1  1b1c:1b13 K70"));
    CHECK(has(text, "+ 1-2  046d:c077 Mouse"));
}

TEST_CASE("a line of what was plugged in is one line, and one document") {
    Desk desk;
    desk.plug("1-2", "Evil\x1b[31m\"\xe2\x80\xae\xff");
    const auto plugs = desk.event("bind", "1-2");
    REQUIRE(plugs.size() == 1);
    const std::string text = plug_text(plugs.front(), Style());
    CHECK(has(text, "Evil\\x1b[31m\"\\u202e\\xff"));
    CHECK(text.find('\n') == text.size() - 1);
    CHECK(has(plug_text(plugs.front(), Style(true)), "\x1b["));
    for (const std::string& line : {plug_json(plugs.front()), waiting_json()}) {
        CHECK(line.find('\n') == line.size() - 1);
        CHECK(nlohmann::json::parse(line)["command"] == "inspect");
    }
    const auto json = nlohmann::json::parse(plug_json(plugs.front()));
    CHECK(json["event"] == "plugged");
    CHECK(json["controller"] == "0000:00:14.0");
    CHECK(json["verdict"] == "cost");
    CHECK(json["findings"] == nlohmann::json{"last-keyboard"});
}

TEST_CASE("inspect --watch goes with neither --dot nor --root") {
    const std::string inspect = std::string(CTRLPASS_BINARY) + " inspect --watch ";
    CHECK(run_command(inspect + "--dot").code == 2);
    CHECK(run_command(inspect + "--root /").code == 2);
}
