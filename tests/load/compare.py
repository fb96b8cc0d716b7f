#!/usr/bin/env python3
"""Measures Causeway beside rtpengine, Janus' SIP plugin and a bare relay, by the same clients, in alternating runs.

    compare.py                  the whole comparison, about half an hour on a quiet machine of two cores
    compare.py --quick          the main figures, about 11 minutes
    compare.py --trial          a handful of calls, to see that everything works; the figures mean nothing
    compare.py --plan           only says what would be run
    compare.py --report FILE    makes report and plot of kept figures anew, runs nothing

Writes figures.json, report.txt and cost.svg into --out (tests/load/results when that is not given and the comparison
is a whole one; else a new folder below the build). The generator runs on core 0, the system under test on core 1.
Needs a release build, and from Debian: apt-get install --no-install-recommends rtpengine-daemon janus gnuplot-nox
"""

import argparse
import json
import os
import pathlib
import platform
import shutil
import socket
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE / "rivals"))
import figures
import plot
import report
import series

PACKAGES = {"rtpengine": "rtpengine-daemon", "janus": "janus", "gnuplot": "gnuplot-nox"}
SETTLE = 2


def command_of(run, options, result):
    """The generator's command line for one run."""
    browser, sip = run.codecs
    command = [options.load, "--start", run.system, "--calls", run.calls, "--rate", run.rate, "--settle", f"{SETTLE}s",
               "--steady", f"{run.seconds}s", "--codec", f"{browser}-{sip}", "--profile", "aes80", "--pin",
               "--address", options.address, "--json", result]
    if run.system == "causeway":
        command += ["--binary", options.causeway]
    if run.system != "janus":
        command += ["--system-threads", 1]  # one core, one thread for media; Janus has threads of its own per call
    return [str(word) for word in command]


def record_of(run, result):
    """What is kept of a run. `result` is the generator's JSON; None when it gave none."""
    record = {"series": run.series, "system": run.system, "calls": run.calls, "round": run.round, "rate": run.rate}
    if result is None or not result["stages"] or "process" not in result["stages"][0]:
        return record | {"marks": ["no-result"]}
    stage = result["stages"][0]
    process, setup, ways = stage["process"], stage["setup"], {way: stage[way] for way in ("to_sip", "to_browser")}
    record |= {
        "cost_percent": process["cpu_percent_per_call"], "cpu_percent": process["cpu_percent"],
        "memory_kb": process["memory_per_call"] / 1000, "threads": process["threads"],
        "descriptors": process["descriptors"], "failed": stage["failed"], "setup_rate": stage["setup_rate"],
        "generator_percent": stage["generator"]["cpu_percent"], "generator_limit": stage["generator"]["limit"],
        "failures": setup["failures"],
    }
    for name, figure in (("answer", "call_to_answer"), ("srtp", "answer_to_srtp"), ("connected", "call_to_connected")):
        record |= {f"{name}_{quantile}_ms": setup[figure][f"{quantile}_ms"] for quantile in ("p50", "p99")
                   if setup[figure]["count"]}
    for way, tally in ways.items():
        record |= {f"{count}_{way}": tally[count] for count in ("sent", "received", "lost", "duplicates", "reordered")}
        for delay in ("delay", "audio_delay"):
            record |= {f"{delay}_{quantile}_ms_{way}": tally[delay][f"{quantile}_ms"] for quantile in ("p50", "p99")
                       if tally[delay]["count"]}
    unheard = sum(tally["silent_streams"] for tally in ways.values())
    losses = [(tally["lost"] + tally.get("missing", 0)) / tally["sent"] if tally["sent"] else 1.0 for tally in ways.values()]
    # What a set-up is asked for must not wait for who asks; elsewhere only the steady time counts.
    limits = [stage["generator"]["limit"]]
    if run.series == "setup":
        limits.append(stage.get("setup_generator", {}).get("limit"))
    marks = {"failed": stage["failed"] or stage["ended"] or unheard or stage["up"] < run.calls,
             "loss": max(losses) > figures.MOST_LOSS, "generator": any(limits),
             "core-full": process["cpu_percent"] > figures.FULL_CORE}
    return record | {"marks": [mark for mark, found in marks.items() if found]}


