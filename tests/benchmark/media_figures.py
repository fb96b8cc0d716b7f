#!/usr/bin/env python3
"""What the parts of media and signalling cost, as ratios to a reference measured in the same run, and beside the
figures that were kept.

    media_figures.py BUILD [--rounds N] [--limit 1.25] [--keep]    BUILD: where `benchmarks` was built

Times differ from machine to machine and from hour to hour; the ratios differ less. Ends with status 1 when a part costs
more than --limit times what was kept. --keep writes this run's figures in their place.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys

PROGRAMS = ("media_benchmark", "signalling_benchmark")
HERE = pathlib.Path(__file__).resolve().parent
KEPT = HERE / "media_figures.json"


def one_round(program):
    """Processor time in nanoseconds by name."""
    output = subprocess.run([program, "--benchmark_format=json", "--benchmark_min_time=0.1"], check=True,
                            capture_output=True, text=True, cwd=HERE.parents[1]).stdout
    results = json.loads(output)["benchmarks"]
    for result in results:
        if result.get("error_occurred"):
            sys.exit(f"{result['name']}: {result['error_message']}")
    return {result["name"]: result["cpu_time"] for result in results}


def measure(programs, rounds):
    """Medians over the rounds: {name: {"ns": time, "ratio": to the reference of the same round}}."""
    times, ratios = {}, {}
    for number in range(rounds):
        print(f"round {number + 1} of {rounds}", file=sys.stderr)
        for program in programs:
            figures = one_round(program)
            for name, time in figures.items():
                times.setdefault(name, []).append(time)
                ratios.setdefault(name, []).append(time / figures["reference"])
    return {name: {"ns": round(statistics.median(times[name]), 1),
                   "ratio": round(statistics.median(ratios[name]), 6)} for name in times}


def compare(figures, kept, limit):
    """The table, and the names of what got too dear."""
    print("| what | µs | times the reference | kept | now / kept |")
    print("|---|---:|---:|---:|---:|")
    dearer = []
    for name, figure in figures.items():
        before = kept.get(name, {}).get("ratio")
        change = figure["ratio"] / before if before else None
        if change and change > limit:
            dearer.append(name)
        print(f"| {name} | {figure['ns'] / 1000:.3g} | {figure['ratio']:.4g} | "
              f"{f'{before:.4g}' if before else '–'} | {f'{change:.2f}' if change else '–'} |")
    for name in kept.keys() - figures.keys():
        print(f"not measured any more: {name}", file=sys.stderr)
    return dearer


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--limit", type=float, default=1.25)
    parser.add_argument("--keep", action="store_true")
    options = parser.parse_args()
    figures = measure([options.build.resolve() / "tests/benchmark" / name for name in PROGRAMS], options.rounds)
    kept = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    dearer = compare(figures, kept, options.limit)
    if options.keep:
        KEPT.write_text(json.dumps(figures, indent=1) + "\n")
    elif dearer:
        sys.exit(f"more than {options.limit} times what was kept: {', '.join(dearer)}")


if __name__ == "__main__":
    main()
