// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/matrix/matrix.hpp"

#include <doctest/doctest.h>

#include <cstdio>
#include <utility>

namespace ctrlpass::tests {

std::string difference(const Snapshot& now, const Snapshot& expected) {
    std::string text;
    for (const auto& [name, state] : now)
        if (!expected.contains(name) || expected.at(name) != state)
            text += name + " is " + state +
                    (expected.contains(name) ? ", not " + expected.at(name) : "") + "\n";
    for (const auto& [name, state] : expected)
        if (!now.contains(name)) text += name + " is gone\n";
    return text;
}

Bench::Bench(const Scenario& scenario)
    : scenario_(scenario), scene_(std::make_unique<Scene>(scenario)), start_(scene_->snapshot()) {
    const auto applied = apply();
    REQUIRE(applied.has_value());
    if (applied->refused) return;
    REQUIRE_FALSE(applied->report.failure);
    wanted_ = scene_->snapshot();
    of_apply_ = count();
    scene_->calm();
    REQUIRE(rollback().has_value());
    of_rollback_ = count();
    REQUIRE(scene_->snapshot() == start_);
}

Writes Bench::count() {
    Writes writes;
    for (const Sink sink : {Sink::kernel, Sink::module, Sink::definition, Sink::file, Sink::ledger})
        writes[sink] = scene_->writes(sink);
    return writes;
}

void Bench::begin() {
    // After a case that failed the next one gets a machine that is whole.
    if (!std::exchange(whole_, true)) scene_ = std::make_unique<Scene>(scenario_);
    scene_->forget_everything();
}

void Bench::back_to_start() {
    scene_->calm();
    const auto back = rollback();
    if (back) {
        CHECK(back->report.stuck.empty());
        CHECK_FALSE(back->report.failure);
    } else {
        // It came to nothing before there was a ledger.
        CHECK(back.error().trouble == Trouble::bad_input);
        CHECK(back.error().what.starts_with("no profile"));
    }
    const std::string left = difference(scene_->snapshot(), start_);
    whole_ = left.empty();
    CHECK(left == "");
}

void Bench::on_to_the_end() {
    scene_->calm();
    const auto again = apply();
    REQUIRE(again.has_value());
    CHECK_FALSE(again->refused);
    CHECK_FALSE(again->report.failure);
    CHECK(difference(scene_->snapshot(), wanted_) == "");
}

int Tally::sum() const {
    int all = 0;
    for (const auto& [sink, number] : cases) all += number;
    return all;
}

void Tally::print() const {
    std::string parts;
    for (const auto& [sink, number] : cases)
        parts += (parts.empty() ? "" : ", ") + std::to_string(number) + " at a " + name_of(sink);
    std::printf("%s: %d cases (%s) in %d of %d scenarios, the others write nothing\n",
                matrix.c_str(), sum(), parts.c_str(), with_writes, scenarios);
}

void for_each_bench(Tally& tally, const std::function<void(Bench&)>& call) {
    for (const Scenario& scenario : all_scenarios()) {
        CAPTURE(scenario.name);
        ++tally.scenarios;
        Bench bench(scenario);
        if (bench.of_apply().empty()) continue;
        ++tally.with_writes;
        call(bench);
    }
}

std::string name_of(Sink sink) {
    switch (sink) {
        case Sink::kernel:
            return "kernel write";
        case Sink::module:
            return "module load";
        case Sink::definition:
            return "definition write";
        case Sink::file:
            return "step on the disk";
        case Sink::ledger:
            return "ledger append";
    }
    return {};
}

}  // namespace ctrlpass::tests
