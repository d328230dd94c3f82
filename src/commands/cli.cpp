// SPDX-License-Identifier: GPL-2.0-or-later
#include <CLI/CLI.hpp>
#include <array>

#include "iommu/number.hpp"
#include "src/commands/expected.hpp"
#include "src/commands/options.hpp"
#include "src/render/suggest.hpp"
#include "src/render/text.hpp"

namespace ctrlpass {

namespace {

CLI::Validator whole_number(std::int64_t least, std::int64_t most) {
    const auto judge = [least, most](const std::string& text) -> std::string {
        const auto number = number_in<std::int64_t>(text);
        if (number && *number >= least && *number <= most) return "";
        return "'" + text + "' is no whole number from " + std::to_string(least) + " to " +
               std::to_string(most);
    };
    return {judge, ""};
}

CLI::Validator one_of(std::vector<std::string> words) {
    const auto judge = [words = std::move(words)](const std::string& text) -> std::string {
        if (std::ranges::find(words, text) != words.end()) return "";
        return "'" + text + "' is none of " + joined(words);
    };
    return {judge, ""};
}

/// The grammar of the command line, filling `options`.
class Grammar {
  public:
    explicit Grammar(Options& options) : options_(options) {
        app_.require_subcommand(1);
        app_.option_defaults()->disable_flag_override();
        app_.set_version_flag("--version", "ctrlpass " CTRLPASS_VERSION);
        app_.set_help_all_flag("--help-all", "Help of every command");
        reading();
        writing();
    }

    CLI::App& app() { return app_; }

    Color color() const {
        if (color_ == "auto") return Color::automatic;
        return color_ == "always" ? Color::always : Color::never;
    }

  private:
    void reading() {
        auto* const inspect = add(
            Command::inspect, "inspect",
            "The host: controllers, groups, what hangs on each port, what giving it away costs");
        inspect->add_flag("--dot", options_.dot, "The same as a picture for Graphviz")
            ->excludes("--json");
        auto* const where = root(*inspect);
        inspect->add_flag("--watch", options_.watch, "Tell whose port a USB device is plugged into")
            ->excludes("--dot")
            ->excludes(where);

        auto* const init = add(Command::init, "init", "Write a profile to standard output");
        init->add_option("--controller", options_.controller, "Address of the controller")
            ->type_name("ADDRESS");
        auto* const vm = init->add_option("--vm", options_.vm, "The libvirt domain to give it to")
                             ->type_name("NAME");
        init->add_option("--from", options_.from, "Pin this profile anew and keep all else of it")
            ->type_name("PROFILE")
            ->excludes(vm);
        root(*init);

        auto* const check = add(Command::check, "check", "Are the profiles well formed?");
        check->add_option("profile", options_.names, "Profiles: files or names")
            ->required()
            ->type_name("FILE");

        auto* const plan =
            add(Command::plan, "plan", "What apply would change; changes and reserves nothing");
        profiles(*plan)->required();
        plan->add_flag("--exit-code", options_.exit_code, "Exit 4 when there are changes");
        plan->add_option("--as", options_.in_place_of, "Where this one profile is going to be")
            ->type_name("PATH");
        lock_out(*plan);
        root(*plan);
        state(*plan);

        auto* const status = add(Command::status, "status", "What is applied, and is it still so?");
        profiles(*status);
        status->add_flag("--exit-code", options_.exit_code, "Exit 4 when there is drift");
        state(*status);

        auto* const log = add(Command::log, "log", "Who changed what, and when");
        profiles(*log);
        state(*log);

        auto* const metrics =
            add(Command::metrics, "metrics", "The state in numbers, in the format of Prometheus");
        metrics
            ->add_option("--output", options_.output,
                         "Write to this file in one step, for node_exporter's textfile collector")
            ->type_name("FILE");
        root(*metrics);
        state(*metrics);

        auto* const doctor =
            add(Command::doctor, "doctor", "What keeps it from working here, and what mends it");
        profiles(*doctor);
        root(*doctor);
        state(*doctor);

        auto* const capture = add(Command::capture, "capture",
                                  "Copy what ctrlpass reads of this host, for --root elsewhere");
        capture
            ->add_option("directory", options_.directory,
                         "A directory that is new, or empty and yours alone")
            ->required()
            ->type_name("DIR");

        auto* const pin =
            add(Command::pin, "pin", "Place the running guest's interrupts and threads now");
        pin->add_option("profile", options_.names, "Profile: a name or a file")
            ->required()
            ->expected(1)
            ->type_name("NAME");
        pin->add_flag("--follow", options_.follow, "Keep them there until the guest ends")
            ->excludes("--json");
        // What ctrlpass-pin@.service says; for nobody else.
        pin->add_flag("--instance", options_.instance)->group("");
        state(*pin);

        // What libvirt's hook calls; for nobody else.
        auto* const hook = add(Command::hook, "hook", "A guest starts; its definition is read");
        hook->group("");
        hook->add_option("operation", options_.operation)->required()->type_name("OPERATION");
        state(*hook);
    }

