#!/usr/bin/env bash
# Measures the local cloud next to Google's emulators of Pub/Sub and Firestore,
# and writes docs/benchmarks.md. Needs Java and the Cloud SDK with both emulators
# (gcloud components install pubsub-emulator cloud-firestore-emulator).
# See --help for what may be asked.
set -euo pipefail
cd "$(dirname "$0")/../.."

cargo build --quiet --release -p groundcrew
exec python3 -B tests/bench/emulators.py \
    --program "${CARGO_TARGET_DIR:-target}/release/groundcrew" "$@"
