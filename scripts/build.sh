# Configuring and building the presets of CMakePresets.json. Sourced by bash after steps.sh.

# Another checkout of the same sources finds what this one has compiled.
export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1

# configure PRESET [CMAKE ARGUMENTS...]: once; afterwards ninja itself runs CMake again when a list file changed.
configure() {
    local preset=$1
    shift
    [[ ! -f build/$preset/build.ninja ]] || return 0
    say "configuring build/$preset"
    run_quietly cmake --preset "$preset" "$@" ||
        fail "CMake could not configure build/$preset: see above."
}

# enable_tests PRESET: ./start configures without tests, which need packages that it does not install.
enable_tests() {
    grep -q '^CAUSEWAY_TESTS:BOOL=ON$' "build/$1/CMakeCache.txt" && return 0
    run_quietly cmake "build/$1" -DCAUSEWAY_TESTS=ON || fail "CMake could not add the tests: see above."
}

# build PRESET TARGETS...: ninja shows its own progress. Two builds of one directory would spoil each other.
build() {
    local preset=$1
    shift
    flock "build/$preset/build.lock" ninja -C "build/$preset" "$@" || fail "The build of build/$preset failed: see above."
}

# Runs a command whose output matters only when it fails.
run_quietly() {
    local log status=0
    log=$(mktemp)
    "$@" >"$log" 2>&1 || status=$?
    ((status == 0)) || cat "$log" >&2
    rm -f "$log"
    return $status
}
