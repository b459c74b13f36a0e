#!/usr/bin/env bash
# Runs python.py on a local cloud of its own. Needs pip's registry, for Google's
# libraries.
#
#   tests/tools/python.sh [API ...]
set -euo pipefail
# shellcheck source=tests/tools/cloud.sh
. "$(dirname "$0")/cloud.sh"
python3 -m venv "$folder/venv"
# The registry is not one of Google's names.
env -u HTTPS_PROXY -u https_proxy -u SSL_CERT_FILE -u REQUESTS_CA_BUNDLE \
    "$folder/venv/bin/pip" --quiet install -r "$here/requirements.txt"
"$folder/venv/bin/python" "$here/python.py" "$@"
