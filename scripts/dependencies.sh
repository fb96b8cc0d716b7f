# The Debian packages that Causeway is built and tested with, for Debian 12 and later, and their installation.
# Sourced by bash after steps.sh. The check costs one dpkg-query; apt is asked only when something is missing.

build_packages=(
    g++ cmake ninja-build pkgconf ccache
    libsofia-sip-ua-dev libc-ares-dev libnice-dev libsrtp2-dev libssl-dev
    libavcodec-dev libavutil-dev libopus-dev libspeex-dev libspeexdsp-dev
    libbcg729-dev libopencore-amrnb-dev libopencore-amrwb-dev libvo-amrwbenc-dev
    libspdlog-dev libfmt-dev libyaml-cpp-dev
)

test_packages=(
    git openssl libgtest-dev libgmock-dev libbenchmark-dev
    clang libclang-rt-dev clang-format
    chromium firefox-esr libnss3-tools pulseaudio
    coturn curl dnsmasq-base sip-tester baresip-core linphone-cli secsipidx kamailio kamailio-secsipid-modules
    python3 python3-aiortc python3-numpy systemd
    ffmpeg asterisk-core-sounds-en-g722
)

boost_components=(json url program-options system)
boost_minimum=1.81

# Debian's names of Boost: its default version where that is new enough, else the versioned packages of the
# oldest version that is (Debian 12 has 1.74 by default and 1.81 beside it).
boost_packages() {
    local component version='' default
    if ! is_installed "libboost$boost_minimum-dev"; then
        default=$(installed_version libboost-dev)
        [[ -n $default ]] || default=$(candidate_version libboost-dev)
        dpkg --compare-versions "${default:-0}" ge "$boost_minimum" || version=$boost_minimum
    else
        version=$boost_minimum
    fi
    echo "libboost$version-dev"
    for component in "${boost_components[@]}"; do
        echo "libboost-$component$version-dev"
    done
}

installed_version() {
    dpkg-query -W -f '${db:Status-Abbrev} ${Version}' "$1" 2>/dev/null | sed -n 's/^ii *//p'
}

candidate_version() {
    apt-cache policy "$1" 2>/dev/null | sed -n 's/^ *Candidate: *\([0-9].*\)/\1/p'
}

is_installed() {
    [[ -n $(installed_version "$1") ]]
}

# Prints those of its arguments that are not installed.
missing_of() {
    comm -23 <(printf '%s\n' "$@" | sort -u) \
        <(dpkg-query -W -f '${db:Status-Abbrev}${Package}\n' "$@" 2>/dev/null | sed -n 's/^ii *//p' | sort -u)
}

# Node.js may come from elsewhere than Debian, whose npm package then cannot be installed beside it.
node_packages() {
    command -v node >/dev/null || echo nodejs
    command -v npm >/dev/null || echo npm
}

missing_packages() {
    case $1 in
        build) missing_of "${build_packages[@]}" $(boost_packages) ;;
        test)
            missing_of "${build_packages[@]}" "${test_packages[@]}" $(boost_packages)
            node_packages
            ;;
    esac
}

# install_packages build|test: all that is missing, or an end that says what is missing and how to get it.
install_packages() {
    local missing as_root=()
    command -v apt-get >/dev/null || fail "Causeway is built on Debian 12 or later: no apt-get here."
    missing=$(missing_packages "$1")
    if [[ -z $missing ]]; then
        say "all there"
        return
    fi
    if ((EUID != 0)); then
        command -v sudo >/dev/null ||
            fail_with_packages "Packages are missing, and there are no rights to install them." "$missing"
        as_root=(sudo)
    fi
    say "missing: ${missing//$'\n'/ }"
    say "asking Debian for its package lists"
    apt_get update || fail_with_packages "Debian's package lists could not be fetched." "$missing"
    # The lists may have told a newer Boost.
    missing=$(missing_packages "$1")
    say "downloading and installing (this may take some minutes)"
    apt_get install -y --no-install-recommends $missing ||
        fail_with_packages "Packages could not be installed." "$missing"
    missing=$(missing_packages "$1")
    [[ -z $missing ]] || fail_with_packages "Some packages are still missing." "$missing"
}

# Runs apt-get as root without questions; of its output the lines that tell progress, or all when it fails.
apt_get() {
    local log status=0
    log=$(mktemp)
    {
        "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
            apt-get -o DPkg::Lock::Timeout=300 "$@" </dev/null 2>&1 || echo "apt-get ended with status $?"
    } | tee "$log" | apt_progress
    if grep -q '^apt-get ended with status' "$log"; then
        cat "$log" >&2
        status=1
    fi
    rm -f "$log"
    return $status
}

apt_progress() {
    local line
    while IFS= read -r line; do
        case $line in
            Need\ to\ get*) say "$line" ;;
            Get:* | Unpacking* | Setting\ up*) [[ ! -t 1 ]] || printf '\r\e[K      %.100s' "$line" ;;
        esac
    done
    [[ ! -t 1 ]] || printf '\r\e[K'
}

fail_with_packages() {
    fail "$1" "Missing: ${2//$'\n'/ }" "To get them, with rights and a network:" \
        "    sudo apt-get update && sudo apt-get install --no-install-recommends ${2//$'\n'/ }"
}
