#!/usr/bin/env bash
# Runs python.py on a local cloud of its own. Needs pip's registry, for Google's
# libraries.
#
#   tests/tools/python.sh [API ...]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d)
# Before the environment of the local cloud, which has no registry.
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet install -r "$here/requirements.txt"
# shellcheck source=tests/tools/cloud.sh
. "$here/cloud.sh"
"$folder/venv/bin/python" "$here/python.py" "$@"
