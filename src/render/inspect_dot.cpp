// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/render/inspect_dot.hpp"

#include <algorithm>
#include <set>

namespace ctrlpass {

namespace {

/// In quotes a backslash begins an escape, and labels have entities as in HTML.
std::string quoted_for_dot(const std::string& hostile) {
    std::string text = "\"";
    for (const char character : printable(hostile)) switch (character) {
            case '"':
            case '\\':
                text += '\\';
                text += character;
                break;
            case '&':
                text += "&amp;";
                break;
            case '<':
                text += "&lt;";
                break;
            case '>':
                text += "&gt;";
                break;
            default:
                text += character;
        }
    return text + "\"";
}

using Lines = std::vector<std::string>;

/// Lines of a label, to the left.
std::string label_for_dot(const Lines& lines) {
    std::string text = "\"";
    for (const std::string& line : lines) {
        const std::string quoted = quoted_for_dot(line);
        text += quoted.substr(1, quoted.size() - 2) + "\\l";
    }
    return text + "\"";
}

/// Fill and line.
std::string colors_of(Verdict::Kind kind) {
    switch (kind) {
        case Verdict::free:
            return "fillcolor=\"#dcf1e0\", color=\"#2e7d32\"";
        case Verdict::cost:
            return "fillcolor=\"#fdf2d0\", color=\"#b07d12\"";
        case Verdict::no:
            break;
    }
    return "fillcolor=\"#f9dedc\", color=\"#b3261e\"";
}

class Picture {
  public:
    Picture(const Host& host, const Verdicts& verdicts, const NameOf& name_of)
        : host_(host), verdicts_(verdicts), name_of_(name_of) {}

    std::string draw() {
        std::string state = iommu_line(host_.iommu, Style());
        state.pop_back();
        text_ =
            "digraph host {\n"
            "  graph [rankdir=LR, bgcolor=white, nodesep=0.15, ranksep=0.5, fontname=Helvetica,\n"
            "         fontsize=11, labelloc=t, label=" +
            quoted_for_dot(state) +
            "];\n"
            "  node [shape=box, style=\"rounded,filled\", fillcolor=white, color=\"#9e9e9e\",\n"
            "        fontname=Helvetica, fontsize=10];\n"
            "  edge [dir=none, color=\"#9e9e9e\", fontname=Helvetica, fontsize=9];\n";
        for (const Group& group : host_.groups) draw_group(group);
        for (const Controller& controller : host_.controllers) {
            draw_controller(controller, "  ");
            draw_companions(controller);
            draw_devices(to_string(controller.address), controller.devices);
        }
        return text_ + "}\n";
    }

  private:
    void node(const std::string& id, const Lines& lines, const std::string& more,
              const std::string& indent = "  ") {
        text_ += indent + quoted_for_dot(id) + " [label=" + label_for_dot(lines) +
                 (more.empty() ? "" : ", " + more) + "];\n";
    }
    void edge(const std::string& from, const std::string& to, const std::string& attributes = {}) {
        text_ += "  " + quoted_for_dot(from) + " -> " + quoted_for_dot(to) +
                 (attributes.empty() ? "" : " [" + attributes + "]") + ";\n";
    }

    /// A group with a controller; those without are not what this is about.
    void draw_group(const Group& group) {
        const auto is_controller = [&](const PciAddress& one) { return host_.controller(one); };
        if (std::ranges::none_of(group.functions, is_controller)) return;
        const std::string number = std::to_string(group.number);
        text_ += "  subgraph \"cluster_" + number + "\" {\n    label=\"IOMMU group " + number +
                 "\"; style=\"rounded,dashed\"; color=\"#9e9e9e\"; fontcolor=\"#616161\";\n";
        for (const PciAddress& address : group.functions) {
            const Controller* const controller = host_.controller(address);
            if (controller != nullptr)
                draw_controller(*controller, "    ");
            else
                node(to_string(address), lines_of(address), "fontcolor=\"#616161\"", "    ");
        }
        text_ += "  }\n";
    }

    /// Address, name and driver of a function.
    Lines lines_of(const PciAddress& address, const std::string& type = {}) const {
        Lines lines{to_string(address)};
        const Function* const function = host_.function(address);
        if (function == nullptr) return lines;
        const std::string name = name_of_(function->id);
        if (!name.empty()) lines.push_back(name);
        lines.push_back((type.empty() ? "" : type + ", ") + to_string(function->id) + ", " +
                        function->driver.value_or("no driver"));
        return lines;
    }

    void draw_controller(const Controller& controller, const std::string& indent) {
        const Function* const function = host_.function(controller.address);
        if (function == nullptr || !drawn_.insert(controller.address).second) return;
        Lines lines = lines_of(controller.address, title_of(controller.type));
        const auto found = verdicts_.find(controller.address);
        if (found == verdicts_.end()) return node(lines.front(), lines, "", indent);
        const std::string address = lines.front();
        lines.push_back(verdict_line(*function, found->second));
        Lines messages;
        for (const Finding& finding : found->second.findings) messages.push_back(finding.message);
        node(address, lines,
             colors_of(found->second.kind) + ", penwidth=1.5" +
                 (messages.empty() ? "" : ", tooltip=" + label_for_dot(messages)),
             indent);
    }

    void draw_companions(const Controller& controller) {
        for (const PciAddress& other : controller.companions)
            if (controller.address < other)
                edge(to_string(controller.address), to_string(other),
                     "style=dotted, constraint=false, label=\"same ports\"");
    }

    void draw_devices(const std::string& above, const std::vector<UsbDevice>& devices) {
        for (const UsbDevice& device : devices) {
            Lines lines{to_string(device.id) + (device.hub ? " hub" : "")};
            if (!device.product.empty()) lines.push_back(device.product);
            node(device.port, lines, "");
            edge(above, device.port, "label=" + quoted_for_dot(device.port));
            draw_carried(device);
            draw_devices(device.port, device.devices);
        }
    }

    /// One node for all of them: each is a line or more.
    void draw_carried(const UsbDevice& device) {
        if (device.carries.empty()) return;
        Lines lines;
        for (const Carried& carried : device.carries) {
            const std::string title = title_of(carried.role);
            lines.push_back((title.empty() ? word_of(carried.kind) : title) + " " + carried.name +
                            (carried.detail.empty() ? "" : ": " + carried.detail));
            for (const std::string& use : uses_of(carried)) lines.push_back("    " + use);
        }
        node(device.port + " carries", lines,
             "shape=plaintext, style=\"\", margin=\"0.08,0.02\", height=0.1");
        edge(device.port, device.port + " carries");
    }

    const Host& host_;
    const Verdicts& verdicts_;
    const NameOf& name_of_;
    std::set<PciAddress> drawn_;
    std::string text_;
};

}  // namespace

std::string inspect_dot(const Host& host, const Verdicts& verdicts, const NameOf& name_of) {
    return Picture(host, verdicts, name_of).draw();
}

}  // namespace ctrlpass
