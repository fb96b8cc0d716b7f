"""Which runs a comparison is made of, and in which order: a pure plan, whose length is known before it begins."""

import dataclasses

# How fast calls are set up where set-up is not what is measured. Janus registers guests at 10 a second before.
RAMP = {"causeway": 50, "rtpengine": 50, "janus": 25, "reference": 50}
JANUS_REGISTRATIONS = 10
# Start, stop, settling and report of one run, in seconds.
OVERHEAD = 7


@dataclasses.dataclass(frozen=True)
class Run:
    """One start of one system with so many calls."""
    series: str  # relay, transcoding, curve-relay, curve-transcoding, setup
    system: str
    calls: int
    round: int
    seconds: int  # of the steady window
    rate: int     # calls a second while they are set up

    @property
    def codecs(self):
        return ("opus", "pcmu") if "transcoding" in self.series else ("pcmu", "pcmu")

    @property
    def expected_seconds(self):
        registering = self.calls / JANUS_REGISTRATIONS if self.system == "janus" else 0
        return OVERHEAD + registering + self.calls / self.rate + self.seconds


@dataclasses.dataclass(frozen=True)
class Extent:
    """How much is measured."""
    rounds: int
    seconds: int
    relay: tuple
    transcoding: tuple
    curve_relay: tuple
    curve_transcoding: tuple
    setup_calls: int
    setup_rates: tuple


FULL = Extent(rounds=3, seconds=8, relay=(50, 100, 200, 400), transcoding=(10, 20, 30),
              curve_relay=(10, 25, 800, 1200, 1600, 2000), curve_transcoding=(5, 60, 90, 120, 150, 180),
              setup_calls=300, setup_rates=(100, 300, 400))
QUICK = Extent(rounds=2, seconds=5, relay=(100, 200), transcoding=(30,), curve_relay=(10, 50, 400, 600, 800),
               curve_transcoding=(10, 80, 150, 180), setup_calls=200, setup_rates=(100, 300, 400))
# To see that everything works, on any machine in any state; its figures mean nothing.
TRIAL = Extent(rounds=2, seconds=2, relay=(5, 10), transcoding=(4,), curve_relay=(2,), curve_transcoding=(2,),
               setup_calls=10, setup_rates=(20,))
EXTENTS = {"full": FULL, "quick": QUICK, "trial": TRIAL}

RELAYS = ("causeway", "rtpengine", "janus", "reference")
CALLED = ("causeway", "rtpengine", "janus")
TRANSCODERS = ("causeway", "rtpengine")


def plan(extent, systems=RELAYS):
    """All runs in order. Systems alternate at each number of calls, and begin by turns, so that whatever changes with
    time on the machine meets all of them alike."""
    runs = []

    def add(series, system, calls, round_, seconds, rate):
        if system in systems:
            runs.append(Run(series, system, calls, round_, seconds, rate))

    for round_ in range(1, extent.rounds + 1):
        for series, numbers, all_of_it in (("relay", extent.relay, RELAYS),
                                           ("transcoding", extent.transcoding, TRANSCODERS)):
            turn = (round_ - 1) % len(all_of_it)
            for calls in numbers:
                for system in all_of_it[turn:] + all_of_it[:turn]:
                    add(series, system, calls, round_, extent.seconds, RAMP[system])
        for rate in extent.setup_rates:
            for system in CALLED:
                # What Janus needs before the first call would take longer than all the rest.
                calls = min(extent.setup_calls, 100) if system == "janus" else extent.setup_calls
                if system != "janus" or rate == extent.setup_rates[0]:
                    add("setup", system, calls, round_, 2, rate)
    for series, numbers in (("curve-relay", extent.curve_relay), ("curve-transcoding", extent.curve_transcoding)):
        for calls in numbers:
            add(series, "causeway", calls, 1, extent.seconds, 100)
    return runs


def expected_seconds(runs):
    return sum(run.expected_seconds for run in runs)


def is_full(record):
    """Whether the system had no more to give: its core was busy, or its calls suffered."""
    suffering = bool({"loss", "failed"} & set(record["marks"]))
    return record.get("cpu_percent", 0) > (70 if suffering else 90)


def skips(run, records):
    """Why this run need not be made after those, or "". A core that was full with fewer calls is full with more."""
    kind = run.series.removeprefix("curve-")
    for record in records:
        if kind == "setup" or (record["system"], record["series"].removeprefix("curve-")) != (run.system, kind):
            continue
        again = record["calls"] == run.calls and record["marks"]
        if is_full(record) and (record["calls"] < run.calls or again):
            return f"{run.system}'s core was full with {record['calls']} calls"
    return ""
