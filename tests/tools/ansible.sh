#!/usr/bin/env bash
# Runs ansible.yaml on a local cloud of its own, and prints a line for each call.
# Needs pip's registry, for Ansible.
#
#   tests/tools/ansible.sh
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d)
# Before the environment of the local cloud, which has no registry.
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet install -r "$here/ansible/requirements.txt"
# shellcheck source=tests/tools/cloud.sh
. "$here/cloud.sh"
export GCP_AUTH_KIND=application GCP_PROJECT=demo-project
export ANSIBLE_HOME=$folder/ansible ANSIBLE_NOCOLOR=1 ANSIBLE_LOCALHOST_WARNING=0
cd "$folder"
timeout 900 "$folder/venv/bin/ansible-playbook" "$here/ansible.yaml" |
    sed -nE 's/^(ok|changed): .*\(item=(.*)\)$/works  \2/p; s/^failed: .*\(item=([^)]*)\) => (.*)/FAILED \1 \2/p'