def own_address():
    """The machine's address; Janus cannot be reached by the loopback one."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
            return probe.getsockname()[0]
        except OSError:
            return ""


def busy_share(seconds=0.5):
    """How busy the cores were while nothing of ours ran, 0..1."""
    def sample():
        fields = [int(field) for field in pathlib.Path("/proc/stat").read_text().split("\n")[0].split()[1:9]]
        return sum(fields), fields[3] + fields[4]

    total, idle = sample()
    time.sleep(seconds)
    total_after, idle_after = sample()
    return 1 - (idle_after - idle) / max(total_after - total, 1)


def measure(run, options):
    busy = busy_share()
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "result.json"
        try:
            done = subprocess.run(command_of(run, options, path), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                  timeout=run.expected_seconds * 3 + 60, text=True)
            words = done.stderr.strip()
        except subprocess.TimeoutExpired:
            words = "took too long"
        # The generator makes the file before its first call; it stays empty when there is nothing to say.
        result = json.loads(path.read_text()) if path.exists() and path.stat().st_size else None
    record = record_of(run, result)
    record["busy_before"] = round(busy, 3)
    if result is None:
        record["words"] = words[-500:]
    return record


def machine():
    processor = "unknown processor"
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            processor = line.split(":", 1)[1].strip()
            break
    return {"processor": processor, "cores": os.cpu_count(), "kernel": platform.release()}


def versions(options):
    def said(*command):
        done = subprocess.run(command, capture_output=True, text=True)
        return done.stdout.strip().split("\n")[0] if done.returncode == 0 else "unknown"

    found = {"Causeway": said("git", "-C", ROOT, "describe", "--always", "--dirty")}
    for system in ("rtpengine", "janus"):
        if system in options.systems:
            found[report.NAMES[system]] = said("dpkg-query", "-W", "-f=${Version}", PACKAGES[system])
    return found


def missing(options):
    """What stands in the way, in words that help."""
    if os.cpu_count() < 2:
        return "two cores are needed: one for the generator, one for the system under test"
    if not options.address:
        return "the machine needs an address besides the loopback one: give it by --address"
    packages = [PACKAGES[name] for name in (*options.systems, "gnuplot") if name in PACKAGES and not shutil.which(name)]
    if packages:
        return f"missing programs: apt-get install --no-install-recommends {' '.join(packages)}"
    for program in (options.load, options.causeway, options.load.parent / "rivals/reference-relay"):
        if not program.exists():
            return (f"{program} is not built: cmake --preset release && "
                    "cmake --build --preset release --target causeway causeway-load reference-relay")
    return ""


def print_plan(runs, extent):
    print(f"{len(runs)} runs, {extent.rounds} rounds, at most {series.expected_seconds(runs) / 60:.0f} minutes:")
    for name in dict.fromkeys(run.series for run in runs):
        of_series = [run for run in runs if run.series == name]
        systems = ", ".join(dict.fromkeys(run.system for run in of_series))
        numbers = ", ".join(str(calls) for calls in sorted({run.calls for run in of_series}))
        print(f"  {name:17} {len(of_series):3} runs  calls {numbers}  ({systems})")
    sys.stdout.flush()


def say(run, record, left):
    marks = f"  [{', '.join(record['marks'])}]" if record["marks"] else ""
    cost = f"{record['cost_percent']:.3f} % per call" if record.get("cost_percent") is not None else "no figures"
    print(f"{run.series:17} round {run.round}  {run.system:9} {run.calls:4} calls  {cost}{marks}"
          f"  (about {left / 60:.0f} min left)", flush=True)


def write_results(comparison, out):
    """figures.json, report.txt and cost.svg."""
    out.mkdir(parents=True, exist_ok=True)
    (out / "figures.json").write_text(json.dumps(comparison, indent=1) + "\n")
    (out / "report.txt").write_text(report.write(comparison))
    drawn = subprocess.run(["gnuplot"], input=plot.script(comparison["runs"]), capture_output=True, text=True)
    if drawn.returncode == 0:
        (out / "cost.svg").write_text(drawn.stdout)
    else:
        print(f"gnuplot drew nothing: {drawn.stderr.strip()}", file=sys.stderr)


def compare(options, extent, words):
    runs = series.plan(extent, options.systems)
    print_plan(runs, extent)
    comparison = {"options": words, "rounds": extent.rounds, "machine": machine(), "versions": versions(options),
                  "runs": [], "skipped": []}
    try:
        for index, run in enumerate(runs):
            why = series.skips(run, comparison["runs"])
            if why:
                line = f"{run.series}, {run.calls} calls, round {run.round} was not run: {why}"
                comparison["skipped"].append(line)
                print(line, flush=True)
                continue
            record = measure(run, options)
            comparison["runs"].append(record)
            say(run, record, series.expected_seconds(runs[index + 1:]))
    except KeyboardInterrupt:
        comparison["skipped"].append("the comparison was interrupted")
    write_results(comparison, options.out)
    print((options.out / "report.txt").read_text())
    print(f"Written to {options.out}")
    return 0 if any(not record["marks"] for record in comparison["runs"]) else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    extent = parser.add_mutually_exclusive_group()
    for name in ("quick", "trial"):
        extent.add_argument(f"--{name}", action="store_const", const=name, dest="extent")
    parser.add_argument("--plan", action="store_true")
    parser.add_argument("--report", type=pathlib.Path, metavar="FILE")
    parser.add_argument("--out", type=pathlib.Path)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release", help="a release build")
    parser.add_argument("--address", default=own_address(), help="of this machine; default: what its route says")
    parser.add_argument("--systems", nargs="+", choices=series.RELAYS, default=list(series.RELAYS))
    options = parser.parse_args()

    if options.report:
        write_results(json.loads(options.report.read_text()), options.out or options.report.parent)
        return 0
    name = options.extent or "full"
    if options.plan:
        print_plan(series.plan(series.EXTENTS[name], options.systems), series.EXTENTS[name])
        return 0
    options.out = options.out or (HERE / "results" if name == "full" else options.build / f"comparison-{name}")
    options.load = options.build / "tests/load/causeway-load"
    options.causeway = options.build / "gateway/app/causeway"
    fault = missing(options)
    if fault:
        print(fault, file=sys.stderr)
        return 2
    return compare(options, series.EXTENTS[name], "" if name == "full" else f" --{name}")


if __name__ == "__main__":
    sys.exit(main())
