#!/usr/bin/env bash
# Runs gce.py on a local cloud of its own. Needs pip's registry, for
# libcloud.
#
#   tests/tools/libcloud.sh
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d)
# Before the environment of the local cloud, which has no registry.
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet install -r "$here/libcloud/requirements.txt"
# shellcheck source=tests/tools/cloud.sh
. "$here/cloud.sh"
timeout 600 "$folder/venv/bin/python" "$here/gce.py"
