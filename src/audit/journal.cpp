// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/audit/journal.hpp"

#include <sys/uio.h>
#include <syslog.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include "iommu/library.hpp"
#include "src/ledger/state_json.hpp"
#include "src/plan/show_state.hpp"
#include "src/render/text.hpp"

namespace ctrlpass {

namespace {

using Send = decltype(::sd_journal_sendv);

/// Nothing where no journal listens (sd_journal_sendv would say success).
Send* journal() {
    if (::access("/run/systemd/journal/socket", F_OK) != 0) return nullptr;
    const auto library = SharedLibrary::open("libsystemd.so.0");
    if (!library) return nullptr;
    const auto send = library->symbol<Send>("sd_journal_sendv");
    return send ? *send : nullptr;
}

std::string json_text(const State& state) {
    return state_to_json(state).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

/// The first field is the message.
void send_fields(std::vector<std::string> fields, int priority) {
    Send* const send = journal();
    if (send == nullptr) {
        constexpr std::string_view key = "MESSAGE=";
        ::openlog("ctrlpass", LOG_PID, LOG_DAEMON);
        ::syslog(priority, "%s", fields.front().substr(key.size()).c_str());
        return;
    }
    std::vector<struct iovec> parts;
    for (std::string& field : fields) parts.push_back({field.data(), field.size()});
    (void)send(parts.data(), static_cast<int>(parts.size()));
}

}  // namespace

std::vector<std::string> journal_fields(const AuditedChange& change) {
    const Setting& setting = change.change.setting;
    return {
        "MESSAGE=" + printable(change.change.profile + ": " + name_of(setting) + ": " +
                               shown(change.change.before) + " → " + shown(change.change.after) +
                               " (" + change.verb + " by " + change.who + ")"),
        "MESSAGE_ID=" + std::string(audit_message_id),
        "PRIORITY=" + std::to_string(LOG_NOTICE),
        "SYSLOG_IDENTIFIER=ctrlpass",
        "CTRLPASS_PROFILE=" + change.change.profile,
        "CTRLPASS_SETTING=" + name_of(setting),
        "CTRLPASS_BEFORE=" + json_text(change.change.before),
        "CTRLPASS_AFTER=" + json_text(change.change.after),
        "CTRLPASS_VERB=" + change.verb,
        "CTRLPASS_WHO=" + change.who,
        "CTRLPASS_TRANSACTION=" + change.transaction,
    };
}

void tell_journal(const AuditedChange& change) { send_fields(journal_fields(change), LOG_NOTICE); }

void note_in_journal(const std::string& remark) {
    send_fields({"MESSAGE=" + printable(remark), "PRIORITY=" + std::to_string(LOG_WARNING),
                 "SYSLOG_IDENTIFIER=ctrlpass"},
                LOG_WARNING);
}

}  // namespace ctrlpass
