// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>

#include <algorithm>
#include <functional>

#include "tests/toy/toy_world.hpp"

using namespace ctrlpass;
using namespace ctrlpass::tests;

namespace {

/// Notes what is written, and lets somebody else act at a write.
class Watched final : public Machine {
  public:
    explicit Watched(ToyMachine& machine) : machine_(machine) {}
    Result<State> read(const Setting& setting) override { return machine_.read(setting); }
    Result<> write(const Setting& setting, const State& state) override {
        written.push_back(setting);
        if (refused && *refused == setting && state == refused_state)
            return fail("cannot write " + name_of(setting), "refused");
        TRY(machine_.write(setting, state));
        if (after_write) after_write(setting);
        return {};
    }
    Result<std::string> definition(const DomainRef& domain) override {
        return machine_.definition(domain);
    }
    Result<> tidy(const DomainRef& domain, const std::string& original) override {
        return machine_.tidy(domain, original);
    }

    std::vector<Setting> written;
    std::optional<Setting> refused;
    State refused_state;
    std::function<void(const Setting&)> after_write;

  private:
    ToyMachine& machine_;
};

/// Profile A applied by the toy, or about to be.
struct Bench {
    Toy toy;
    World world;
    Fate fate;
    Watched machine{world.machine};
    std::map<std::string, BeginRecord> begin;

    explicit Bench(bool applied) : world(toy.fresh()) {
        if (applied) world = tests::run(world, toy.commands().front()).world;
        world.machine.fate = &fate;
        world.ledger.fate = &fate;
        begin["A"].boot = world.boot_id();
        begin["A"].transaction = "bench";
    }
    Report apply() {
        const Recorded recorded = world.ledger.recorded();
        Claims claims = make_claims({"A"}, toy.commands().front().wanted, recorded, world.boot_id(),
                                    world.machine.states);
        const Plan plan{{"A"}, std::move(claims.changes), std::move(claims.holds), {}};
        return execute_apply(plan, begin, recorded, machine, world.ledger);
    }
    RollbackPlan way_back() {
        begin["A"].verb = Verb::rollback;
        return plan_rollback({"A"}, world.ledger.recorded(), world.boot_id(), machine);
    }
    Report rollback(const RollbackPlan& plan) {
        return execute_rollback(plan, begin, world.ledger.recorded(), machine, world.ledger);
    }
    State& state(const Setting& setting) { return world.machine.states.at(setting); }
};

}  // namespace

TEST_CASE("apply goes down the ranks and a rollback up") {
    Bench bench(false);
    const Toy& toy = bench.toy;
    CHECK_FALSE(bench.apply().failure);
    CHECK(bench.machine.written ==
          std::vector<Setting>{toy.module, toy.shared_binding, toy.a_binding, toy.a_hostdev});
    bench.machine.written.clear();
    CHECK(bench.rollback(bench.way_back()).stuck.empty());
    CHECK(bench.machine.written ==
          std::vector<Setting>{toy.a_hostdev, toy.a_binding, toy.shared_binding});
}

TEST_CASE("a failed apply is undone from the last change to the first") {
    Bench bench(false);
    const Toy& toy = bench.toy;
    bench.machine.refused = toy.a_hostdev;
    bench.machine.refused_state = std::optional<std::string>("here");
    const Report report = bench.apply();
    REQUIRE(report.failure);
    CHECK(report.restored ==
          std::vector<std::string>{name_of(toy.a_binding), name_of(toy.shared_binding)});
    CHECK(report.done == std::vector<std::string>{"module vfio-pci"});
}

TEST_CASE("what has changed since the plan was made is not written over by apply") {
    Bench bench(false);
    const Toy& toy = bench.toy;
    bench.machine.after_write = [&](const Setting& setting) {
        if (setting == toy.shared_binding) bench.state(toy.a_binding) = toy.by_hand;
    };
    const Report report = bench.apply();
    REQUIRE(report.failure);
    CHECK(report.failure->what.find("has changed meanwhile") != std::string::npos);
    CHECK(bench.state(toy.a_binding) == toy.by_hand);
    CHECK(bench.state(toy.shared_binding) == toy.fresh().machine.states.at(toy.shared_binding));
    CHECK(report.stuck.empty());
}

TEST_CASE("what has changed since the plan was made is left alone by a rollback") {
    Bench bench(true);
    const Toy& toy = bench.toy;
    const RollbackPlan plan = bench.way_back();
    bench.state(toy.a_binding) = toy.by_hand;
    const Report report = bench.rollback(plan);
    REQUIRE(report.stuck.size() == 1);
    CHECK(report.stuck.front().setting == name_of(toy.a_binding));
    CHECK(bench.state(toy.a_binding) == toy.by_hand);
    CHECK(bench.state(toy.shared_binding) == toy.fresh().machine.states.at(toy.shared_binding));
    CHECK(bench.world.ledger.recorded().at("A").unfinished);
}

TEST_CASE("a function found without a driver is not brought back to having none") {
    Bench bench(true);
    const Toy& toy = bench.toy;
    bench.state(toy.a_binding) = Binding{std::nullopt, "vfio-pci"};
    bench.machine.refused = toy.a_binding;
    bench.machine.refused_state = toy.fresh().machine.states.at(toy.a_binding);
    const Report report = bench.rollback(bench.way_back());
    REQUIRE(report.stuck.size() == 1);
    CHECK(std::ranges::count(bench.machine.written, toy.a_binding) == 1);
}

TEST_CASE("a way back that is refused leaves the function with the driver that it had") {
    Bench bench(true);
    const Toy& toy = bench.toy;
    bench.machine.refused = toy.a_binding;
    bench.machine.refused_state = toy.fresh().machine.states.at(toy.a_binding);
    const Report report = bench.rollback(bench.way_back());
    REQUIRE(report.stuck.size() == 1);
    CHECK(bench.state(toy.a_binding) == toy.ours);
}

TEST_CASE("what is gone counts as put back") {
    Bench bench(true);
    const Toy& toy = bench.toy;
    bench.world.machine.states.erase(toy.a_binding);
    const Report report = bench.rollback(bench.way_back());
    CHECK(report.stuck.empty());
    CHECK_FALSE(bench.world.ledger.recorded().at("A").is_applied());
}

TEST_CASE("a claim of another boot keeps nothing from going back") {
    const Toy toy;
    World world = toy.fresh();
    const auto commands = toy.commands();
    world = tests::run(world, commands.at(1)).world;  // B
    world.machine.reboot(toy.fresh().machine);
    ++world.boot;
    world = tests::run(world, commands.at(0)).world;  // A
    world = tests::run(world, commands.at(3)).world;  // other A, without the shared binding
    CHECK(world.machine.states.at(toy.shared_binding) ==
          toy.fresh().machine.states.at(toy.shared_binding));
}
