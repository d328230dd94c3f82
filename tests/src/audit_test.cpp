// SPDX-License-Identifier: GPL-2.0-or-later
// Who changed what: told to the journal as it happens, and read from the ledger.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>

#include "src/audit/history.hpp"
#include "src/audit/journal.hpp"
#include "tests/support/plan_of.hpp"

using namespace ctrlpass;
using namespace ctrlpass::tests;

namespace {

const std::string for_win11 = "[vm]\nname = \"win11\"\n" + first_controller;

/// A desk whose ledger tells of its changes.
struct Desk {
    Scene scene{two_controllers()};
    std::vector<AuditedChange> told;
    Desk() { scene.domains().add("win11"); }

    std::unique_ptr<Session> session(const std::string& who = "root (sudo by alice)") {
        auto directory = LedgerDirectory::open(scene.state());
        REQUIRE(directory.has_value());
        auto ledger = std::make_unique<AuditedLedger>(
            std::make_unique<LedgerDirectory>(std::move(*directory)), *read_ledgers(scene.state()),
            who, [] { return std::string("2026-01-02T03:04:05Z"); },
            [this](const AuditedChange& change) { told.push_back(change); });
        GuestHosts guests([this](const std::string&) -> Result<std::unique_ptr<GuestHost>> {
            return connect(scene.domains());
        });
        auto opened = Session::open(scene.root(), scene.kernel(), std::move(guests), scene.state(),
                                    std::move(ledger));
        REQUIRE(opened.has_value());
        return std::move(*opened);
    }

    std::vector<std::string> lines() const {
        std::vector<std::string> all;
        for (const AuditedChange& change : told)
            all.push_back(change.verb + " " + name_of(change.change.setting));
        return all;
    }
    std::vector<PastTransaction> history() {
        std::vector<std::string> notes;
        return history_of({"front"}, *read_records(scene.state(), notes));
    }
};

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("every change of an apply and its rollback is told once, with who, before and after") {
    Desk desk;
    REQUIRE(apply_profiles(*desk.session(), {profile_of(for_win11)}).has_value());
    CHECK(desk.lines() == Lines{"apply binding 0000:00:14.0", "apply hostdev win11 0000:00:14.0"});
    const AuditedChange& first = desk.told.front();
    CHECK(first.change.profile == "front");
    CHECK(first.who == "root (sudo by alice)");
    CHECK(first.change.before == State(Binding{"xhci_hcd", std::nullopt}));
    CHECK(first.change.after == State(Binding{"vfio-pci", "vfio-pci"}));
    CHECK_FALSE(first.transaction.empty());

    desk.told.clear();
    REQUIRE(roll_back(*desk.session(), {"front"}).has_value());
    CHECK(desk.lines() ==
          Lines{"rollback hostdev win11 0000:00:14.0", "rollback binding 0000:00:14.0"});
}

TEST_CASE("a module that is loaded is told as well, though no ledger remembers it") {
    Desk desk;
    for (const auto* const loaded : {"/sys/bus/pci/drivers/vfio-pci", "/sys/module/vfio_pci"})
        std::filesystem::remove_all(desk.scene.directory() + loaded);
    REQUIRE(apply_profiles(*desk.session(), {profile_of(first_controller)}).has_value());
    CHECK(desk.lines() == Lines{"apply module vfio-pci", "apply binding 0000:00:14.0"});
    CHECK(desk.told.front().change.before == State(false));
    CHECK(desk.told.front().change.after == State(true));
}

TEST_CASE("an apply that fails is told with its way back") {
    Desk desk;
    desk.scene.refuse(Sink::definition, 1, EIO);
    const auto outcome = apply_profiles(*desk.session(), {profile_of(for_win11)});
    REQUIRE(outcome.has_value());
    CHECK(outcome->exit_code() == 1);
    CHECK(desk.lines() == Lines{"apply binding 0000:00:14.0", "undo binding 0000:00:14.0"});
    CHECK(desk.told.back().change.after == State(Binding{"xhci_hcd", std::nullopt}));
}

TEST_CASE("what an earlier command left is told by whoever puts it right") {
    Desk desk;
    desk.scene.die_at(Sink::definition, 1, Stage::before);
    CHECK_THROWS_AS((void)apply_profiles(*desk.session("alice"), {profile_of(for_win11)}), Killed);
    desk.scene.calm();
    desk.told.clear();
    REQUIRE(desk.session("bob")->recover().has_value());
    // Not the hostdev: it was announced and never written.
    REQUIRE(desk.lines() == Lines{"undo binding 0000:00:14.0"});
    CHECK(desk.told.back().who == "bob");
    const auto history = desk.history();
    CHECK(history.back().begin.who != "bob");
    CHECK(history.back().ended == Signature{"2026-01-02T03:04:05Z", "bob"});
}

TEST_CASE("the log has every transaction with its ending, the oldest first") {
    Desk desk;
    REQUIRE(apply_profiles(*desk.session(), {profile_of(for_win11)}).has_value());
    REQUIRE(roll_back(*desk.session(), {"front"}).has_value());
    desk.scene.calm();
    desk.scene.refuse(Sink::kernel, 1, EIO);
    REQUIRE(apply_profiles(*desk.session(), {profile_of(first_controller)}).has_value());
    const auto history = desk.history();
    REQUIRE(history.size() == 3);
    CHECK(history[0].ending == Ending::kept);
    CHECK(history[1].ending == Ending::rolled_back);
    CHECK(history[2].ending == Ending::put_back);
    REQUIRE(history[0].changes.size() == 2);
    CHECK(history[0].changes[0].done);
    CHECK_FALSE(history[2].changes[0].done);
    CHECK(history[1].changes[0].after == State(std::optional<std::string>{}));
}

TEST_CASE("an entry of the journal has a stable id, both states, and no line of its own making") {
    const AuditedChange change{
        {"front", HostdevSetting{{"qemu:///system", "u", "evil\n"}, {}},
         std::optional<std::string>{}, std::optional<std::string>{"<hostdev>\n</hostdev>"}},
        "t1",
        "root (sudo by eve\nMESSAGE=forged)",
        "apply"};
    const auto fields = journal_fields(change);
    CHECK(fields.front().starts_with("MESSAGE=front: hostdev evil"));
    CHECK(fields.front().find('\n') == std::string::npos);
    CHECK(std::ranges::find(fields, "MESSAGE_ID=5a6c1f0b9d3e4b7c8f21d6e0a4973c58") != fields.end());
    CHECK(std::ranges::find(fields, "CTRLPASS_BEFORE=null") != fields.end());
    CHECK(std::ranges::find(fields, "CTRLPASS_VERB=apply") != fields.end());
    for (const std::string& field : fields) CHECK(field.find('=') != std::string::npos);
}
