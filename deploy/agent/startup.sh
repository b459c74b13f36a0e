#!/bin/sh
# Startup script of a job machine: installs the agent and starts it.
#
# Unverified on real Google Cloud. Metadata attributes that it reads:
#   groundcrew-agent-object  the agent's binary, gs://BUCKET/OBJECT
#   groundcrew-agent-sha256  its digest, 64 hexadecimal digits
# The machine's account needs storage.objects.get on that object.
#
# It runs at every boot. That is safe: a command that was started once is not
# started again, which the agent sees by its mark in /var/lib/groundcrew.
#
# Where it fails, it says why on the serial port, as Google's guest agent logs
# there what this script writes, and powers the machine off.
#
# Variables, for tests: GROUNDCREW_ROOT, before every path; GROUNDCREW_PREPARATION.
set -eu

METADATA=http://metadata.google.internal/computeMetadata/v1
ROOT=${GROUNDCREW_ROOT:-}
STATE=$ROOT/var/lib/groundcrew
AGENT=$STATE/agent
# Seconds until the agent must have been started: longer than a fresh grant takes
# to work (2 to 7 minutes), shorter than groundcrew waits for the agent.
PREPARATION=${GROUNDCREW_PREPARATION:-480}
DEADLINE=$(($(date +%s) + PREPARATION))

say() {
    echo "groundcrew: $*" >&2
}

fail() {
    say "$*"
    exit 1
}

power_off_if_failed() {
    status=$?
    if [ "$status" -ne 0 ]; then
        say "the machine could not be prepared (status $status): powering off"
        poweroff
    fi
}

seconds_left() {
    left=$((DEADLINE - $(date +%s)))
    echo $((left > 1 ? left : 1))
}

# Repeats what is refused, too: permissions that were just granted answer 403, and
# 404, for minutes.
fetch() {
    curl --silent --show-error --fail --retry 1000 --retry-all-errors --retry-delay 5 \
        --retry-max-time "$(seconds_left)" --max-time 60 "$@"
}

metadata() {
    fetch --header 'Metadata-Flavor: Google' "$METADATA/$1"
}

# The value of a string field of a flat JSON object on standard input.
field() {
    sed -n "s/.*\"$1\" *: *\"\([^\"]*\)\".*/\1/p"
}

# Everything but letters, digits, '-', '_', '.' and '~', as %XX.
encoded() {
    printf '%s' "$1" | od -An -v -tx1 | tr -d ' \n' | sed 's/../%&/g'
}

install_agent() {
    object=$(metadata instance/attributes/groundcrew-agent-object)
    sha256=$(metadata instance/attributes/groundcrew-agent-sha256)
    case $object in
        gs://?*/?*) ;;
        *) fail "groundcrew-agent-object is not gs://BUCKET/OBJECT: $object" ;;
    esac
    if echo "$sha256  $AGENT" | sha256sum --check --status 2>/dev/null; then
        return
    fi
    path=${object#gs://}
    bucket=${path%%/*}
    name=$(encoded "${path#*/}")
    token=$(metadata instance/service-accounts/default/token | field access_token)
    # The token goes in by standard input: arguments can be read by others.
    printf 'header = "Authorization: Bearer %s"\n' "$token" |
        fetch --config - --output "$AGENT.new" \
            "https://storage.googleapis.com/storage/v1/b/$bucket/o/$name?alt=media" ||
        fail "$object cannot be read: may the machine's account read it, and is it there?"
    if ! echo "$sha256  $AGENT.new" | sha256sum --check --status; then
        rm -f "$AGENT.new"
        fail "$object does not have the digest $sha256"
    fi
    chmod 0755 "$AGENT.new"
    mv "$AGENT.new" "$AGENT"
}

# PCI class 0x03: display controllers. NVIDIA's vendor number is 0x10de.
has_gpu() {
    for device in "$ROOT"/sys/bus/pci/devices/*; do
        if grep -qs 0x10de "$device/vendor" && grep -qs '^0x03' "$device/class"; then
            return 0
        fi
    done
    return 1
}

# Sets UNREADY if no driver answers in time: the agent then fails the job with it.
wait_for_gpu() {
    until nvidia-smi >/dev/null 2>&1; do
        if [ "$(date +%s)" -ge "$DEADLINE" ]; then
            UNREADY="the NVIDIA driver did not answer within $PREPARATION s of the first boot (nvidia-smi): the image has none, or it does not fit the GPU"
            say "$UNREADY"
            return
        fi
        sleep 5
    done
}

# ExecStop: the agent believes SIGTERM only while the system is stopping, as the
# job's command can send it, too.
# OOMPolicy, OOMScoreAdjust: when memory runs out, the command is killed, and the
# agent lives to record that.
# FailureAction: a machine whose agent died does no work, and is paid for until it
# is off. It is known to be down at once, from the audit log.
# KillMode=mixed: SIGTERM goes to the agent only, which passes it on; what is
# left after TimeoutStopSec is killed. That time lies above the agent's 25
# seconds of grace and 3 for the log. After=docker.service: units stop in the
# reverse order, so that a job's containers outlive the agent's last look.
write_unit() {
    cat >"$ROOT/etc/systemd/system/groundcrew-agent.service" <<UNIT
[Unit]
Description=groundcrew agent
Wants=network-online.target
After=network-online.target docker.service
FailureAction=poweroff

[Service]
ExecStart=$AGENT
ExecStop=/bin/sh -c 'if [ "\$\$(systemctl is-system-running)" = stopping ]; then mkdir -p /run/groundcrew && touch /run/groundcrew/shutdown; fi'
OOMPolicy=continue
OOMScoreAdjust=-900
Environment=HOME=/root
Environment=GROUNDCREW_STATE=$STATE
Environment="GROUNDCREW_UNREADY=$UNREADY"
WorkingDirectory=/root
KillMode=mixed
TimeoutStopSec=40
Restart=no
StandardError=journal+console
UNIT
}

trap power_off_if_failed EXIT
UNREADY=
mkdir -p "$STATE"
install_agent
if has_gpu; then
    wait_for_gpu
fi
write_unit
systemctl daemon-reload
systemctl start --no-block groundcrew-agent.service
