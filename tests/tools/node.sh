#!/usr/bin/env bash
# Runs node.js on a local cloud of its own. Needs node and npm's registry, for
# Google's libraries.
#
#   tests/tools/node.sh [API ...]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d)
# Before the environment of the local cloud, which has no registry.
cp "$here/node/package.json" "$folder"
npm install --silent --no-audit --no-fund --prefix "$folder"
# shellcheck source=tests/tools/cloud.sh
. "$here/cloud.sh"
NODE_NO_WARNINGS=1 NODE_PATH=$folder/node_modules timeout 600 node "$here/node.js" "$@"
