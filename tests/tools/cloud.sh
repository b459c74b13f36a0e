# shellcheck shell=bash
# Starts a local cloud that ends with the script, and points tools at it.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
program=${GROUNDCREW:-$here/../../target/debug/groundcrew}

folder=${folder:-$(mktemp -d)}
export GROUNDCREW_RUN=$folder/run
"$program" local --empty --detach --port 0 --state "$folder/state" >/dev/null
trap '"$program" local stop 2>/dev/null; rm -r "$folder"' EXIT
environment=$("$program" local env)
eval "$environment"
