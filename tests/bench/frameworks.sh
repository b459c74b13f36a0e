#!/usr/bin/env bash
# Measures a function of groundcrew next to the same one on Google's
# functions-framework for Node and for Python, which are installed from their
# registries into a temporary folder, and writes docs/benchmarks.md.
# Needs wrk and openssl, and for the peers npm and Python's venv.
# See --help for what may be asked.
set -euo pipefail
cd "$(dirname "$0")/../.."

cargo build --quiet --release -p runtime --example hello --example bare
exec python3 -B tests/bench/frameworks.py \
    --examples "${CARGO_TARGET_DIR:-target}/release/examples" "$@"
