#!/bin/bash
# fuzz.sh NAME SECONDS: runs a fuzz target of build/fuzz from its corpus. What it learns stays in the build
# directory; inputs that broke it once (tests/fuzz/ROOM/regressions) are tried first.
set -euo pipefail
cd "$(dirname "$0")/.."

name=$1 seconds=$2
room=${name#fuzz_}
learned=build/fuzz/learned/$name
mkdir -p "$learned"

given=()
for directory in tests/fuzz/"$room"/corpus tests/fuzz/"$room"/regressions; do
    [[ ! -d $directory ]] || given+=("$directory")
done

exec "build/fuzz/fuzz/$name" "$learned" "${given[@]}" \
    -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 -verbosity=0 \
    -artifact_prefix="build/fuzz/$name-"
