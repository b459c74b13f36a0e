#!/usr/bin/env bash
# Measures the functions as release builds, next to a server that is actix-web
# and nothing else, and prints a Markdown table.
set -euo pipefail
cd "$(dirname "$0")/../.."

functions=(job-queued job-changed maintenance-noticed sweep)
packages=()
for function in "${functions[@]}"; do
    packages+=(-p "$function-bin")
done
cargo build --quiet --release "${packages[@]}"
cargo build --quiet --release -p runtime --example bare

release=${CARGO_TARGET_DIR:-target}/release
paths=("bare actix-web=$release/examples/bare")
for function in "${functions[@]}"; do
    paths+=("$function=$release/$function")
done
exec python3 -B tests/bench/functions.py "${paths[@]}"
