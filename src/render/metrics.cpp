// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/render/metrics.hpp"

#include <nlohmann/json.hpp>

#include "src/render/json.hpp"
#include "src/render/text.hpp"

namespace ctrlpass {

using Json = nlohmann::ordered_json;

namespace {

const std::string metric_prefix = "ctrlpass_";

/// Control characters and what is no UTF-8 are escaped as everywhere; then what the format itself
/// wants escaped in a label.
std::string label_text(const std::string& value) {
    std::string text = "\"";
    for (const char character : printable(value)) {
        if (character == '\\' || character == '"') text += '\\';
        text += character;
    }
    return text + "\"";
}

std::string sample_text(const std::string& name, const Metric::Sample& sample) {
    std::string labels;
    for (const auto& [label, value] : sample.labels)
        labels += (labels.empty() ? "" : ",") + label + "=" + label_text(value);
    if (!labels.empty()) labels = "{" + labels + "}";
    return name + labels + " " + std::to_string(sample.value) + "\n";
}

}  // namespace

std::string metrics_text(const std::vector<Metric>& metrics) {
    std::string text;
    for (const Metric& metric : metrics) {
        if (metric.samples.empty()) continue;
        const std::string name = metric_prefix + metric.name;
        text += "# HELP " + name + " " + metric.help + "\n# TYPE " + name + " gauge\n";
        for (const Metric::Sample& sample : metric.samples) text += sample_text(name, sample);
    }
    return text;
}

std::string metrics_json(const std::vector<Metric>& metrics) {
    Json json{{"format", 1}, {"command", "metrics"}, {"metrics", Json::array()}};
    for (const Metric& metric : metrics) {
        Json samples = Json::array();
        for (const Metric::Sample& sample : metric.samples) {
            Json labels = Json::object();
            for (const auto& [label, value] : sample.labels) labels[label] = value;
            samples.push_back({{"labels", labels}, {"value", sample.value}});
        }
        if (!samples.empty())
            json["metrics"].push_back({{"name", metric_prefix + metric.name},
                                       {"help", metric.help},
                                       {"samples", samples}});
    }
    return document_text(json);
}

}  // namespace ctrlpass
