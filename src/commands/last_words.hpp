// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

/// What the process says where an exception cannot be handled any more: there is no memory even to
/// unwind, or a destructor throws. Then it ends with an exit code all the same, not by a signal.
/// Everything is prepared, for nothing can be allocated then.
namespace ctrlpass::last_words {

/// With `--json`: the document that takes the place of the command's own.
void set_document(const std::string& json);
/// Something has been printed: there is no document behind it.
void drop_document();
/// The exit code, and the transaction that is open, if any.
void set_code(int code);
void set_transaction(const std::string& id);

}  // namespace ctrlpass::last_words
