# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0-or-later
# Lab machines side by side, reached by ssh:  source boot.sh; prepare; boot one; boot two; await one…
# The caller has $checkout, and $work, a folder of its own; lab_options are for scripts/lab/run.

fail() { echo "FAIL: $*"; exit 1; }
# What ends the run is said: errexit alone is silent.
set -o errtrace
trap '[[ $- != *e* ]] || echo "FAIL: ${BASH_SOURCE[0]##*/}, line $LINENO: \"$BASH_COMMAND\" ended with ${PIPESTATUS[*]}" >&2' ERR
# Time limits are for what never comes, and a host may be busy: scripts/lab/run.
patience=${LAB_PATIENCE:-4}
step() { printf '%4ds %s\n' "$SECONDS" "$*"; }

lab_options=(--memory 1G --cpus 1)
declare -A port_of lab_of

# Unpacked, not installed: the package would start a server on this machine.
fetch_sshd() {
    (
        cd "$work" || exit
        apt-get download -qq -o APT::Sandbox::User=root -o Acquire::http::Timeout=30 \
            openssh-server libwrap0
        for package in ./*.deb; do dpkg -x "$package" .; done
        rm ./*.deb
    )
}

# A key for the run, the hosts' file that Ansible gets, and a configuration of ssh.
prepare() {
    fetch_sshd
    ssh-keygen -q -t ed25519 -N '' -f "$work/user"
    echo '[lab]' > "$work/inventory"
    cat > "$work/ssh_config" <<TEXT
Host *
  User root
  IdentityFile $work/user
  IdentitiesOnly yes
  UserKnownHostsFile $work/known_hosts
  StrictHostKeyChecking yes
  ControlPath $work/control-%C
TEXT
}

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# boot NAME: in the background, with an id and a key of its own.
boot() {
    local name=$1 port
    port=$(free_port)
    port_of[$name]=$port
    ssh-keygen -q -t ed25519 -N '' -f "$work/$name.key"
    tr -d - < /proc/sys/kernel/random/uuid > "$work/$name.id"
    echo "[127.0.0.1]:$port $(cut -d' ' -f1,2 "$work/$name.key.pub")" >> "$work/known_hosts"
    echo "$name ansible_host=127.0.0.1 ansible_port=$port ansible_user=root" >> "$work/inventory"
    "$checkout/scripts/lab/run" "${lab_options[@]}" --timeout 600 --keep "$work" \
        --env MACHINE="$name" --env SSH="$work" \
        --qemu -netdev --qemu "user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:$port-:22" \
        --qemu -device --qemu virtio-net-pci,netdev=net,addr=0x13 \
        "$checkout/tests/ansible/machine" > "$work/$name.log" 2>&1 &
    lab_of[$name]=$!
}

# on NAME COMMAND: by a connection of its own, kept open, for each takes seconds to make.
on() { own_ssh "$1" "$2"; }
hang_up() { own_ssh "$1" -O exit 2> /dev/null || true; }
own_ssh() {
    ssh -F "$work/ssh_config" -o ConnectTimeout=$((20 * patience)) -o ControlMaster=auto -o ControlPersist=100 \
        -o ControlPath="$work/on-%C" -p "${port_of[$1]}" 127.0.0.1 "${@:2}"
}

# await NAME: until it can be reached anew.
await() {
    hang_up "$1"
    local deadline=$((SECONDS + 180 * patience))
    until on "$1" true 2> /dev/null; do
        if ! kill -0 "${lab_of[$1]}" 2> /dev/null || ((SECONDS >= deadline)); then
            cat "$work/$1.log"
            fail "$1 cannot be reached"
        fi
        sleep 0.5
    done
}

# end NAME...: they end well.
end() {
    local name
    for name; do on "$name" 'touch /run/lab/end'; done
    for name; do
        wait "${lab_of[$name]}" || { cat "$work/$name.log"; fail "$name ended with $?"; }
    done
}

work=$(mktemp -d)
clean_up() {
    local name
    for name in "${!lab_of[@]}"; do kill "${lab_of[$name]}" 2> /dev/null || true; done
    wait
    rm -rf "$work"
}
trap clean_up EXIT

export ANSIBLE_CONFIG=$checkout/scripts/ansible/ansible.cfg ANSIBLE_HOME=$work/ansible \
    ANSIBLE_CALLBACK_PLUGINS=$here/callback_plugins ANSIBLE_CALLBACKS_ENABLED=results \
    ANSIBLE_PYTHON_INTERPRETER=/usr/bin/python3 ANSIBLE_PIPELINING=true ANSIBLE_TIMEOUT=$((20 * patience)) ANSIBLE_NOCOLOR=true \
    ANSIBLE_SSH_ARGS="-F $work/ssh_config -o ControlMaster=auto -o ControlPersist=60s" \
    PYTHONDONTWRITEBYTECODE=1

# play NAME STATUS OPTION...: keeps the results and holds ansible-playbook to its status.
play() {
    local name=$1 wanted=$2 status=0
    shift 2
    step "ansible-playbook: $name"
    RESULTS=$work/$name.results timeout $((300 * patience)) ansible-playbook -i "$work/inventory" "$@" \
        > "$work/output" 2>&1 || status=$?
    ((status == wanted)) || { cat "$work/output"; fail "$name ended with $status, not $wanted"; }
}
# holds EXPRESSION...: of the results so far, see check-results.
holds() { "$here/check-results" "$work" "$@" || { cat "$work/output"; fail "$*"; }; }

# has HOST COMMAND: succeeds there.
has() { on "$1" "$2" || fail "on $1: $2"; }
