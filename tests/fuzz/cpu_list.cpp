// SPDX-License-Identifier: GPL-2.0-or-later
// CPU lists as the kernel and people write them.
#include "iommu/cpu_list.hpp"

#include "iommu/cpus.hpp"
#include "tests/fuzz/fuzzing.hpp"

using namespace ctrlpass;
using namespace ctrlpass::fuzzing;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text = text_of(data, size);
    const auto cpus = parse_cpu_list(text);
    if (!cpus) return 0;
    require(!cpus->empty() && *cpus->rbegin() <= 8191, "a list has CPUs, none above 8191", text);
    require(text.find_first_not_of("0123456789,-") == text.npos, "it is numbers and ranges", text);
    require(parse_cpu_list(to_cpu_list(*cpus)) == cpus, "its other spelling is the same list",
            text);
    return 0;
}
