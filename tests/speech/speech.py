#!/usr/bin/python3
"""A real voice through the running gateway, compared with the same codecs applied without a network.

    tests/speech/speech.py                      all codec pairs and impairments, about two minutes
    tests/speech/speech.py --only opus-pcmu     those cases whose name begins so
    tests/speech/speech.py --check              the clean cases only

The exit status is 1 when a case is not as good as it must be: not much worse than what results/speech.json keeps.

Each call is spoken both ways at once. Impairments lie between an end and the gateway, towards the gateway: what is
heard at the other end is what the gateway made of them.
"""
import argparse
import json
import os
import pathlib
import platform
import shlex
import shutil
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass

from speech_metrics import compare, read_wav

TREE = pathlib.Path(__file__).resolve().parents[2]
SAMPLE = pathlib.Path("/usr/share/asterisk/sounds/en_US_f_Allison/demo-instruct.g722")
PACKAGES = "ffmpeg asterisk-core-sounds-en-g722 python3-numpy"
SECONDS = 24
KEPT = TREE / "tests/speech/results/speech.json"
# What a codec is sampled at, and how ffmpeg encodes it; None: by the gateway's own library, ffmpeg cannot.
CODECS = {
    "opus": (48000, ["-c:a", "libopus", "-b:a", "32k", "-application", "voip", "-f", "ogg"]),
    "pcmu": (8000, ["-c:a", "pcm_mulaw", "-f", "wav"]),
    "pcma": (8000, ["-c:a", "pcm_alaw", "-f", "wav"]),
    "g722": (16000, ["-c:a", "g722", "-f", "g722"]),
    "gsm": (8000, ["-c:a", "libgsm", "-f", "gsm"]),
    "speex": (8000, ["-c:a", "libspeex", "-f", "ogg"]),
    "l16": (8000, ["-c:a", "pcm_s16le", "-f", "wav"]),
    "l16-wb": (16000, ["-c:a", "pcm_s16le", "-f", "wav"]),
    "g729": (8000, None),
    "amr": (8000, None),
    "amr-wb": (16000, None),
}
PAIRS = [("opus", "pcmu"), ("opus", "pcma"), ("opus", "g722"), ("opus", "opus"), ("pcmu", "pcmu"), ("g722", "pcmu"),
         ("pcmu", "pcma"), ("opus", "g729"), ("opus", "amr"), ("opus", "amr-wb"), ("opus", "gsm"), ("opus", "speex"),
         ("opus", "l16-wb"), ("g722", "g722")]


@dataclass(frozen=True)
class Wire:
    loss: float = 0        # share of packets
    burst: float = 1       # mean run of losses
    delay_ms: int = 0
    jitter_ms: int = 0     # plus or minus
    reorder: float = 0


WIRES = {
    "clean": Wire(),
    "loss-1": Wire(loss=0.01), "loss-3": Wire(loss=0.03), "loss-5": Wire(loss=0.05), "loss-10": Wire(loss=0.10),
    "loss-20": Wire(loss=0.20), "burst-5": Wire(loss=0.05, burst=4), "burst-10": Wire(loss=0.10, burst=4),
    "jitter-40": Wire(delay_ms=40, jitter_ms=10), "jitter-100": Wire(delay_ms=100, jitter_ms=40),
    "reorder-2": Wire(reorder=0.02),
}
IMPAIRED_PAIRS = [("opus", "pcmu"), ("opus", "g722")]


@dataclass(frozen=True)
class Margin:
    """How far a case may lie from its kept figures."""
    level_db: float
    gap_ms: int
    missing_percent: float
    envelope: float
    segmental_snr_db: float
    spectral_distance_db: float


MOST_LATE_MS = 20     # of the mouths; beyond, the machine is heard and not the gateway
# The ratio jumps by 3 dB when the resampled voice comes to lie between two samples.
CLEAN = Margin(0.3, 0, 0, 0.004, 4, 0.3)
IMPAIRED = Margin(0.3, 40, 1, 0.02, 4, 0.6)


@dataclass(frozen=True)
class Case:
    name: str
    browser: str
    sip: str
    wire: Wire


