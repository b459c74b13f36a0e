#!/usr/bin/env bash
# Runs the commands of gcloud.txt on a local cloud of its own, and compares how
# each ends with what its line says. Needs gcloud; takes some minutes.
#
#   tests/tools/gcloud.sh [PATTERN]     only the lines that match, and what they print
set -euo pipefail
pattern=${1:-.}
# shellcheck source=tests/tools/cloud.sh
. "$(dirname "$0")/cloud.sh"
export CLOUDSDK_CORE_PROJECT=demo-project

cd "$folder"
echo hello >plain.txt
head -c 20000000 /dev/urandom >big.bin
mkdir folder
echo x | tee folder/x >folder/y
echo '{"rule":[{"action":{"type":"Delete"},"condition":{"age":30}}]}' >lifecycle.json
policies=/policies/iam.disableServiceAccountKeyCreation
echo '{"name":"projects/demo-project'$policies'","spec":{"rules":[{"enforce":true}]}}' >keys.json
policies=/policies/gcp.resourceLocations
echo '{"name":"organizations/1'$policies'","spec":{"rules":[{"values":{"allowedValues":["in:eu-locations"]}}]}}' >locations.json

works=0 refused=0 missing=0 wrong=0
while IFS= read -r line; do
    case $line in
        refused:*) expected=refused command=${line#refused: } ;;
        missing:*) expected=missing command=${line#missing: } ;;
        *) expected=works command=$line ;;
    esac
    if eval "$command" >out 2>err </dev/null; then
        found=works
    elif grep -q "the local cloud does not" err; then
        found=missing
    else
        found=refused
    fi
    case $found in
        works) works=$((works + 1)) ;;
        refused) refused=$((refused + 1)) ;;
        missing) missing=$((missing + 1)) ;;
    esac
    if [ "$found" != "$expected" ]; then
        wrong=$((wrong + 1))
        printf '%s instead of %s: %s\n' "$found" "$expected" "$command"
        tail -n 3 err | cut -c 1-600 | sed 's/^/    /'
    elif [ "$pattern" != . ]; then
        printf '%s: %s\n' "$found" "$command"
        cat out err
    fi
done < <(grep -v '^#' "$here/gcloud.txt" | grep -E "$pattern")
echo "$works work, $refused refused as Google would, $missing missing; $wrong not as expected"
[ "$wrong" = 0 ]
