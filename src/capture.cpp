// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/capture.hpp"
namespace ctrlpass { Result<> capture(const Root&, const std::string&) { return {}; } }
