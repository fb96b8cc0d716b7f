"""How much of a voice is left after a path: level, gaps, envelope, spectrum. Numpy only; 16-bit mono WAV.

The path may delay, and its jitter buffer may stretch and shorten: each stretch of sound is compared at the place
where it fits best.
"""
import wave
from dataclasses import dataclass

import numpy

PIECE_S = 0.2        # compared at one lag
SEARCH_S = 0.4       # how far a piece may have moved from where most of the call lies
JUMP_PRICE = 0.3     # in pieces' likeness: a jump must make so much more like
BANDS = 18           # of the spectral distance
ACTIVE_DB = 25       # speech is what is less than this below its loud parts
SURE = 0.9           # a piece less like what it is laid under tells nothing about the delay
GAP_DB = 20          # a gap: so far below what should be there


def read_wav(path):
    with wave.open(str(path)) as file:
        assert file.getnchannels() == 1 and file.getsampwidth() == 2, path
        return numpy.frombuffer(file.readframes(file.getnframes()), "<i2").astype(float), file.getframerate()


def frames(samples, size):
    return samples[: len(samples) // size * size].reshape(-1, size)


def level_db(samples, size):
    return 10 * numpy.log10(numpy.mean(frames(samples, size) ** 2, axis=1) + 1)


def likeness(wanted, heard, first, count):
    """How like `wanted` is to `heard` from each of the places first, first+1, ...: -1..1."""
    stretch = numpy.zeros(count + len(wanted) - 1)
    inside = heard[max(first, 0) : max(first + len(stretch), 0)]
    stretch[max(-first, 0) :][: len(inside)] = inside
    size = 1 << (len(stretch) + len(wanted)).bit_length()
    products = numpy.fft.irfft(numpy.fft.rfft(stretch, size) * numpy.conj(numpy.fft.rfft(wanted, size)), size)[:count]
    squares = numpy.concatenate(([0.0], numpy.cumsum(stretch**2)))
    energy = squares[len(wanted) : len(wanted) + count] - squares[:count]
    return products / numpy.sqrt(energy * numpy.sum(wanted**2) + 1e3)


def lags_of(wanted, heard, rate):
    """For each piece of `wanted` its lag within `heard`: the likeliest way from piece to piece, on which a jump has
    its price (Viterbi)."""
    size = int(PIECE_S * rate)
    begins = range(0, len(wanted) - size + 1, size)
    whole = likeness(wanted, heard, 0, max(len(heard) - len(wanted), 0) + rate)
    reach = int(SEARCH_S * rate)
    lowest = int(numpy.argmax(whole)) - reach
    count = 2 * reach + 1
    energies = numpy.array([numpy.sum(wanted[i : i + size] ** 2) for i in begins])
    weights = numpy.minimum(energies / numpy.median(energies), 1)
    score = numpy.zeros(count)
    came_from = []
    for begin, weight in zip(begins, weights):
        best = int(numpy.argmax(score))
        jump = score[best] - JUMP_PRICE
        came_from.append(numpy.where(score >= jump, numpy.arange(count), best))
        score = numpy.maximum(score, jump) + weight * likeness(wanted[begin : begin + size], heard, begin + lowest, count)
    at = int(numpy.argmax(score))
    way = []
    for before in reversed(came_from):
        way.append(at + lowest)
        at = int(before[at])
    return size, way[::-1]


def aligned(wanted, heard, rate):
    """`heard` cut and moved piece by piece to lie under `wanted`; and the lags of the pieces."""
    size, lags = lags_of(wanted, heard, rate)
    laid = numpy.zeros(len(wanted))
    for piece, lag in enumerate(lags):
        begin = piece * size
        first = max(begin + lag, 0)
        have = heard[first : max(begin + lag + size, first)]
        laid[first - lag :][: len(have)] = have
    return laid, lags


def band_levels(samples, rate):
    size = rate // 50
    spectrum = numpy.abs(numpy.fft.rfft(frames(samples, size) * numpy.hanning(size), axis=1)) ** 2
    top = min(0.85 * rate / 2, 7000)
    edges = numpy.geomspace(150, top, BANDS + 1) / (rate / size)
    low = numpy.round(edges[:-1]).astype(int)
    high = numpy.maximum(numpy.round(edges[1:]).astype(int), low + 1)
    return 10 * numpy.log10(numpy.stack([spectrum[:, a:b].mean(axis=1) for a, b in zip(low, high)], axis=1) + 100)


def wander(wanted, laid, lags, rate):
    """How far the lags of those pieces lie apart that surely lie where they belong, in milliseconds."""
    size = int(PIECE_S * rate)
    sure = []
    for piece, lag in enumerate(lags):
        one, other = wanted[piece * size :][:size], laid[piece * size :][:size]
        if numpy.sum(one * other) > SURE * numpy.sqrt(numpy.sum(one**2) * numpy.sum(other**2) + 1e3):
            sure.append(lag)
    return (max(sure) - min(sure)) * 1000.0 / rate if sure else 0.0


@dataclass
class Figures:
    level_db: float              # heard minus wanted, of speech
    gap_ms: int                  # longest stretch in which speech is missing
    missing_percent: float       # of speech, 10 ms pieces
    envelope: float              # correlation of the levels of 20 ms frames
    segmental_snr_db: float      # mean over speech frames, each within -10..35
    spectral_distance_db: float  # mean over speech frames and bands
    wander_ms: float             # how far the delay moved during the call, by the pieces that are surely found


def compare(wanted, heard, rate):
    laid, lags = aligned(wanted, heard, rate)
    moved = wander(wanted, laid, lags, rate)
    end = len(wanted) // (rate // 50) * (rate // 50)
    # The first half second and the last are the call's beginning and end.
    edge = rate // 2
    wanted, laid = wanted[edge : end - edge], laid[edge : end - edge]

    ten, twenty = rate // 100, rate // 50
    want_10, have_10 = level_db(wanted, ten), level_db(laid, ten)
    loud = numpy.percentile(want_10, 95)
    speech_10 = want_10 > loud - ACTIVE_DB
    missing = speech_10 & (have_10 < want_10 - GAP_DB)
    longest = run = 0
    for one in missing:
        run = run + 1 if one else 0
        longest = max(longest, run)

    want_20, have_20 = level_db(wanted, twenty), level_db(laid, twenty)
    speech = want_20 > loud - ACTIVE_DB
    want_f, have_f = frames(wanted, twenty)[speech], frames(laid, twenty)[speech]
    noise = numpy.sum((want_f - have_f) ** 2, axis=1) + 1
    snr = numpy.clip(10 * numpy.log10((numpy.sum(want_f**2, axis=1) + 1) / noise), -10, 35)
    distance = numpy.abs(band_levels(wanted, rate) - band_levels(laid, rate))[speech]
    floor = loud - 40
    return Figures(
        level_db=float(10 * numpy.log10((have_f**2).mean() + 1) - 10 * numpy.log10((want_f**2).mean() + 1)),
        gap_ms=longest * 10,
        missing_percent=float(100 * missing.sum() / max(speech_10.sum(), 1)),
        envelope=float(numpy.corrcoef(numpy.maximum(want_20, floor), numpy.maximum(have_20, floor))[0, 1]),
        segmental_snr_db=float(snr.mean()),
        spectral_distance_db=float(distance.mean()),
        wander_ms=moved,
    )
