"""The text report of a comparison, made of its figures only: the same JSON gives the same report. Pure."""

import figures

SYSTEMS = ("causeway", "rtpengine", "janus", "reference")
NAMES = {"causeway": "Causeway", "rtpengine": "rtpengine", "janus": "Janus", "reference": "reference"}
MARKS = {
    "loss": "more than 0.1 % of the packets were lost",
    "failed": "calls failed",
    "generator": "the generator itself was the bottleneck",
    "core-full": "the system's core was full",
    "no-result": "the run ended without figures",
}


def number(value, digits=2):
    if value is None:
        return "-"
    return f"{value:.{digits}f}" if isinstance(value, float) else str(value)


def times(value):
    return "-" if value is None else f"{value:.2f} x"


def table(head, rows):
    """Columns as wide as they need to be; the first to the left, the others to the right."""
    if not rows:
        return "not measured\n"
    lines = [head, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]

    def text(line):
        cells = [cell.ljust(width) if column == 0 else cell.rjust(width)
                 for column, (cell, width) in enumerate(zip(line, widths))]
        return "  ".join(cells).rstrip()

    return "\n".join([text(head), "  ".join("-" * width for width in widths), *(text(row) for row in rows)]) + "\n"


def systems_of(records, series):
    return [system for system in SYSTEMS
            if any(record["system"] == system and record["series"] == series for record in records)]


def per_call(records, series, title, figure, digits):
    """A figure of each system by number of calls, and Causeway's as ratios to the others."""
    systems = systems_of(records, series)
    rivals = [system for system in systems if system != "causeway"]
    head = ["calls", *(NAMES[system] for system in systems), *(f"Causeway / {NAMES[rival]}" for rival in rivals)]
    rows = []
    for calls in figures.numbers_of_calls(records, series):
        rows.append([str(calls),
                     *(number(figures.median(records, series, system, calls, figure), digits) for system in systems),
                     *(times(figures.ratio(records, series, "causeway", rival, calls, figure)) for rival in rivals)])
    return f"{title}\n\n{table(head, rows)}\n"


def delays(records, series, title, figure):
    head = ["calls", "system", "to SIP p50", "p99", "to browser p50", "p99"]
    rows = []
    for calls in figures.numbers_of_calls(records, series):
        for system in systems_of(records, series):
            cells = [number(figures.median(records, series, system, calls, f"{figure}_{quantile}_ms_{direction}"))
                     for direction in ("to_sip", "to_browser") for quantile in ("p50", "p99")]
            rows.append([str(calls), NAMES[system], *cells])
    return f"{title}\n\n{table(head, rows)}\n"


def setups(records):
    head = ["asked for /s", "system", "calls", "reached /s", "answer p50 ms", "p99", "SRTP up after answer p50", "p99"]
    rows = []
    for rate in figures.setup_rates(records):
        for system in systems_of(records, "setup"):
            at_rate = [r for r in records if r["series"] == "setup" and r["system"] == system and r["rate"] == rate]
            if at_rate:
                cells = [number(figures.setup_figure(records, system, figure, rate))
                         for figure in ("setup_rate", "answer_p50_ms", "answer_p99_ms", "srtp_p50_ms", "srtp_p99_ms")]
                rows.append([str(rate), NAMES[system], str(at_rate[0]["calls"]), *cells])
    return ("Set-up (Janus: of guests that were registered before, at 10 a second)\n\n" + table(head, rows) + "\n")


def curve(records, kind, title):
    head = ["calls", "% of a core", "% per call", "threads", "delay p99 ms to SIP", "to browser"]
    delay = "delay" if kind == "relay" else "audio_delay"
    rows = []
    for calls, cost in figures.curve(records, kind, "causeway"):
        at_calls = [record for record in records if record["calls"] == calls and record["system"] == "causeway"
                    and record["series"].removeprefix("curve-") == kind and not record["marks"]]
        last = at_calls[-1]
        rows.append([str(calls), number(float(cost * calls), 1), number(cost, 3), number(last.get("threads")),
                     *(number(last.get(f"{delay}_p99_ms_{way}")) for way in ("to_sip", "to_browser"))])
    return f"{title}\n\n{table(head, rows)}\n"


def goals(records):
    rows = []
    for goal in figures.goals(records):
        held = {None: "not measured", True: "held", False: "MISSED"}[goal["held"]]
        limit = f"{'at least' if goal['at_least'] else 'at most'} {goal['limit']:g}"
        rows.append([goal["what"], limit, number(goal["reached"] if goal["reached"] is None else
                                                 float(goal["reached"])), held])
    return "What Causeway is held to\n\n" + table(["goal", "limit", "reached", ""], rows) + "\n"


def marked(comparison):
    lines = []
    for record in comparison["runs"]:
        if record["marks"]:
            why = "; ".join(MARKS[mark] for mark in record["marks"])
            lines.append(f"  {record['series']}, {NAMES[record['system']]}, {record['calls']} calls, "
                         f"round {record['round']}: {why}")
    busy = max((record.get("busy_before", 0) for record in comparison["runs"]), default=0)
    if busy > 0.1:
        lines.append(f"  The machine was not quiet: {busy:.0%} of it was busy before a run, so nothing above is "
                     "worth much.")
    lines += [f"  {skipped}" for skipped in comparison["skipped"]]
    return "Not counted above, and why\n\n" + ("\n".join(lines) if lines else "  nothing") + "\n"


def write(comparison):
    """The whole report."""
    runs = comparison["runs"]
    machine = comparison["machine"]
    head = (
        "Causeway compared with rtpengine (userspace) and Janus' SIP plugin\n"
        "==================================================================\n\n"
        f"Made by tests/load/compare.py{comparison['options']} on {machine['processor']}, {machine['cores']} cores, "
        f"Linux {machine['kernel']}.\n"
        f"{', '.join(f'{name} {version}' for name, version in comparison['versions'].items())}.\n"
        "The generator had core 0, the system under test core 1. Runs alternate; each figure is the median of the\n"
        f"rounds ({comparison['rounds']}), each ratio the median of the ratios within a round. Equal runs differ by "
        "about 10 %:\nread the ratios, not the absolute figures.\n\n")
    parts = [head, goals(runs),
             per_call(runs, "relay", "Relay, DTLS-SRTP PCMU <-> RTP PCMU: % of one core per call", "cost_percent", 3),
             per_call(runs, "transcoding", "Opus <-> PCMU: % of one core per call", "cost_percent", 2),
             per_call(runs, "relay", "Relay: memory per call, kB", "memory_kb", 0),
             per_call(runs, "transcoding", "Opus <-> PCMU: memory per call, kB", "memory_kb", 0),
             delays(runs, "relay", "Relay: one-way delay of packets, ms", "delay"),
             delays(runs, "transcoding", "Opus <-> PCMU: delay of the sound that the system adds, ms", "audio_delay"),
             setups(runs),
             curve(runs, "relay", "Causeway, relay, to a full core"),
             curve(runs, "transcoding", "Causeway, Opus <-> PCMU, to a full core"), marked(comparison)]
    return "".join(parts)
