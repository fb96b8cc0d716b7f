#!/usr/bin/env python3
"""What identity costs, as a table: medians over several rounds, each of which also asks OpenSSL itself.

    identity_benchmark.py BUILD [--rounds N]    BUILD: the directory where `benchmarks` was built

All figures are processor time, which other programs on the machine disturb less than time on the clock; and as they
disturb it all the same, what counts are the ratios to `openssl speed ecdsap256` of the same rounds.
"""

import argparse
import json
import pathlib
import re
import statistics
import subprocess
import sys

PROGRAMS = ("passport_benchmark", "assertion_benchmark")
SIGNING = ("es256_sign", "passport_sign_shaken", "capability_mint")


def openssl_seconds():
    """Of one signature and one verification: user time, as `openssl speed` counts it."""
    output = subprocess.run(["openssl", "speed", "-seconds", "1", "ecdsap256"], check=True, capture_output=True,
                            text=True).stdout
    sign, verify = re.search(r"nistp256\)\s+[\d.]+s\s+[\d.]+s\s+([\d.]+)\s+([\d.]+)", output).groups()
    return 1 / float(sign), 1 / float(verify)


def benchmark_seconds(program):
    output = subprocess.run([program, "--benchmark_format=json", "--benchmark_min_time=0.1"], check=True,
                            capture_output=True, text=True).stdout
    results = json.loads(output)["benchmarks"]
    for result in results:
        if result.get("error_occurred"):
            sys.exit(f"{result['name']}: {result['error_message']}")
    return {result["name"]: result["cpu_time"] / 1e9 for result in results}


def measure(programs, rounds):
    times = {}
    for _ in range(rounds):
        sign, verify = openssl_seconds()
        round_times = {"openssl sign": sign, "openssl verify": verify}
        for program in programs:
            round_times.update(benchmark_seconds(program))
        for name, seconds in round_times.items():
            times.setdefault(name, []).append(seconds)
    return {name: statistics.median(each) for name, each in times.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    programs = [options.build.resolve() / "tests/benchmark" / name for name in PROGRAMS]
    medians = measure(programs, options.rounds)
    print("| what | µs | a second and core | times OpenSSL's |")
    print("|---|---:|---:|---|")
    for name, seconds in medians.items():
        base = "sign" if name in SIGNING or name == "openssl sign" else "verify"
        ratio = seconds / medians[f"openssl {base}"]
        print(f"| {name.replace('/', ' ')} | {seconds * 1e6:.3g} | {round(1 / seconds, -1):.0f} | {ratio:.2g} {base} |")


if __name__ == "__main__":
    main()
