// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/commands/log_error.hpp"

#include <syslog.h>

#include "iommu/lines.hpp"
#include "src/render/text.hpp"

namespace ctrlpass {

std::string on_one_line(const std::string& hint) {
    std::string text;
    for (const std::string& word : words_of(hint)) text += (text.empty() ? "" : " ") + word;
    return text;
}

void log_error(const Error& error) {
    const std::string where = error.where.empty() ? "" : ": " + error.where;
    const std::string hint = error.hint.empty() ? "" : ". " + on_one_line(error.hint);
    ::openlog("ctrlpass", LOG_PERROR, LOG_DAEMON);
    ::syslog(LOG_ERR, "%s", printable(error.what + where + hint).c_str());
}

}  // namespace ctrlpass
