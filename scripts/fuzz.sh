#!/bin/bash
# fuzz.sh NAME SECONDS: runs a fuzz target of build/fuzz from its corpus. What it learns stays in the build
# directory.
set -euo pipefail
cd "$(dirname "$0")/.."

name=$1 seconds=$2
learned=build/fuzz/learned/$name
mkdir -p "$learned"

# The corpus is named where the target is: causeway_fuzz(NAME ... CORPUS directory ...) in tests/fuzz/*.cmake.
corpus=$(cat tests/fuzz/*.cmake | tr '\n' ' ' | grep -o "causeway_fuzz($name [^)]*" |
    sed -n 's/.* CORPUS *\([^ ]*\).*/\1/p')
[[ -d $corpus ]] || corpus=tests/fuzz/$corpus
if [[ ! -d $corpus || -z $(ls "$corpus") ]]; then
    echo "$name: there is no corpus in $corpus" >&2
    exit 1
fi

exec "build/fuzz/fuzz/$name" "$learned" "$corpus" \
    -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 -verbosity=0 \
    -artifact_prefix="build/fuzz/$name-"