def all_cases():
    for browser, sip in PAIRS:
        for word, wire in WIRES.items():
            if word == "clean" or (browser, sip) in IMPAIRED_PAIRS:
                yield Case(f"{browser}-{sip}.{word}", browser, sip, wire)


def run(*command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{command[0]} failed ({done.returncode}):\n{done.stderr[-2000:]}")
    return done.stdout.strip()


def ffmpeg(*arguments):
    run("ffmpeg", "-hide_banner", "-loglevel", "error", "-y", *arguments)


class Voice:
    """The sample at every rate, and what chains of codecs make of it."""

    def __init__(self, folder, chain_tool):
        self.folder, self.chain_tool = folder, chain_tool
        self.made = {}

    def at(self, rate):
        path = self.folder / f"voice-{rate}.wav"
        if not path.exists():
            ffmpeg("-i", SAMPLE, "-t", SECONDS, "-ar", rate, "-ac", 1, "-c:a", "pcm_s16le", path)
        return path

    def through(self, codecs):
        """The voice after these codecs, one after the other, and its rate."""
        if len(codecs) == 0:
            return self.at(48000)
        if codecs in self.made:
            return self.made[codecs]
        before = self.through(codecs[:-1])
        codec = codecs[-1]
        rate, encoder = CODECS[codec]
        path = self.folder / ("reference-" + "-".join(codecs) + ".wav")
        if encoder is None:
            narrow = path.with_suffix(".in.wav")
            ffmpeg("-i", before, "-ar", rate, "-c:a", "pcm_s16le", narrow)
            run(self.chain_tool, codec, narrow, path)
        else:
            coded = path.with_suffix(".coded")
            ffmpeg("-i", before, "-ar", rate, *encoder, coded)
            container = encoder[-1]
            ffmpeg("-f", container, "-i", coded, "-ar", rate, "-c:a", "pcm_s16le", path)
        self.made[codecs] = path
        return path


def judge(voice, case, folder):
    """Figures of both directions, at the rate of the narrower codec."""
    rate = min(CODECS[case.browser][0], CODECS[case.sip][0], 16000)
    found = {}
    for direction, codecs in (("to_sip", (case.browser, case.sip)), ("to_browser", (case.sip, case.browser))):
        if case.browser == case.sip:
            codecs = codecs[:1]
        at_rate = []
        for path in (voice.through(codecs), folder / f"{case.name}.{direction}.wav"):
            same = folder / f"{path.stem}.{rate}.wav"
            if not same.exists():
                ffmpeg("-i", path, "-ar", rate, "-c:a", "pcm_s16le", same)
            at_rate.append(read_wav(same)[0])
        found[direction] = compare(*at_rate, rate)
    return found


def table(results):
    head = ("call", "heard by", "level dB", "gap ms", "missing %", "envelope", "seg. SNR dB", "spectrum dB", "wander ms")
    rows = [head]
    for name, directions in results.items():
        for direction, f in directions.items():
            rows.append((name, "telephone" if direction == "to_sip" else "browser", f"{f.level_db:+.2f}", f"{f.gap_ms}",
                         f"{f.missing_percent:.1f}", f"{f.envelope:.4f}", f"{f.segmental_snr_db:.1f}",
                         f"{f.spectral_distance_db:.2f}", f"{f.wander_ms:.0f}"))
    widths = [max(len(row[i]) for row in rows) for i in range(len(head))]
    lines = []
    for row in rows:
        cells = [cell.ljust(width) if i < 2 else cell.rjust(width) for i, (cell, width) in enumerate(zip(row, widths))]
        lines.append("| " + " | ".join(cells) + " |")
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def faults(results, kept):
    """Where a case is worse than the kept figures by more than equal runs on a busy machine differ."""
    for name, directions in results.items():
        margin = CLEAN if name.endswith(".clean") else IMPAIRED
        for direction, f in directions.items():
            was = kept.get(name, {}).get(direction)
            if was is None:
                yield f"{name} {direction}: there are no kept figures to judge it by; see --out"
                continue
            wrong = []
            for figure, least, most in (
                    ("level_db", was["level_db"] - margin.level_db, was["level_db"] + margin.level_db),
                    ("gap_ms", None, was["gap_ms"] + margin.gap_ms),
                    ("missing_percent", None, was["missing_percent"] + margin.missing_percent),
                    ("envelope", was["envelope"] - margin.envelope, None),
                    ("segmental_snr_db", was["segmental_snr_db"] - margin.segmental_snr_db, None),
                    ("spectral_distance_db", None, was["spectral_distance_db"] + margin.spectral_distance_db)):
                found = getattr(f, figure)
                if (least is not None and found < least) or (most is not None and found > most):
                    limit = f"at least {least:.4g}" if least is not None and found < least else f"at most {most:.4g}"
                    wrong.append(f"{figure} is {found:.4g}, {limit} is wanted")
            if wrong:
                yield f"{name} {direction}: {'; '.join(wrong)}"


def header(late):
    """How the figures came about, above them in speech.txt."""
    def said(*command):
        done = subprocess.run(command, capture_output=True, text=True, cwd=TREE)
        return done.stdout.strip() if done.returncode == 0 else "unknown"

    models = [line.split(":", 1)[1].strip() for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines()
              if line.startswith("model name")]
    scheduling = {os.SCHED_RR: "chrt -r", os.SCHED_FIFO: "chrt -f"}.get(os.sched_getscheduler(0))
    started = f"{scheduling} {os.sched_getparam(0).sched_priority} " if scheduling else ""
    return (f"Command: {started}tests/speech/speech.py {shlex.join(sys.argv[1:])}\n"
            f"Causeway: {said('git', 'describe', '--always', '--dirty')}\n"
            f"Machine: {models[0] if models else platform.machine()}, {os.cpu_count()} cores, Linux {platform.release()}\n"
            f"{late}\n\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default=TREE / "build/release", help="where it is built")
    parser.add_argument("--only", default="", help="cases whose name begins so")
    parser.add_argument("--check", action="store_true", help="clean cases only; exit status 1 when one is not good")
    parser.add_argument("--keep", type=pathlib.Path, help="a folder for the recordings")
    parser.add_argument("--out", type=pathlib.Path, help="a folder for speech.txt and speech.json")
    options = parser.parse_args()
    if not SAMPLE.exists() or shutil.which("ffmpeg") is None:
        sys.exit(f"The voice or ffmpeg is missing. To get them:\n    sudo apt-get install {PACKAGES}")

    cases = [case for case in all_cases()
             if case.name.startswith(options.only) and (not options.check or case.wire == Wire())]
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or pathlib.Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        voice = Voice(folder, options.build / "tests/speech/causeway-codec-chain")
        plan = folder / "calls.txt"
        plan.write_text("".join(f"{c.name} {c.browser} {c.sip} {c.wire.loss} {c.wire.burst} {c.wire.delay_ms} "
                                f"{c.wire.jitter_ms} {c.wire.reorder}\n" for c in cases))
        for rate in (8000, 16000, 48000):
            voice.at(rate)
        print(f"{len(cases)} calls of {SECONDS} s, all at once.", file=sys.stderr)
        late = run(options.build / "tests/speech/causeway-speech", "--gateway", options.build / "gateway/app/causeway",
                   "--calls", plan, "--voice", folder / "voice-{}.wav", "--out", folder)
        results = {case.name: judge(voice, case, folder) for case in cases}

    print(table(results))
    p99, most = late.split()
    late = f"The mouths were late by {p99} ms (p99), {most} ms at most."
    too_busy = float(most) > MOST_LATE_MS
    print(late, file=sys.stderr)
    wrong = list(faults(results, json.loads(KEPT.read_text()) if KEPT.exists() else {}))
    if options.out and not too_busy:
        options.out.mkdir(parents=True, exist_ok=True)
        (options.out / "speech.txt").write_text(header(late) + table(results) + "\n")
        figures = {name: {way: {key: round(value, 4) for key, value in asdict(f).items()}
                          for way, f in ways.items()} for name, ways in results.items()}
        (options.out / "speech.json").write_text(json.dumps(figures, indent=1) + "\n")
    for fault in wrong:
        print(fault, file=sys.stderr)
    if too_busy:
        print("The machine was too busy: these figures say nothing of the gateway, and are not kept.", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
