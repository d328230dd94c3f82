# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Which profiles are applied, for when the program is gone: their ledgers are read as
# src/ledger/fold.cpp would. Doubt counts as applied.

# is_torn TEXT: what a crash leaves of a record.
is_torn() {
    case $1 in '{"record":"'*) return 0 ;; esac
    # shellcheck disable=SC2194  # the pattern is what varies
    case '{"record":"' in "$1"*) return 0 ;; esac
    return 1
}

# is_settled LEDGER: nothing is applied and nothing is unfinished.
is_settled() {
    [ -f "$1" ] && [ ! -L "$1" ] || return 1
    whole=$(wc -l < "$1") || return 1
    is_torn "$(tail -n "+$((whole + 1))" "$1" | tr -d '\000')" || return 1
    awk -v whole="$whole" '
        NR > whole { next }
        /^\{"record":"begin","format":1,"verb":"(apply|rollback)",.*\}$/ {
            open = 1
            rollback = /^\{"record":"begin","format":1,"verb":"rollback",/
            next
        }
        /^\{"record":"commit"(,.*)?\}$/ { if (open) kept = 1; open = 0; next }
        /^\{"record":"restored"(,.*)?\}$/ { if (open && rollback) kept = 0; open = 0; next }
        /^\{"record":"boot-complete"\}$/ { if (NR > 1) next }
        /^\{"record":"(definition|hold|intent|done|waiting)",.*\}$/ { if (NR > 1) next }
        { doubt = 1 }
        END { exit kept || open || doubt || NR < whole }' "$1"
}

# applied STATE: the profiles with something applied, each with a space before it.
applied() {
    # Not where ctrlpass would have put it, so not known to be empty.
    if [ -L "$1" ] || [ -L "$1/ledger" ]; then printf ' %s' "$1"; fi
    for ledger in "$1"/ledger/*.jsonl; do
        [ -e "$ledger" ] || [ -L "$ledger" ] || continue
        is_settled "$ledger" || printf ' %s' "$(basename "$ledger" .jsonl)"
    done
}
