// SPDX-License-Identifier: GPL-2.0-or-later
// sys/devices/system of a machine, from a description of tests/cpus.
#include <functional>

#include "iommu/cpu_list.hpp"
#include "tests/support/machine_tree_writer.hpp"

namespace ctrlpass::machine {

namespace {

std::set<unsigned> cpus_of(const std::string& list) {
    const auto cpus = parse_cpu_list(list);
    if (!cpus) give_up("no list of CPUs: " + list);
    return *cpus;
}

using Use = std::function<void(unsigned cpu, const std::string& text)>;

/// What each CPU reads: see VALUES in tests/cpus/README.md.
void for_each_value(const Json& values, const Use& use) {
    if (values.is_array()) {
        for (const auto& list : values)
            for (const unsigned cpu : cpus_of(list)) use(cpu, list.get<std::string>());
        return;
    }
    for (const auto& [text, cpus] : values.items())
        for (const unsigned cpu : cpus_of(cpus))
            use(cpu, text == "alone" ? std::to_string(cpu) : text);
}

std::string home_of(unsigned cpu) {
    return "sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/";
}

void build_cache(const Writer& writer, const Json& cache) {
    const std::string index = "cache/index" + std::to_string(number_of(cache, "index", 0));
    for_each_value(cache.at("shared"), [&](unsigned cpu, const std::string& shared) {
        const std::string home = home_of(cpu) + index;
        writer.file(home + "/level", std::to_string(number_of(cache, "level", 1)) + "\n");
        writer.file(home + "/type", text_of(cache, "type") + "\n");
        writer.file(home + "/size", text_of(cache, "size") + "\n");
        writer.file(home + "/shared_cpu_list", shared + "\n");
    });
}

}  // namespace

void build_cpus(const Writer& writer, const Json& description) {
    const std::string end = flag_of(description, "nul") ? std::string("\n\0", 2) : "\n";
    for (const char* const name :
         {"possible", "present", "online", "offline", "isolated", "nohz_full"})
        if (description.contains(name))
            writer.file(std::string("sys/devices/system/cpu/") + name,
                        text_of(description, name) + "\n");
    const Json nodes = description.value("nodes", Json::object());
    for (const auto& [number, node] : nodes.items()) {
        const std::string home = "sys/devices/system/node/node" + number;
        writer.file(home + "/cpulist", text_of(node, "cpulist") + end);
        writer.file(home + "/distance", text_of(node, "distance") + "\n");
    }
    for (const auto& [path, values] : description.at("cpus").items()) {
        const std::string& file = path;
        const std::string file_end = file.ends_with("_list") ? end : "\n";
        for_each_value(values, [&](unsigned cpu, const std::string& text) {
            writer.file(home_of(cpu) + file, text + file_end);
        });
    }
    for (const auto& cache : description.at("caches")) build_cache(writer, cache);
}

}  // namespace ctrlpass::machine
