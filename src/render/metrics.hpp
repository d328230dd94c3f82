// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace ctrlpass {

/// A gauge with its samples, as Prometheus has them
/// (https://prometheus.io/docs/instrumenting/exposition_formats).
struct Metric {
    struct Sample {
        std::vector<std::pair<std::string, std::string>> labels;  ///< values may be hostile
        std::int64_t value = 0;
        bool operator==(const Sample&) const = default;
    };
    std::string name;  ///< without "ctrlpass_"
    std::string help;
    std::vector<Sample> samples;
    bool operator==(const Metric&) const = default;
};

/// For node_exporter's textfile collector. A metric without samples is left out.
std::string metrics_text(const std::vector<Metric>& metrics);

/// The document of `metrics --json`: the same.
std::string metrics_json(const std::vector<Metric>& metrics);

}  // namespace ctrlpass
