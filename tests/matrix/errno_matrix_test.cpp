// SPDX-License-Identifier: GPL-2.0-or-later
// Every write is refused, with every error that the kernel has for it.
#include <doctest/doctest.h>

#include <array>
#include <cerrno>

#include "tests/matrix/matrix.hpp"

using namespace ctrlpass;
using namespace ctrlpass::tests;

namespace {

constexpr std::array errors{EBUSY, ENODEV, EIO, EINVAL, EPERM, EACCES, ENOSPC, EAGAIN};

/// ENODEV can mean that somebody else was faster, EAGAIN that a driver asks for patience: both are
/// tried again.
bool may_pass(Sink sink, int error_number) {
    return sink == Sink::kernel && (error_number == ENODEV || error_number == EAGAIN);
}

/// The last commit is refused: everything is done and said to be, or everything is as it was.
void check_apply(Bench& bench, Sink sink, int error_number, const Result<Outcome>& outcome) {
    REQUIRE(outcome.has_value());
    CHECK(outcome->report.stuck.empty());
    if (outcome->report.failure) {
        CHECK(difference(bench.scene().snapshot(), bench.start()) == "");
        CHECK(outcome->exit_code() == 1);
    } else {
        CHECK(may_pass(sink, error_number));
        CHECK(difference(bench.scene().snapshot(), bench.wanted()) == "");
    }
}

void refuse_everywhere(Bench& bench, Tally& tally, const Writes& writes,
                       const std::function<void(Sink, int, int)>& command) {
    for (const auto& [sink, count] : writes) {
        for (int k = 1; k <= count; ++k) {
            for (const int error_number : errors) {
                CAPTURE(name_of(sink));
                CAPTURE(k);
                CAPTURE(error_number);
                bench.begin();
                command(sink, k, error_number);
                ++tally.cases[sink];
                bench.back_to_start();
            }
        }
    }
}

}  // namespace

TEST_CASE("whatever write of an apply is refused, everything is as it was or as it was wanted") {
    Tally tally{.matrix = "errno matrix of apply"};
    for_each_bench(tally, [&](Bench& bench) {
        refuse_everywhere(bench, tally, bench.of_apply(), [&](Sink sink, int k, int error_number) {
            bench.scene().refuse(sink, k, error_number);
            check_apply(bench, sink, error_number, bench.apply());
        });
    });
    tally.print();
    CHECK(tally.sum() > 0);
}

TEST_CASE("whatever write of a rollback is refused, nothing is lost and the next one ends it") {
    Tally tally{.matrix = "errno matrix of rollback"};
    for_each_bench(tally, [&](Bench& bench) {
        const auto command = [&](Sink sink, int k, int error_number) {
            REQUIRE(bench.apply().has_value());
            bench.scene().calm();
            bench.scene().refuse(sink, k, error_number);
            const auto outcome = bench.rollback();
            REQUIRE(outcome.has_value());
            const bool failed = outcome->report.failure || !outcome->report.stuck.empty();
            if (failed)
                CHECK(outcome->exit_code() != 0);
            else
                CHECK(difference(bench.scene().snapshot(), bench.start()) == "");
        };
        refuse_everywhere(bench, tally, bench.of_rollback(), command);
    });
    tally.print();
    CHECK(tally.sum() > 0);
}

TEST_CASE("a disk that is full from any record on loses nothing") {
    Tally tally{.matrix = "full disk under the ledger"};
    for_each_bench(tally, [&](Bench& bench) {
        for (int k = 1; k <= bench.of_apply().at(Sink::ledger); ++k) {
            CAPTURE(k);
            bench.begin();
            bench.scene().fill_disk(k);
            check_apply(bench, Sink::ledger, ENOSPC, bench.apply());
            ++tally.cases[Sink::ledger];
            bench.back_to_start();
        }
    });
    tally.print();
    CHECK(tally.sum() > 0);
}
