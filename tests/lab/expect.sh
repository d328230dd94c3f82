# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What the lab scenarios say about ctrlpass.
# shellcheck source-path=SCRIPTDIR source=../../scripts/lab/lib.sh
source "$LAB/lib.sh"

# Before anything is compared: the host's own definitions are none of the lab's.
own_libvirt_folder

# Where the tests of this run keep profiles, ledgers and output: a tmpfs.
work=$(mktemp -d)
ctrlpass=$(realpath "$LAB/../../build/release/ctrlpass")
export PATH=${ctrlpass%/*}:$PATH
# shellcheck disable=SC2034  # for those who source this
state=$work/state

# expect STATUS COMMAND...: runs it, shows what it said, and fails on another exit status.
expect() {
    local wanted=$1 status=0
    shift
    "$@" > "$work/output" 2>&1 || status=$?
    sed 's/^/    | /' "$work/output"
    ((status == wanted)) || fail "'$*' exited $status, not $wanted"
}

# says TEXT: the last output has it.
says() { grep -qF -- "$1" "$work/output" || fail "the output does not say '$1'"; }

# A controller's profile as ctrlpass init writes it.
profile_for() {
    local name=$1 address=$2
    shift 2
    mkdir -p "$work/profiles"
    "$ctrlpass" init --controller "$address" "$@" > "$work/profiles/$name.toml"
    echo "$work/profiles/$name.toml"
}

# QEMU's UHCI and EHCI, and what sits behind its bridge, know no reset: a whole profile's consent.
without_reset() { sed -i 's/^format = 1$/&\nallow = ["no-reset"]/' "$1"; }

# Drivers and overrides of every function, and every domain's definition.
snapshot() {
    local function
    for function in "$pci"/devices/*; do
        echo "${function##*/} $(driver_of "${function##*/}") $(cat "$function/driver_override")"
    done
    local definition
    for definition in /etc/libvirt/qemu/*.xml; do
        [[ -e $definition ]] && cat "$definition"
    done
    return 0
}

# same_as FILE WHAT: the machine is as it was when the snapshot was taken.
same_as() {
    snapshot > "$work/now"
    diff "$1" "$work/now" || fail "$2: the machine is not as it was"
}
