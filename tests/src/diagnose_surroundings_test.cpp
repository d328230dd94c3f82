// SPDX-License-Identifier: GPL-2.0-or-later
// What doctor says of the user, libvirt, the ledger and the profiles.
#include "src/render/doctor.hpp"
#include "tests/src/diagnosed.hpp"

using namespace ctrlpass;
using namespace ctrlpass::tests;

namespace {

/// A live machine's symptoms, of a user that is not root.
Symptoms of_a_user() {
    Symptoms symptoms = symptoms_of(MachineTree::from(sound(machine("intel"))));
    symptoms.live = true;
    symptoms.is_root = false;
    symptoms.user = "alice";
    symptoms.memlock = 8ULL << 20U;
    symptoms.recorded.reset();
    return symptoms;
}

RecordedProfile interrupted(Verb verb) {
    RecordedProfile profile;
    profile.name = "front";
    profile.unfinished = Unfinished{};
    profile.unfinished->begin.verb = verb;
    profile.unfinished->begin.time = "2026-11-23T15:22:52Z";
    return profile;
}

}  // namespace

TEST_CASE("an ordinary user learns what only root can know, and that is no warning") {
    Symptoms symptoms = of_a_user();
    symptoms.health.has_libvirt = true;
    symptoms.holders.complete = false;
    symptoms.libvirts = {
        {"qemu:///system",
         false,
         {},
         0,
         Error{"cannot connect", "authentication failed", "Join the group.", Trouble::denied}}};
    const Diagnosis diagnosis = diagnose(symptoms);
    for (const char* const name : {"holders", "ledger", "libvirt"})
        check_of(diagnosis, name, CheckState::unknown);
    CHECK_FALSE(diagnosis.stops());
    CHECK_FALSE(diagnosis.warns());
    CHECK(doctor_text(diagnosis, Style()).ends_with(", 3 not known.\n"));
}

TEST_CASE("the limit of locked memory matters to users whose guests libvirt does not run") {
    Symptoms symptoms = of_a_user();
    CHECK(has(check_of(diagnose(symptoms), "memlock", CheckState::warning).hint,
              "    echo 'alice - memlock unlimited' > /etc/security/limits.d/50-vfio.conf"));
    symptoms.health.has_libvirt = true;
    check_of(diagnose(symptoms), "memlock", CheckState::ok);
    symptoms.health.has_libvirt = false;
    symptoms.memlock.reset();
    check_of(diagnose(symptoms), "memlock", CheckState::ok);
    symptoms.memlock = 65536;
    symptoms.is_root = true;
    check_of(diagnose(symptoms), "memlock", CheckState::ok);
}

TEST_CASE("a libvirt that fails stops only what needs it") {
    Symptoms symptoms = of_a_user();
    LibvirtAnswer answer{
        "qemu:///system",
        false,
        {},
        0,
        Error{"cannot connect", "no such socket", "Start it:\n    systemctl start libvirtd"}};
    symptoms.libvirts = {answer};
    CHECK(has(check_of(diagnose(symptoms), "libvirt", CheckState::warning).hint,
              "    systemctl start libvirtd"));
    symptoms.libvirts[0].needed = true;
    check_of(diagnose(symptoms), "libvirt", CheckState::stop);
    symptoms.libvirts[0].error->trouble = Trouble::missing;
    CHECK(has(check_of(diagnose(symptoms), "libvirt", CheckState::stop).hint,
              "    apt-get install libvirt-daemon-system"));
    symptoms.libvirts[0].error.reset();
    symptoms.libvirts[0].version = "libvirt 9.0.0, QEMU 7.2.19";
    symptoms.libvirts[0].domains = 1;
    CHECK(check_of(diagnose(symptoms), "libvirt", CheckState::ok).message ==
          "libvirt 9.0.0, QEMU 7.2.19 answers at qemu:///system, 1 domain");
}

TEST_CASE("the state directory must be root's alone, and something must fit into it") {
    Symptoms symptoms = of_a_user();
    using Kind = StateDirectory::Kind;
    const auto state = [&](const StateDirectory& directory, CheckState expected) {
        symptoms.state = directory;
        return check_of(diagnose(symptoms), "state-directory", expected).hint;
    };
    const std::string path = "/var/lib/ctrlpass";
    state({path, Kind::absent, 0, 0, true, false}, CheckState::ok);
    state({path, Kind::directory, 0, 0700, true, false}, CheckState::ok);
    CHECK(has(state({path, Kind::directory, 0, 0755, true, false}, CheckState::warning),
              "    chmod 0700 /var/lib/ctrlpass"));
    CHECK(has(state({path, Kind::directory, 1000, 0700, true, false}, CheckState::stop),
              "    chown -R root:root /var/lib/ctrlpass"));
    state({path, Kind::other, 0, 0777, true, false}, CheckState::stop);
    CHECK(has(state({path, Kind::directory, 0, 0700, false, false}, CheckState::stop), "findmnt"));
    state({path, Kind::directory, 0, 0700, true, true}, CheckState::warning);
}

TEST_CASE("unfinished transactions and broken ledgers are told") {
    Symptoms symptoms = of_a_user();
    symptoms.recorded = Recorded{{"front", interrupted(Verb::apply)}};
    auto check = check_of(diagnose(symptoms), "ledger", CheckState::warning);
    CHECK(check.message == "an apply of front was interrupted (2026-11-23T15:22:52Z)");
    CHECK(has(check.hint, "    ctrlpass apply front"));
    symptoms.recorded = Recorded{{"front", interrupted(Verb::rollback)}};
    CHECK(has(check_of(diagnose(symptoms), "ledger", CheckState::warning).hint,
              "    ctrlpass rollback front"));
    symptoms.recorded = Recorded{};
    check_of(diagnose(symptoms), "ledger", CheckState::ok);
    symptoms.ledger_error = Error{"cannot read front.jsonl", "line 3 is no record of ours", {}};
    check_of(diagnose(symptoms), "ledger", CheckState::stop);
}

TEST_CASE("a profile that cannot be used is told, one that others can change is a warning") {
    Symptoms symptoms = of_a_user();
    symptoms.troubles = {{"front", Error{"unknown key 'adress'", "front.toml:2:1", {}}, true},
                         {"rear", Error{"cannot trust profile rear", "writable", {}}, false}};
    const Diagnosis diagnosis = diagnose(symptoms);
    check_of(diagnosis, "profile front", CheckState::stop);
    check_of(diagnosis, "profile rear", CheckState::warning);
}
