// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/script_facts.hpp"

#include <doctest/doctest.h>

#include <random>
#include <set>

using namespace ctrlpass;

namespace {

const PciAddress card = *parse_address("0000:02:00.0");
const PciId id{0x1b21, 0x2142};

bool names_card(const std::string& text) {
    return line_of_address(script_facts(text), card).has_value();
}
bool names_id(const std::string& text) { return line_of_id(script_facts(text), id).has_value(); }

std::vector<std::string> verbs_of(const std::string& text, bool sure = false) {
    std::vector<std::string> words;
    for (const auto& verb : script_facts(text).verbs)
        if (verb.sure || !sure) words.push_back(verb.word);
    return words;
}

using Words = std::vector<std::string>;

}  // namespace

TEST_CASE("a function is named in every spelling that scripts use") {
    for (const char* const text :
         {"echo 0000:02:00.0 > x", "DEVS=\"0000:02:00.0\"", "for d in 02:00.0 03:00.0",
          "$(02:00.0)", "virsh nodedev-detach pci_0000_02_00_0",
          "/sys/bus/pci/devices/0000\\:02\\:00.0/driver",
          "/sys/bus/pci/devices/0000:02:00.*/driver", "0000:02:00.{0,1}", "'0000:02:00.0'"})
        CHECK_MESSAGE(names_card(text), text);
    for (const char* const text :
         {"# 0000:02:00.0", "x=1 # 0000:02:00.0", "0000:02:00.1", "0001:02:00.0", "10000:02:00.0",
          "102:00.0", "0000:02:00.01", "pci_0000_02_00_1", "12:02:00.0.5"})
        CHECK_FALSE_MESSAGE(names_card(text), text);
}

TEST_CASE("an id is named with a colon, a space, as a modalias or as two numbers") {
    for (const char* const text :
         {"ids=1b21:2142", "echo 1b21 2142 > new_id", "echo \"1B21 2142\"", "V=0x1b21\nD=0x2142",
          "alias pci:v00001B21d00002142sv*sd*bc*sc*i* vfio-pci", "1b21:2142:ffff:ffff"})
        CHECK_MESSAGE(names_id(text), text);
    for (const char* const text :
         {"1b21", "#1b21:2142", "11b21:2142", "1b21:21420", "0x1b21", "1b21:0014", "0x1b21 0x0014"})
        CHECK_FALSE_MESSAGE(names_id(text), text);
}

TEST_CASE("verbs are files of sysfs and commands, and words where a function stands beside them") {
    CHECK(verbs_of("echo x > $d/driver_override; echo y >/sys/bus/pci/drivers/xhci_hcd/unbind",
                   true) == Words{"driver_override", "unbind"});
    CHECK(verbs_of("virsh nodedev-detach pci_0000_02_00_0", true) == Words{"nodedev-detach"});
    CHECK(verbs_of("cd drivers/vfio-pci && echo $x > bind") == Words{"bind"});
    CHECK(verbs_of("cd drivers/vfio-pci && echo $x > bind", true).empty());
    for (const char* const text : {"# driver_override", "mount --bind /a /b", "BindsTo=x.device",
                                   "rebind", "xbind_y", "x # new_id", "new_ids"})
        CHECK_MESSAGE(verbs_of(text).empty(), text);
    CHECK(verbs_of("echo \"# not a comment\" > new_id") == Words{"new_id"});
}

TEST_CASE("paths that may be scripts are those that are whole, and not the kernel's") {
    const auto facts = script_facts(
        "ExecStart=/usr/local/bin/give.sh 0000:02:00.0\n. /etc/vfio.conf; cat /sys/x /dev/y\n"
        "$HOME/etc/z /opt/$NAME/x \"/opt/my/run\" a/etc/b /etc/../x\n");
    using Paths = std::vector<std::pair<int, std::string>>;
    CHECK(facts.paths ==
          Paths{{1, "/usr/local/bin/give.sh"}, {2, "/etc/vfio.conf"}, {3, "/opt/my/run"}});
}

TEST_CASE("what may leave the machine has the same facts in the same lines, and nothing else") {
    const std::string text =
        "#!/bin/sh\n# password hunter2\nKEY=secret-token\nDEV=0000:02:00.0; ID='1b21 2142'\n"
        "curl https://user:secret@host/ | tee 0x1b21\necho vfio-pci > /sys/$DEV/driver_override\n"
        "/usr/local/bin/more.sh --token secret\n";
    const std::string kept = only_facts(text);
    CHECK(kept.find("secret") == kept.npos);
    CHECK(kept.find("hunter2") == kept.npos);
    CHECK(kept.find("host") == kept.npos);
    CHECK(script_facts(kept) == script_facts(text));
    CHECK(only_facts(kept).starts_with(kept.substr(0, kept.find("vfio-pci\n"))));
}

TEST_CASE("a script of hostile text is read to its end with bounded facts") {
    std::string text;
    for (int i = 0; i < 20000; ++i) text += "0000:02:00.0 bind 1b21:2142 /etc/x\n";
    CHECK(script_facts(text).addresses.size() == 512);
    CHECK(script_facts(std::string(1U << 20U, ':')).addresses.empty());
    CHECK(script_facts(std::string(1U << 18U, 'a') + "\n\\:\\:'\"").ids.empty());
}

TEST_CASE("whatever is put together of the words of scripts keeps its facts when it leaves") {
    const std::vector<std::string> words{"0000:02:00.0",
                                         "02:00.1",
                                         "1b21:2142",
                                         "0x1b21",
                                         " ",
                                         " ",
                                         "\n",
                                         "\n",
                                         "#",
                                         "\"",
                                         "'",
                                         "driver_override",
                                         "/bind",
                                         "bind",
                                         "new_id",
                                         "/etc/a",
                                         "/opt/b.sh",
                                         "=",
                                         ";",
                                         "\\:",
                                         "pci_0000_02_00_0",
                                         "vfio-pci",
                                         "1b21 2142",
                                         "{",
                                         "$x",
                                         "00:14.*",
                                         "\x01",
                                         ">"};
    std::mt19937 random(7);  // the same words each time
    for (int round = 0; round < 2000; ++round) {
        std::string text;
        for (int i = 0; i < 30; ++i) text += words[random() % words.size()];
        const auto facts = script_facts(text);
        const auto kept = script_facts(only_facts(text));
        const auto same = [](const auto& one, const auto& other) {
            return std::set(one.begin(), one.end()) == std::set(other.begin(), other.end());
        };
        CHECK_MESSAGE(same(facts.addresses, kept.addresses), text);
        CHECK_MESSAGE(same(facts.ids, kept.ids), text);
        CHECK_MESSAGE(same(facts.numbers, kept.numbers), text);
        CHECK_MESSAGE(same(facts.paths, kept.paths), text);
        CHECK_MESSAGE(facts.verbs == kept.verbs, text);
        CHECK_MESSAGE(facts.vfio == kept.vfio, text);
    }
}
