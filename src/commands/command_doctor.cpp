// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/commands/commands.hpp"
#include "src/commands/examine.hpp"
#include "src/render/doctor.hpp"
#include "src/render/render_json.hpp"

namespace ctrlpass {

namespace {

/// A question, not work: whoever does not answer in this time is told.
constexpr std::chrono::seconds patience{10};

}  // namespace

Result<int> run_doctor(const Options& options, const Console& console) {
    const Root root = TRY(Root::open(options.root));
    GuestHosts guests([](const std::string& uri) { return open_libvirt(uri, patience); });
    const Symptoms symptoms = TRY(examine(root, options, guests));
    const Diagnosis diagnosis = diagnose(symptoms);
    console.print(console.json() ? doctor_json(diagnosis)
                                 : doctor_text(diagnosis, console.style()));
    if (diagnosis.stops()) return exit_code::refused;
    return diagnosis.warns() ? exit_code::changes : exit_code::done;
}

}  // namespace ctrlpass
