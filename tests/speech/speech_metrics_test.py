#!/usr/bin/python3
"""The measure itself: what it says of known damage."""
import unittest

import numpy

from speech_metrics import PIECE_S, compare, wander

RATE = 8000


def voice(seconds=8):
    """Syllables: noise and a buzz under a slow envelope; never twice the same."""
    random = numpy.random.default_rng(1)
    time = numpy.arange(seconds * RATE) / RATE
    pitch = 120 + 20 * numpy.sin(2 * numpy.pi * 0.4 * time)
    buzz = sum(numpy.sin(2 * numpy.pi * n * numpy.cumsum(pitch) / RATE) / n for n in range(1, 20))
    envelope = numpy.clip(numpy.sin(2 * numpy.pi * 1.7 * time) + 0.4 * numpy.sin(2 * numpy.pi * 0.61 * time), 0.01, None)
    return 4000 * envelope * (buzz + 0.2 * random.standard_normal(len(time)))


class Metrics(unittest.TestCase):
    def test_a_delayed_copy_is_perfect(self):
        wanted = voice()
        found = compare(wanted, numpy.concatenate((numpy.zeros(1234), wanted, numpy.zeros(500))), RATE)
        self.assertAlmostEqual(found.level_db, 0, places=3)
        self.assertEqual((found.gap_ms, found.missing_percent), (0, 0))
        self.assertGreater(found.envelope, 0.9999)
        self.assertEqual(found.segmental_snr_db, 35)

    def test_half_the_amplitude_is_six_decibels_less(self):
        found = compare(voice(), 0.5 * voice(), RATE)
        self.assertAlmostEqual(found.level_db, -6.02, places=1)

    def test_a_hole_is_found_with_its_length(self):
        wanted = voice()
        heard = wanted.copy()
        loud = int(numpy.argmax(numpy.convolve(wanted[RATE:-RATE] ** 2, numpy.ones(800), "same"))) + RATE
        heard[loud - 400 : loud + 400] = 0
        found = compare(wanted, heard, RATE)
        self.assertIn(found.gap_ms, (80, 90, 100))
        self.assertGreater(found.missing_percent, 0)

    def test_a_stretched_pause_is_followed(self):
        wanted = voice()
        cut = 4 * RATE + int(numpy.argmin(numpy.convolve(wanted[4 * RATE : 5 * RATE] ** 2, numpy.ones(200), "same")))
        heard = numpy.concatenate((wanted[:cut], numpy.zeros(400), wanted[cut:]))
        found = compare(wanted, heard, RATE)
        self.assertAlmostEqual(found.wander_ms, 50, delta=1)
        self.assertGreater(found.segmental_snr_db, 25)

    def test_a_piece_that_is_laid_wrongly_does_not_tell_of_the_delay(self):
        wanted = voice()
        size = int(PIECE_S * RATE)
        lags = [0] * (len(wanted) // size)
        self.assertEqual(wander(wanted, wanted, lags, RATE), 0)
        lags[20] = 3000
        laid = wanted.copy()
        laid[20 * size : 21 * size] = wanted[20 * size + 3000 :][:size]
        self.assertEqual(wander(wanted, laid, lags, RATE), 0)
        self.assertEqual(wander(wanted, wanted, lags, RATE), 375)

    def test_noise_is_seen_in_the_ratio_and_the_spectrum(self):
        wanted = voice()
        noise = numpy.random.default_rng(2).standard_normal(len(wanted))
        slight, strong = (compare(wanted, wanted + level * noise, RATE) for level in (30, 600))
        self.assertGreater(slight.segmental_snr_db, strong.segmental_snr_db + 10)
        self.assertLess(slight.spectral_distance_db, strong.spectral_distance_db)

    def test_another_sound_is_not_taken_for_the_same(self):
        other = numpy.random.default_rng(3).standard_normal(8 * RATE) * 3000
        self.assertLess(compare(voice(), other, RATE).segmental_snr_db, 3)


if __name__ == "__main__":
    unittest.main()
