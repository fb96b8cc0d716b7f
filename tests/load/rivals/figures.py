"""From the records of single runs to what is said about the systems: medians, ratios, goals. Pure.

A record is one run: see `record_of` in compare.py for its members. Ratios are taken within a round, where the runs
stand next to each other in time, and only then the median of the rounds: absolute figures wander by 10 % and more.
"""

import statistics

# Beyond these, a run says nothing about the system that was measured, and is marked.
MOST_LOSS = 0.001
FULL_CORE = 97


def values(records, series, system, calls, figure):
    """By round, of the runs without marks."""
    return {record["round"]: record[figure] for record in records
            if record["series"] == series and record["system"] == system and record["calls"] == calls
            and not record["marks"] and record.get(figure) is not None}


def median(records, series, system, calls, figure):
    found = values(records, series, system, calls, figure)
    return statistics.median(found.values()) if found else None


def ratio(records, series, one, other, calls, figure):
    """`one` / `other`, or None when no round has both."""
    ours = values(records, series, one, calls, figure)
    theirs = values(records, series, other, calls, figure)
    both = [ours[round_] / theirs[round_] for round_ in ours if theirs.get(round_)]
    return statistics.median(both) if both else None


def numbers_of_calls(records, series):
    return sorted({record["calls"] for record in records if record["series"] == series})


def curve(records, kind, system):
    """(calls, median % of a core per call) of all runs of a kind, relay or transcoding, without marks."""
    points = {}
    for record in records:
        if record["series"].removeprefix("curve-") == kind and record["system"] == system and not record["marks"]:
            points.setdefault(record["calls"], []).append(record["cost_percent"])
    return [(calls, statistics.median(costs)) for calls, costs in sorted(points.items())]


def growth(points, start):
    """The highest cost per call from `start` calls on, against that at the first of them; None without a second."""
    beyond = [cost for calls, cost in points if calls >= start]
    return max(beyond[1:]) / beyond[0] if len(beyond) > 1 and beyond[0] else None


def best_setup_rate(records, system):
    """The highest rate at which every call came up, in calls a second; None when none was measured."""
    rates = [record["setup_rate"] for record in records
             if record["series"] == "setup" and record["system"] == system and not record["marks"]
             and record["setup_rate"] is not None]
    return max(rates) if rates else None


def setup_figure(records, system, figure, rate):
    """The median over the rounds at that rate of set-up."""
    found = [record[figure] for record in records
             if record["series"] == "setup" and record["system"] == system and record["rate"] == rate
             and not record["marks"] and record.get(figure) is not None]
    return statistics.median(found) if found else None


def setup_rates(records):
    return sorted({record["rate"] for record in records if record["series"] == "setup"})


def nearest(numbers, wanted):
    """The measured number that stands for the one that a goal names."""
    return min(numbers, key=lambda number: abs(number - wanted), default=wanted)


def goals(records):
    """Each: what, at most (or at least), reached or None, held or None. What Causeway is held to, in one series."""
    rows = []

    def row(what, limit, reached, at_least=False):
        held = None if reached is None else (reached >= limit if at_least else reached <= limit)
        rows.append({"what": what, "limit": limit, "reached": reached, "held": held, "at_least": at_least})

    relay, transcoding = (numbers_of_calls(records, series) for series in ("relay", "transcoding"))
    calls = nearest(relay, 200)
    row(f"relay, {calls} calls: cost / rtpengine's", 0.55,
        ratio(records, "relay", "causeway", "rtpengine", calls, "cost_percent"))
    row(f"relay, {calls} calls: cost / the bare reference's", 1.2,
        ratio(records, "relay", "causeway", "reference", calls, "cost_percent"))
    calls = nearest(transcoding, 30)
    row(f"Opus <-> PCMU, {calls} calls: cost / rtpengine's", 0.35,
        ratio(records, "transcoding", "causeway", "rtpengine", calls, "cost_percent"))
    hundred = nearest(relay, 100)
    row(f"relay, {hundred} calls: delay p99, ms", 3.0, worst_delay(records, "relay", hundred, "delay_p99_ms"))
    row(f"Opus <-> PCMU, {calls} calls: audio delay p50, ms (a frame, a jitter buffer of one)", 40.0,
        worst_delay(records, "transcoding", calls, "audio_delay_p50_ms"))
    row("set-ups a second", 300, best_setup_rate(records, "causeway"), at_least=True)
    rate = nearest(setup_rates(records), 300)
    row(f"SRTP up after the answer at {rate} set-ups/s, p99, ms", 10.0,
        setup_figure(records, "causeway", "srtp_p99_ms", rate))
    two_hundred = nearest(relay, 200)
    row(f"memory per relayed call ({two_hundred} calls), kB", 100,
        median(records, "relay", "causeway", two_hundred, "memory_kb"))
    row(f"memory per transcoded call ({calls} calls), kB", 180,
        median(records, "transcoding", "causeway", calls, "memory_kb"))
    row("relay: highest cost per call from 50 calls on / cost at 50", 1.1,
        growth(curve(records, "relay", "causeway"), 50))
    row("Opus <-> PCMU: highest cost per call from 10 calls on / cost at 10", 1.1,
        growth(curve(records, "transcoding", "causeway"), 10))
    return rows


def worst_delay(records, series, calls, figure):
    """The slower direction, median of the rounds."""
    found = [median(records, series, "causeway", calls, f"{figure}_{direction}") for direction in ("to_sip",
                                                                                                  "to_browser")]
    return max(found) if None not in found else None
