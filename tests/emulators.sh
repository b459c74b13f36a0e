#!/bin/sh
# Runs what needs Google's emulators of the Cloud SDK: the ledger's stories on
# Firestore's (which this script starts), and the job flow on both (which that
# suite starts itself).
set -eu
sdk=${CLOUDSDK_ROOT_DIR:-$(gcloud info --format='value(installation.sdk_root)')}
port=${FIRESTORE_PORT:-$((20000 + $$ % 10000))}
java -Duser.language=en \
    -cp "$sdk/platform/cloud-firestore-emulator/cloud-firestore-emulator.jar" \
    com.google.cloud.datastore.emulator.firestore.CloudFirestore start \
    --host=127.0.0.1 --port="$port" >/dev/null 2>&1 &
emulator=$!
trap 'kill $emulator' EXIT
tries=0
until curl --silent --output /dev/null "http://127.0.0.1:$port/"; do
    tries=$((tries + 1))
    if [ $tries -gt 120 ] || ! kill -0 $emulator 2>/dev/null; then
        echo "the Firestore emulator does not answer on port $port" >&2
        exit 1
    fi
    sleep 0.5
done
export FIRESTORE_EMULATOR_HOST="127.0.0.1:$port"
cargo test --workspace --test emulator --test emulators -- --nocapture
