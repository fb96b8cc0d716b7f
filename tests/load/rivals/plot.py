"""The plot of a comparison: cost per call over the number of calls, as a gnuplot script. Pure."""

import figures

LINES = {
    "causeway": ("Causeway", "#0060ad", 7),
    "rtpengine": ("rtpengine", "#dd5f00", 5),
    "janus": ("Janus (SIP plugin)", "#7f3f98", 9),
    "reference": ("bare reference relay", "#777777", 11),
}
PANELS = (("relay", "Relay: DTLS-SRTP PCMU ↔ RTP PCMU"), ("transcoding", "Opus ↔ PCMU"))

HEAD = """set encoding utf8
set terminal svg size 960,420 font "sans-serif,13" background rgb "white"
set multiplot layout 1,2
set logscale x
set xlabel "calls"
set ylabel "% of one core per call"
set grid
set key top right
"""


def panel(records, kind, title):
    blocks, curves, ticks, top = [], [], set(), 0
    for system, (name, colour, point) in LINES.items():
        points = figures.curve(records, kind, system)
        if not points:
            continue
        block = f"$data_{kind}_{system}"
        blocks.append(f"{block} << EOD\n" + "".join(f"{calls} {cost:.4f}\n" for calls, cost in points) + "EOD\n")
        curves.append(f'{block} using 1:2 with linespoints lw 2 pt {point} ps 0.7 lc rgb "{colour}" title "{name}"')
        ticks.update(calls for calls, _ in points)
        top = max(top, *(cost for _, cost in points))
    if not curves:
        return ""
    low, high = min(ticks), max(ticks)
    marks = ", ".join(str(calls) for calls in spread(sorted(ticks)))
    # The room above is the key's.
    return ("".join(blocks) + f'set title "{title}"\nset xrange [{low * 0.8:g}:{high * 1.25:g}]\n'
            f"set yrange [0:{top * 1.3:g}]\nset xtics ({marks})\nplot " + ", \\\n     ".join(curves) + "\n")


def spread(numbers):
    """Those that do not crowd each other on a logarithmic axis."""
    kept = []
    for each in numbers:
        if not kept or each >= kept[-1] * 1.45:
            kept.append(each)
    return kept


def script(records):
    """What gnuplot is to be given on its standard input; it prints the SVG."""
    return HEAD + "".join(panel(records, kind, title) for kind, title in PANELS) + "unset multiplot\n"
