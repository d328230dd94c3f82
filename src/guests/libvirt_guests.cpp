// SPDX-License-Identifier: GPL-2.0-or-later
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include "src/guests/guests.hpp"
#include "src/guests/libvirt_events.hpp"
#include "src/guests/libvirt_pins.hpp"
#include "src/guests/libvirt_session.hpp"

namespace ctrlpass {

namespace {

/// Runs the job in a thread of its own and waits no longer than the deadline. libvirt may wait for
/// ever for a daemon that hangs, and nothing can interrupt that call: the thread is then left
/// behind, owning all that it works on, until the process ends. That is soon, since ctrlpass is
/// one-shot, and no lock of ours is held by it. A child process would cost a protocol.
template <typename T>
Result<T> within(std::chrono::milliseconds deadline, std::function<Result<T>()> job) {
    std::packaged_task<Result<T>()> task(std::move(job));
    auto outcome = task.get_future();
    std::thread thread(std::move(task));
    if (outcome.wait_for(deadline) == std::future_status::ready) {
        thread.join();
        return outcome.get();
    }
    thread.detach();
    return fail("cannot reach libvirt",
                "no answer within " + std::to_string(deadline.count()) + " ms",
                "Is its daemon at work?\n    systemctl status libvirtd virtqemud", Trouble::stuck);
}

class LibvirtGuests final : public GuestHost {
  public:
    LibvirtGuests(LibvirtSession session, std::unique_ptr<LibvirtEvents> events,
                  std::chrono::milliseconds deadline)
        : session_(std::move(session)), events_(std::move(events)), deadline_(deadline) {}
    LibvirtGuests(const LibvirtGuests&) = delete;
    LibvirtGuests& operator=(const LibvirtGuests&) = delete;
    ~LibvirtGuests() override {
        const auto closed =
            ask<void>([](const LibvirtSession& session) { return close_session(session); });
        // A call that is still under way needs the event loop.
        if (stuck_) static_cast<void>(events_.release());
    }

    Result<std::vector<Domain>> domains() override {
        return ask<std::vector<Domain>>(list_domains);
    }
    Result<std::string> version() override { return ask<std::string>(read_version); }
    Result<std::optional<std::string>> hostdev(const DomainRef& domain,
                                               const PciAddress& address) override {
        return ask<std::optional<std::string>>(
            [=](const LibvirtSession& session) { return read_hostdev(session, domain, address); });
    }
    Result<> set_hostdev(const DomainRef& domain, const PciAddress& address,
                         const std::optional<std::string>& xml) override {
        return ask<void>([=](const LibvirtSession& session) {
            return write_hostdev(session, domain, address, xml);
        });
    }
    Result<std::optional<CpuSet>> pin(const DomainRef& domain, const GuestThread& thread) override {
        return ask<std::optional<CpuSet>>(
            [=](const LibvirtSession& session) { return read_pin(session, domain, thread); });
    }
    Result<> set_pin(const DomainRef& domain, const GuestThread& thread,
                     const std::optional<CpuSet>& cpus) override {
        return ask<void>([=](const LibvirtSession& session) {
            return write_pin(session, domain, thread, cpus);
        });
    }
    Result<std::string> definition(const DomainRef& domain) override {
        return ask<std::string>(
            [=](const LibvirtSession& session) { return read_definition(session, domain); });
    }
    Result<> tidy(const DomainRef& domain, const std::string& original) override {
        return ask<void>([=](const LibvirtSession& session) {
            return tidy_definition(session, domain, original);
        });
    }

  private:
    /// The question must own what it needs: it may outlive this object.
    template <typename T>
    Result<T> ask(std::function<Result<T>(const LibvirtSession&)> question) {
        if (stuck_) return std::unexpected(*stuck_);
        auto answer = within<T>(deadline_, [session = session_, question = std::move(question)] {
            return question(session);
        });
        if (!answer && answer.error().trouble == Trouble::stuck) stuck_ = answer.error();
        return answer;
    }

    LibvirtSession session_;
    std::unique_ptr<LibvirtEvents> events_;
    std::chrono::milliseconds deadline_;
    std::optional<Error> stuck_;
};

}  // namespace

Result<std::unique_ptr<GuestHost>> open_libvirt(const std::string& uri,
                                                std::chrono::milliseconds deadline) {
    if (!is_local_uri(uri))
        return fail("cannot use libvirt at " + uri, "it is not of this host",
                    "ctrlpass works on the host that has the controllers: run it there.",
                    Trouble::bad_input);
    const auto api = TRY(LibvirtApi::load());
    auto events = TRY(LibvirtEvents::start(api, uri));
    auto session = within<LibvirtSession>(deadline, [=] { return open_session(api, uri); });
    if (!session) {
        if (session.error().trouble == Trouble::stuck) static_cast<void>(events.release());
        return std::unexpected(session.error());
    }
    return std::make_unique<LibvirtGuests>(std::move(*session), std::move(events), deadline);
}

}  // namespace ctrlpass
