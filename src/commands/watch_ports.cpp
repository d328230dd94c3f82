// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/commands/watch_ports.hpp"

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

#include "src/commands/plug_watch.hpp"

namespace ctrlpass {

namespace {

/// The signals that end a command, as something to wait for beside the events. Those that are
/// ignored (nohup) stay ignored. They stay blocked: the command is about to end.
Result<Descriptor> end_signals() {
    ::sigset_t set;
    ::sigemptyset(&set);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
        struct sigaction action {};
        ::sigaction(signal, nullptr, &action);
        if (action.sa_handler != SIG_IGN) ::sigaddset(&set, signal);
    }
    ::sigprocmask(SIG_BLOCK, &set, nullptr);
    Descriptor signals(::signalfd(-1, &set, SFD_CLOEXEC));
    if (!signals.is_open()) return fail_with_errno("cannot wait for signals", errno);
    return signals;
}

void tell_plugs(const std::vector<Plug>& plugs, const Console& console) {
    for (const Plug& plug : plugs)
        console.print(console.json() ? plug_json(plug) : plug_text(plug, console.style()));
}

/// Everything that has arrived.
Result<> take_all(UdevEvents& events, PlugWatch& watch, const Console& console) {
    while (true) {
        const auto now = PlugWatch::Clock::now();
        const auto event = TRY(events.next(now));
        if (!event) break;
        const auto plugs = TRY(watch.take(*event, now));
        tell_plugs(plugs, console);
    }
    const auto late = TRY(watch.overdue(PlugWatch::Clock::now()));
    tell_plugs(late, console);
    return {};
}

}  // namespace

Result<int> watch_ports(const Console& console) {
    const Root root = TRY(Root::open("/"));
    const Descriptor signals = TRY(end_signals());
    // Before the first look: what comes while it is looked is not missed.
    auto events = TRY(UdevEvents::open("usb", "usb_device"));
    auto watch = TRY(PlugWatch::start([&] { return inspect_host(root); }));
    console.print(console.json() ? waiting_json()
                                 : "Plug a USB device into the port. Ctrl-C ends this.\n");
    while (console.lost() == 0) {
        // Of standard output poll tells, unasked, that nobody reads it any more.
        std::array<pollfd, 3> ready{{{events.descriptor(), POLLIN, 0},
                                     {signals.number(), POLLIN, 0},
                                     {STDOUT_FILENO, 0, 0}}};
        const int timeout = UdevEvents::poll_timeout(watch.deadline());
        if (::poll(ready.data(), ready.size(), timeout) < 0 && errno != EINTR)
            return fail_with_errno("cannot wait for events", errno);
        if (ready[1].revents != 0 || ready[2].revents != 0) break;
        TRY(take_all(events, watch, console));
    }
    return 0;
}

}  // namespace ctrlpass
