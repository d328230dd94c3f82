# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Helpers for scripts that run inside the lab:  source "$LAB/lib.sh"

# Addresses of the lab's controllers (README.md).
# shellcheck disable=SC2034  # for those who source this
readonly controller_a=0000:01:00.0 controller_b=0000:02:00.0 \
    controller_c1=0000:04:01.0 controller_c2=0000:04:02.0 bridge_c=0000:03:00.0 \
    ehci_d=0000:00:1d.7 pci=/sys/bus/pci

# What a scenario ends of is said: errexit alone is silent, and the output of the command may be in a
# file or behind a pipe. Daemons are started without this descriptor: the end of the run waits for it.
exec 9>&1
missed() {
    [[ $- == *e* ]] || return 0 # in $(…), where a failure ends nothing
    local line
    # The whole of a pipe that is written on several lines.
    line=$(awk -v last="$2" 'NR > last { exit }
        { sub(/^ +/, ""); text = (joins ? text " " : "") $0; joins = /(\||\\|&&)$/ }
        END { print text }' "$1" 2> /dev/null || true)
    printf 'FAIL: %s, line %s: "%s" ended with %s\n' "${1##*/}" "$2" "${line:-$3}" "$4" >&9
}
set -o errtrace
trap 'missed "${BASH_SOURCE[0]}" "$LINENO" "$BASH_COMMAND" "${PIPESTATUS[*]}"' ERR

# A time limit is for what never comes. On a busy host everything takes longer: scripts/lab/run tells
# how many times.
patience=${LAB_PATIENCE:-4}

note() { printf '    %s\n' "$*"; }
step() { printf '%6.1fs %s\n' "$(cut -d' ' -f1 /proc/uptime)" "$*"; }
fail() {
    printf 'FAIL: %s\n' "$*" >&9
    exit 1
}

# wait_for 'COMMAND' SECONDS: until the command succeeds; fails when it has not in that time, which
# is that of an idle host.
wait_for() {
    local deadline=$((SECONDS + $2 * patience))
    until eval "$1" > /dev/null 2>&1; do
        ((SECONDS < deadline)) || return 1
        sleep 0.2
    done
}

driver_of() {
    local link=$pci/devices/$1/driver
    if [[ -e $link ]]; then basename "$(readlink "$link")"; else echo none; fi
}
group_of() { basename "$(readlink "$pci/devices/$1/iommu_group")"; }

# give BDF / take_back BDF: to vfio-pci and back by hand, without ctrlpass.
give() {
    modprobe vfio-pci
    echo vfio-pci > "$pci/devices/$1/driver_override"
    if [[ -e $pci/devices/$1/driver ]]; then echo "$1" > "$pci/devices/$1/driver/unbind"; fi
    echo "$1" > "$pci/drivers/vfio-pci/bind"
}
take_back() {
    echo "$1" > "$pci/drivers/vfio-pci/unbind"
    echo > "$pci/devices/$1/driver_override"
    echo "$1" > "$pci/drivers_probe"
}

# attempt WORD...: one line "what: outcome" for a system call which may block (scripts/lab/attempt).
# Names of devices and of the group are short in it: what stands in $aliases, "TEXT=NAME" each.
aliases=()
attempt() {
    local line="$*" alias
    for alias in "${aliases[@]}"; do line=${line//"${alias%%=*}"/"${alias#*=}"}; done
    line=${line//"$pci/"/}
    line=${line//$'\n'/newline}
    echo "$line: $("$LAB/attempt" "$@")"
}

# same_as_expected ACTUAL EXPECTED: the kernel has the last word; where it speaks otherwise than
# expected, so must the program.
same_as_expected() {
    diff -u --label expected "$2" --label "this kernel" "$1" ||
        fail "the kernel behaves differently from what is expected"
}

# hold BDF [PROPERTY...]: a QEMU that has the device open and does nothing, as a stopped process;
# its id is in $holder.
hold() {
    qemu-system-x86_64 -M q35 -S -nodefaults -display none -m 32 -device pcie-root-port,id=root1 \
        -device "vfio-pci,host=$1,bus=root1${2-}" < /dev/null > /run/lab/holder.log 2>&1 9>&- &
    holder=$!
    wait_for "ls -l /proc/$holder/fd | grep -q anon_inode:.vfio-device" 60 || {
        cat /run/lab/holder.log
        fail "no QEMU holds $1"
    }
    kill -STOP "$holder"
}
release() {
    kill -KILL "$holder"
    wait "$holder" 2> /dev/null || true
}

# machine 'COMMAND': a line for the monitor of the lab's own QEMU, which pulls and plugs hardware:
#   machine 'device_del storageA'      machine 'device_add usb-kbd,id=k2,bus=B.0,port=3'
machine() {
    printf '%s\n' "$1" > "$LAB_MONITOR"
}

# libvirt's configuration and definitions: fresh and empty. Where an ordinary user runs the lab, not
# even root inside can read or replace what is root's alone on the host.
own_libvirt_folder() {
    if mountpoint -q /etc/libvirt; then return; fi
    mkdir -p /etc/libvirt
    mount -t tmpfs -o mode=755 libvirt /etc/libvirt
    mkdir -p /etc/libvirt/qemu
}

start_libvirt() {
    # Everything libvirt writes, for the overlay cannot hold what it does with files (sockets,
    # security labels) and another user would not see root's folders.
    own_libvirt_folder
    mkdir -p /var/lib/libvirt
    mount -t tmpfs libvirt /var/lib/libvirt
    mkdir -p /var/lib/libvirt/qemu /var/log/libvirt/qemu /run/libvirt
    cat > /etc/libvirt/qemu.conf <<'TEXT'
user = "root"
group = "root"
security_driver = "none"
TEXT
    rm -rf /etc/libvirt/qemu/*.xml
    virtlogd -d < /dev/null > /run/lab/virtlogd.log 2>&1 9>&-
    run_libvirtd
}

run_libvirtd() {
    libvirtd -d < /dev/null > /run/lab/libvirtd.log 2>&1 9>&-
    wait_for 'virsh -c qemu:///system version' 90 || {
        cat /run/lab/libvirtd.log
        fail "libvirtd does not answer"
    }
}

restart_libvirt() {
    pkill -x libvirtd
    wait_for '! pgrep -x libvirtd' 20 || fail "libvirtd does not end"
    run_libvirtd
}

# define_guest NAME BOOT-XML MEGABYTES. Its vCPU has the last CPU for itself: the others are not
# enough for all the threads of an emulator inside an emulator, and isolcpus=1 keeps them off it.
define_guest() {
    local last=$(($(getconf _NPROCESSORS_ONLN) - 1))
    cat > "/run/lab/$1.xml" <<XML
<domain type='qemu' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>
  <name>$1</name>
  <memory unit='MiB'>$3</memory>
  <vcpu>1</vcpu>
  <cputune>
    <vcpupin vcpu='0' cpuset='$last'/>
    <emulatorpin cpuset='0'/>
  </cputune>
  <os>
    <type arch='x86_64' machine='q35'>hvm</type>
    $2
  </os>
  <features><acpi/></features>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    <serial type='file'><source path='/run/lab/$1.serial'/></serial>
    <controller type='usb' model='none'/>
    <memballoon model='none'/>
  </devices>
  <qemu:commandline>
    <qemu:arg value='-boot'/>
    <qemu:arg value='strict=off'/>
  </qemu:commandline>
</domain>
XML
    virsh -q define "/run/lab/$1.xml"
}

# make_guest [NAME]: defines a guest without any host device, and with Linux. What it sees on USB
# comes out in /run/lab/NAME.serial: "guest-up", "guest-usb 46f4:0001", "guest-read sda1 TEXT".
make_guest() {
    local command='console=ttyS0 quiet panic=-1 mitigations=off nokaslr usb-storage.delay_use=0'
    define_guest "${1:-win11}" "<kernel>/run/lab/cache/vmlinux</kernel>
    <initrd>/run/lab/cache/nested.img</initrd>
    <cmdline>$command</cmdline>" 256
}

# make_quick_guest [NAME]: without a system. Its firmware boots from a lab disk behind whichever
# controller it is given; the disk's boot sector says "guest-read boot sector of the lab disk".
make_quick_guest() { define_guest "${1:-win11}" '' 32; }

# hostdev_xml BDF: for virsh attach-device.
hostdev_xml() {
    local domain bus slot function
    IFS=':.' read -r domain bus slot function <<< "$1"
    cat <<XML
<hostdev mode='subsystem' type='pci' managed='no'>
  <driver name='vfio'/>
  <source><address domain='0x$domain' bus='0x$bus' slot='0x$slot' function='0x$function'/></source>
</hostdev>
XML
}

# guest_says NAME TEXT SECONDS: waits for a line of the guest's serial port.
guest_says() {
    wait_for "tr -d '\r' < '/run/lab/$1.serial' | grep -q '^$2'" "$3" || {
        tail -n 20 "/run/lab/$1.serial"
        fail "guest $1 did not say '$2' in $3 seconds"
    }
}