    void writing() {
        auto* const apply =
            add(Command::apply, "apply", "Make it so, verify it, or put everything back");
        auto* const apply_profiles = profiles(*apply);
        apply->add_flag("--all", options_.all, "Every profile of /etc/ctrlpass/profiles.d")
            ->excludes(apply_profiles);
        lock_out(*apply)->excludes("--all");
        auto* const boot = apply
                               ->add_flag("--boot", options_.boot,
                                          "At boot: bindings only, of what was applied before")
                               ->needs("--all");
        apply
            ->add_option("--confirm-within", options_.confirm_within,
                         "Put everything back unless it is confirmed in this time")
            ->type_name("SECONDS")
            ->check(whole_number(1, 86400))
            ->excludes(boot);
        deadline(*apply);
        state(*apply);

        auto* const confirm =
            add(Command::confirm, "confirm", "Keep what apply --confirm-within did");
        auto* const confirm_profiles = profiles(*confirm);
        confirm
            ->add_flag("--boot", options_.boot,
                       "This boot came to its end: apply the same at the next")
            ->excludes(confirm_profiles);
        deadline(*confirm);
        state(*confirm);

        auto* const rollback =
            add(Command::rollback, "rollback", "Back to the recorded first states");
        auto* const rollback_profiles = profiles(*rollback);
        rollback->add_flag("--all", options_.all, "Everything that is applied")
            ->excludes(rollback_profiles);
        rollback
            ->add_flag("--unfinished", options_.unfinished,
                       "Only what an interrupted command left: undo it or finish it")
            ->excludes(rollback_profiles)
            ->excludes("--all");
        rollback->add_flag("--dry-run", options_.dry_run, "Only tell what would change")
            ->excludes("--unfinished");
        deadline(*rollback);
        state(*rollback);
        // What the armed way back of an apply says; for nobody else.
        auto* const unconfirmed = rollback->add_option("--unconfirmed", options_.unconfirmed)
                                      ->group("")
                                      ->excludes(rollback_profiles)
                                      ->excludes("--all");
        rollback->add_option("--after", options_.after)
            ->group("")
            ->needs(unconfirmed)
            ->check(CLI::Range(std::int64_t{0}, std::int64_t{86400}).description(""));
    }

    CLI::App* add(Command command, const std::string& name, const std::string& about) {
        auto* const sub = app_.add_subcommand(name, about);
        sub->callback([this, command] { options_.command = command; });
        sub->add_flag("--json", options_.json, "The same as one JSON document");
        sub->add_option("--color", color_, "auto (default), always or never")
            ->type_name("WHEN")
            ->check(one_of({"auto", "always", "never"}));
        return sub;
    }

    CLI::Option* profiles(CLI::App& sub) {
        return sub.add_option("profile", options_.names, "Profiles: names or files")
            ->type_name("NAME");
    }
    CLI::Option* lock_out(CLI::App& sub) {
        return sub.add_flag("--i-may-lock-myself-out", options_.may_lock_out,
                            "Go on although the root disk or the last way in is lost");
    }
    CLI::Option* root(CLI::App& sub) {
        return sub.add_option("--root", options_.root, "Read the host below this directory")
            ->type_name("DIR");
    }
    void deadline(CLI::App& sub) {
        sub.add_option("--deadline", options_.deadline,
                       "How long a write to the kernel may take (30); with --boot, everything")
            ->type_name("SECONDS")
            ->check(whole_number(1, 3600));
    }
    void state(CLI::App& sub) {
        sub.add_option("--state", options_.state, "Where the ledger is (/var/lib/ctrlpass)")
            ->type_name("DIR");
    }

