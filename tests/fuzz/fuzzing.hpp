// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace ctrlpass::fuzzing {

/// What must hold for every input. Where it does not, the fuzzer keeps the input as a crash; `seen`
/// is printed, escaped.
void require(bool holds, std::string_view what, std::string_view seen = {});

/// Lines for a terminal: nothing in them that `printable` would have escaped.
void require_printable(std::string_view text, std::string_view what);

std::string text_of(const std::uint8_t* data, std::size_t size);

}  // namespace ctrlpass::fuzzing

/// What libFuzzer calls with every input (llvm.org/docs/LibFuzzer.html).
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
