# Which tests there are in which build, and one ctest directory, build/all, that runs them all. Sourced by bash
# after build.sh.

fuzz_seconds=30

# Node packages exactly as locked; skipped when those installed came from this lock file.
install_node_packages() {
    local stamp=$1/node_modules/.installed-from
    if cmp -s "$1/package-lock.json" "$stamp"; then
        say "all there"
        return
    fi
    (cd "$1" && run_quietly npm ci --ignore-scripts --no-audit --no-fund) ||
        fail "npm could not install the packages that $1/package-lock.json names: see above."
    cp "$1/package-lock.json" "$stamp"
}

# Lets CMake run again if a list file changed: a new test is to be seen in the same run.
refresh() {
    ninja -C "build/$1" build.ninja >&2
}

# Names of the tests that also run under a sanitizer; each is a build target of the same name. Where no thread is
# started, ThreadSanitizer has nothing to find.
sanitized_tests() {
    local labels='^(unit|story|integration)$'
    [[ $1 != tsan ]] || labels='^(threads|story|integration)$'
    refresh "$1"
    ctest --test-dir "build/$1" -N -L "$labels" | sed -n 's/^ *Test *#[0-9]*: //p'
}

fuzz_targets() {
    refresh fuzz
    ninja -C build/fuzz -t targets all | sed -n 's/^\(fuzz_[a-z0-9_]*\): phony$/\1/p'
}

# Writes build/all: the release build's tests, and one entry per sanitized test and fuzz target, named
# asan.NAME, tsan.NAME and NAME.
gather_tests() {
    local preset name root=$PWD
    mkdir -p build/all
    {
        echo "subdirs(\"$root/build/release\")"
        for preset in asan tsan; do
            for name in $(sanitized_tests "$preset"); do
                add_test "$preset.$name" "$preset" 900 \
                    ctest --test-dir "$root/build/$preset" --output-on-failure --no-tests=error -R "^$name\$"
            done
        done
        for name in $(fuzz_targets); do
            add_test "$name" fuzz $((fuzz_seconds + 90)) "$root/scripts/fuzz.sh" "$name" "$fuzz_seconds"
        done
    } >build/all/CTestTestfile.cmake
}

# add_test NAME LABEL TIMEOUT COMMAND...: one entry in ctest's language.
add_test() {
    local name=$1 label=$2 timeout=$3
    shift 3
    printf 'add_test([=[%s]=]' "$name"
    printf ' [=[%s]=]' "$@"
    printf ')\nset_tests_properties([=[%s]=] PROPERTIES LABELS %s TIMEOUT %d)\n' "$name" "$label" "$timeout"
}
