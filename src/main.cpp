// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/commands/commands.hpp"

int main(int count, char** words) { return ctrlpass::run(count, words); }
