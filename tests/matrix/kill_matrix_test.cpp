// SPDX-License-Identifier: GPL-2.0-or-later
// ctrlpass dies at every one of its writes, before it, within it and after it.
#include <doctest/doctest.h>

#include "tests/matrix/matrix.hpp"

using namespace ctrlpass;
using namespace ctrlpass::tests;

namespace {

/// libvirt renames a definition into its place: there is no "within". Loading a module is one
/// system call.
std::vector<Stage> stages_of(Sink sink) {
    if (sink == Sink::definition || sink == Sink::module) return {Stage::before, Stage::after};
    return {Stage::before, Stage::during, Stage::after};
}

/// Dies at each write of `command`, each stage, with both ways on.
void kill_everywhere(Bench& bench, Tally& tally, const Writes& writes,
                     const std::function<void()>& prepare, const std::function<void()>& command) {
    for (const auto& [sink, count] : writes) {
        for (int k = 1; k <= count; ++k) {
            for (const Stage stage : stages_of(sink)) {
                for (const bool forward : {false, true}) {
                    CAPTURE(name_of(sink));
                    CAPTURE(k);
                    CAPTURE(static_cast<int>(stage));
                    CAPTURE(forward);
                    bench.begin();
                    prepare();
                    bench.scene().calm();
                    bench.scene().die_at(sink, k, stage);
                    CHECK_THROWS_AS(command(), Killed);
                    ++tally.cases[sink];
                    if (forward) bench.on_to_the_end();
                    bench.back_to_start();
                }
            }
        }
    }
}

}  // namespace

TEST_CASE("killed at any write of an apply, a rollback gives the start and an apply the end") {
    Tally tally{.matrix = "kill matrix of apply"};
    for_each_bench(tally, [&](Bench& bench) {
        kill_everywhere(
            bench, tally, bench.of_apply(), [] {}, [&] { (void)bench.apply(); });
    });
    tally.print();
    CHECK(tally.sum() > 0);
}

TEST_CASE("killed at any write of a rollback, a rollback gives the start and an apply the end") {
    Tally tally{.matrix = "kill matrix of rollback"};
    for_each_bench(tally, [&](Bench& bench) {
        const auto prepare = [&] { REQUIRE(bench.apply().has_value()); };
        kill_everywhere(bench, tally, bench.of_rollback(), prepare,
                        [&] { (void)bench.rollback(); });
    });
    tally.print();
    CHECK(tally.sum() > 0);
}
