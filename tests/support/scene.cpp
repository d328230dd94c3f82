// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/support/scene.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "src/ledger/broken.hpp"
#include "src/ledger/recorded_names.hpp"
#include "src/plan/planner.hpp"

namespace ctrlpass::tests {

namespace fs = std::filesystem;

namespace {

std::string text_of(const fs::path& path) {
    std::ifstream file(path);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

}  // namespace

std::vector<Scenario> all_scenarios() {
    std::vector<Scenario> scenarios;
    for (const auto& entry : fs::directory_iterator(fs::path(TESTS_DIR) / "scenarios")) {
        const fs::path folder = entry.path();
        std::string machine = text_of(folder / "machine");
        while (machine.ends_with('\n')) machine.pop_back();
        const auto profile = parse_profile(text_of(folder / "profile.toml"),
                                           "/profiles/" + folder.filename().string() + ".toml");
        REQUIRE_MESSAGE(profile.has_value(), folder);
        scenarios.push_back({folder.filename().string(), machine, *profile,
                             text_of(folder / "plan.txt"), (folder / "plan.txt").string(),
                             read_wishes((folder / "wishes.json").string())});
    }
    std::ranges::sort(scenarios, {}, &Scenario::name);
    return scenarios;
}

Scene::Scene(MachineTree tree) : tree_(std::move(tree)), kernel_(tree_.directory()) {
    had_vfio_ = root().exists("sys/bus/pci/drivers/vfio-pci");
    had_etc_ = root().exists("etc");
}

Scene::Scene(const Scenario& scenario) : Scene(MachineTree::load(scenario.machine)) {
    domains_.add("win11");
    domains_.add("studio", "", scenario.wishes.domain);
    place(scenario.profile.name, scenario.wishes.placement);
    if (!scenario.wishes.files.empty()) want_files(scenario.profile.name, scenario.wishes.files);
}

Root Scene::root() const {
    auto root = Root::open(tree_.directory());
    REQUIRE(root.has_value());
    return std::move(*root);
}

Result<std::unique_ptr<Session>> Scene::session() {
    GuestHosts guests([this](const std::string&) -> Result<std::unique_ptr<GuestHost>> {
        return connect(domains_);
    });
    LedgerDirectory ledger = TRY(LedgerDirectory::open(state()));
    return Session::open(root(), kernel_, std::move(guests), state(),
                         std::make_unique<FragileLedger>(std::move(ledger), state(), ledger_fate_),
                         std::make_unique<FragileDisk>(disk_fate_));
}

Result<Facts> Scene::facts(Session& session, const std::vector<Profile>& profiles) {
    Facts facts =
        TRY(gather_facts(session.root(), profiles, session.recorded(), &session.guests()));
    for (const Profile& profile : profiles) {
        if (placements_.contains(profile.name))
            facts.placements[profile.name] = placements_.at(profile.name);
        if (files_.contains(profile.name)) facts.files[profile.name] = files_.at(profile.name);
    }
    TRY(read_files(session.root(), facts));
    return facts;
}

int Scene::writes(Sink sink) const {
    switch (sink) {
        case Sink::kernel:
            return kernel_.count();
        case Sink::module:
            return static_cast<int>(kernel_.loads().size());
        case Sink::definition:
            return domains_.writes;
        case Sink::file:
            return disk_fate_.steps;
        case Sink::ledger:
            return ledger_fate_.appends;
    }
    return 0;
}

void Scene::die_at(Sink sink, int number, Stage stage) {
    const auto kill = [number](int write) {
        if (write == number) throw Killed{number};
    };
    if (sink == Sink::kernel) kernel_.die_at_write(number, stage);
    if (sink == Sink::module) kernel_.die_at_load(number, stage);
    if (sink == Sink::ledger) ledger_fate_.deaths[number] = stage;
    if (sink == Sink::file) disk_fate_.deaths[number] = stage;
    if (sink == Sink::definition && stage == Stage::before)
        domains_.before_write = [kill](int write) -> Result<> {
            kill(write);
            return {};
        };
    if (sink == Sink::definition && stage != Stage::before) domains_.after_write = kill;
}

void Scene::refuse(Sink sink, int number, int error_number) {
    if (sink == Sink::kernel) kernel_.refuse_write(number, error_number);
    if (sink == Sink::module) kernel_.refuse_load(number, error_number);
    if (sink == Sink::ledger) ledger_fate_.refused[number] = error_number;
    if (sink == Sink::file) disk_fate_.refused[number] = error_number;
    if (sink == Sink::definition)
        domains_.before_write = [=](int write) -> Result<> {
            if (write != number) return {};
            // libvirt says it in words; `missing` would mean that the domain is gone.
            const bool denied = error_number == EPERM || error_number == EACCES;
            return fail("cannot define the domain", std::strerror(error_number), {},
                        denied ? Trouble::denied : Trouble::failed);
        };
}

void Scene::fill_disk(int from_append) { ledger_fate_.full_from = from_append; }

void Scene::calm() {
    kernel_.settle();
    kernel_.forget();
    ledger_fate_ = {};
    disk_fate_ = {};
    domains_.writes = 0;
    domains_.before_write = nullptr;
    domains_.after_write = nullptr;
}

void Scene::forget_everything() {
    calm();
    fs::remove_all(state() + "/ledger");
    if (!had_vfio_) kernel_.unload_vfio();
    // Folders that a death left, with what was not in its place yet.
    fs::remove_all(directory() + (had_etc_ ? "/etc/libvirt" : "/etc"));
}

Plan Scene::plan(const std::vector<Profile>& profiles, bool may_lock_out) {
    const auto session = this->session();
    REQUIRE(session.has_value());
    auto facts = this->facts(**session, profiles);
    REQUIRE_MESSAGE(facts.has_value(), facts.error().what);
    facts->may_lock_out = may_lock_out;
    return make_plan(*facts);
}

bool Scene::recover() {
    const auto session = this->session();
    return session.has_value() && (*session)->recover().has_value();
}

Result<Outcome> Scene::apply(const std::vector<Profile>& profiles, bool may_lock_out) {
    const auto session = TRY(this->session());
    TRY(session->recover());
    TRY(check_same_path(profiles, session->recorded()));
    TRY(check_readable(names_of(profiles), session->recorded()));
    Facts facts = TRY(this->facts(*session, profiles));
    return apply_facts(*session, std::move(facts), {.may_lock_out = may_lock_out});
}

Result<Outcome> Scene::rollback(const std::vector<std::string>& names) {
    const auto session = TRY(this->session());
    TRY(session->recover());
    return roll_back(*session, TRY(recorded_names(names, session->recorded())));
}

std::map<std::string, std::string> Scene::snapshot() const {
    std::map<std::string, std::string> picture;
    const Root root = this->root();
    for (const std::string& address : root.names("sys/bus/pci/devices")) {
        const std::string device = "sys/bus/pci/devices/" + address;
        picture[address] = root.link_name(device + "/driver").value_or("none") + " " +
                           root.attribute(device + "/driver_override").value_or("(null)");
    }
    for (const auto& [uuid, domain] : domains_.by_uuid) picture[uuid] = domain.definition;
    std::error_code none;
    for (const auto& entry : fs::recursive_directory_iterator(directory() + "/etc/libvirt", none)) {
        const std::string name = entry.path().filename();
        if (entry.is_regular_file() && !name.starts_with(".ctrlpass-"))
            picture[entry.path().string().substr(directory().size())] = text_of(entry.path());
    }
    return picture;
}

}  // namespace ctrlpass::tests