    Options& options_;
    std::string color_ = "auto";
    CLI::App app_{"Gives USB controllers to virtual machines and takes them back.", "ctrlpass"};
};

std::unexpected<Error> usage(std::string what, std::string hint) {
    return fail(std::move(what), {}, std::move(hint), Trouble::bad_input);
}

const CLI::App& chosen(const CLI::App& app) {
    const auto subcommands = app.get_subcommands();
    return subcommands.empty() ? app : *subcommands.front();
}

/// What could have stood there: the options of the command, or the commands.
std::vector<std::string> known_words(const CLI::App& app, const std::string& written) {
    std::vector<std::string> known;
    if (written.starts_with("-")) {
        for (const CLI::Option* const option : app.get_options())
            if (!option->get_group().empty())
                for (const auto& name : option->get_lnames()) known.push_back("--" + name);
    } else {
        for (const CLI::App* const sub : app.get_subcommands(nullptr))
            if (!sub->get_group().empty()) known.push_back(sub->get_name());
    }
    return known;
}

std::unexpected<Error> unknown_word(const CLI::App& app, const std::string& written) {
    const CLI::App& command = chosen(app);
    const auto words = known_words(command, written);
    const std::vector<std::string_view> known(words.begin(), words.end());
    const bool is_command = &command == &app && !written.starts_with("-");
    const std::string kind = written.starts_with("-") ? "option" : is_command ? "command" : "word";
    const std::string hint = known.empty() ? "See:\n    ctrlpass " + command.get_name() + " --help"
                                           : suggestion(written, known);
    return usage("unknown " + kind + " '" + printable(written) + "'", hint);
}

/// What CLI11 found, in our words.
std::string reason_of(const CLI::App& command, const CLI::ParseError& error) {
    std::string what = error.what();
    const std::string subject = what.substr(0, what.find_first_of(": "));
    if (dynamic_cast<const CLI::RequiredError*>(&error) != nullptr)
        return "no " + (subject == "A" ? "command" : subject) + " is named";
    if (dynamic_cast<const CLI::ExcludesError*>(&error) != nullptr)
        return subject + " cannot go with " + what.substr(what.rfind(' ') + 1);
    if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr) {
        if (what.ends_with("flag override")) return "--" + subject + " takes no value";
        if (!what.ends_with("missing")) return subject + " is given twice";
        return subject + " needs " + command.get_option(subject)->get_type_name();
    }
    return what;
}

std::unexpected<Error> explain(const CLI::App& app, const CLI::ParseError& error,
                               const std::vector<std::string>& words) {
    const auto rest = app.remaining(true);
    if (!rest.empty()) return unknown_word(app, rest.front());
    // Without a command, the first word was meant as one.
    if (app.get_subcommands().empty() && !words.empty()) return unknown_word(app, words.front());
    const CLI::App& command = chosen(app);
    const std::string name = &command == &app ? "" : command.get_name() + " ";
    return usage(reason_of(command, error), "See:\n    ctrlpass " + name + "--help");
}

/// An option that was given without anything in it means nothing, least of all its absence.
std::string empty_option(const CLI::App& command) {
    for (const CLI::Option* const option : command.get_options())
        for (const std::string& value : option->results())
            if (value.empty()) return option->get_name() + " needs " + option->get_type_name();
    return {};
}

OptionWords words_of(const CLI::Option& option) {
    OptionWords words;
    for (const std::string& name : option.get_lnames()) words.names.push_back("--" + name);
    words.about = option.get_description();
    if (option.get_items_expected_max() > 0) words.value = option.get_type_name();
    return words;
}

CommandWords words_of(const CLI::App& command) {
    CommandWords words{command.get_name(), command.get_description(), {}, {}, false};
    for (const CLI::Option* const option : command.get_options()) {
        if (option->get_group().empty()) continue;
        if (!option->get_positional()) words.options.push_back(words_of(*option));
        if (!option->get_positional()) continue;
        words.argument = option->get_type_name();
        words.several = option->get_items_expected_max() > 1;
    }
    return words;
}

bool names_controller(const Options& options) {
    return options.command != Command::init || !options.controller.empty() || !options.from.empty();
}

bool names_or_all(const Options& options) {
    const bool needs = options.command == Command::apply || options.command == Command::rollback;
    return !needs || options.all || options.unfinished || !options.names.empty() ||
           !options.unconfirmed.empty();
}

}  // namespace

std::vector<CommandWords> command_words() {
    Options options;
    Grammar grammar(options);
    std::vector<CommandWords> all{words_of(grammar.app())};
    all.front().name.clear();
    for (const CLI::App* const command : grammar.app().get_subcommands(nullptr))
        if (!command->get_group().empty()) all.push_back(words_of(*command));
    return all;
}

Result<CommandLine> parse_command_line(int count, const char* const* words) {
    CommandLine line;
    Grammar grammar(line.options);
    const std::vector<std::string> given(words + (count > 0 ? 1 : 0), words + count);
    // What shells ask for; its words follow no grammar yet.
    if (!given.empty() && given.front() == "complete") {
        line.options.command = Command::complete;
        line.options.names.assign(given.begin() + 1, given.end());
        return line;
    }
    try {
        std::vector<std::string> reversed(given.rbegin(), given.rend());
        grammar.app().parse(std::move(reversed));
    } catch (const CLI::CallForVersion&) {
        line.text = grammar.app().version() + "\n";
        return line;
    } catch (const CLI::CallForHelp&) {
        const CLI::App& command = chosen(grammar.app());
        line.text = command.help(&command == &grammar.app() ? "" : "ctrlpass");
        return line;
    } catch (const CLI::CallForAllHelp&) {
        line.text = grammar.app().help("", CLI::AppFormatMode::All);
        return line;
    } catch (const CLI::ParseError& error) {
        return explain(grammar.app(), error, given);
    }
    if (const auto reason = empty_option(chosen(grammar.app())); !reason.empty())
        return usage(reason, "See:\n    ctrlpass " + chosen(grammar.app()).get_name() + " --help");
    line.options.color = grammar.color();
    if (!names_controller(line.options))
        return usage("no controller is named", "Name one by --controller, or a profile by --from.");
    if (!names_or_all(line.options)) return usage("no profile is named", "Name one, or say --all.");
    return line;
}

int exit_code_of(const Error& error) {
    switch (error.trouble) {
        case Trouble::bad_input:
            return exit_code::bad_input;
        case Trouble::stuck:
        case Trouble::unrecoverable:
            return exit_code::stuck;
        case Trouble::locked:
            return exit_code::locked;
        case Trouble::failed:
        case Trouble::missing:
        case Trouble::denied:
        case Trouble::outdated:
            break;
    }
    return exit_code::failed;
}

}  // namespace ctrlpass
