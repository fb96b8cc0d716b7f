#!/usr/bin/env python3
"""The parts of the comparison that run nothing: plan, medians and ratios, report, plot."""

import copy
import json
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import compare
import figures
import plot
import report
import series


def record(system, calls, cost, round_=1, kind="relay", **more):
    return {"series": kind, "system": system, "calls": calls, "round": round_, "rate": 50, "cost_percent": cost,
            "cpu_percent": cost * calls, "marks": [], **more}


def comparison(records):
    return {"options": "", "rounds": 2, "machine": {"processor": "P", "cores": 2, "kernel": "6.1"},
            "versions": {"Causeway": "abc", "rtpengine": "10.5"}, "runs": records, "skipped": []}


class Plan(unittest.TestCase):
    def test_systems_alternate_at_each_number_of_calls(self):
        runs = [run for run in series.plan(series.FULL) if run.series == "relay" and run.calls == 100]
        self.assertEqual([run.system for run in runs], ["causeway", "rtpengine", "janus", "reference",
                                                        "rtpengine", "janus", "reference", "causeway",
                                                        "janus", "reference", "causeway", "rtpengine"])

    def test_the_reference_only_relays(self):
        self.assertEqual({run.series for run in series.plan(series.FULL) if run.system == "reference"}, {"relay"})

    def test_what_is_compared_has_the_same_window(self):
        for extent in series.EXTENTS.values():
            runs = series.plan(extent)
            for name in ("relay", "transcoding", "setup"):
                self.assertEqual(len({run.seconds for run in runs if run.series == name}), 1)

    def test_janus_does_not_transcode(self):
        self.assertFalse([run for run in series.plan(series.FULL)
                          if run.system == "janus" and "transcoding" in run.series])

    def test_lengths_are_as_promised(self):
        minutes = {name: series.expected_seconds(series.plan(extent)) / 60 for name, extent in series.EXTENTS.items()}
        self.assertLess(minutes["quick"], 11)
        self.assertLess(minutes["full"], 33)

    def test_a_full_core_is_not_filled_more(self):
        full = record("janus", 200, 0.48, cpu_percent=97.0)
        run = series.Run("relay", "janus", 400, 1, 8, 25)
        self.assertIn("full with 200", series.skips(run, [full]))
        again = series.Run("relay", "janus", 200, 2, 8, 25)
        self.assertEqual(series.skips(again, [full]), "")
        self.assertIn("full with 200", series.skips(again, [full | {"marks": ["core-full"]}]))
        self.assertEqual(series.skips(series.Run("relay", "janus", 100, 2, 8, 25), [full]), "")
        self.assertEqual(series.skips(series.Run("relay", "rtpengine", 400, 1, 8, 50), [full]), "")
        self.assertEqual(series.skips(series.Run("setup", "janus", 300, 1, 2, 300), [full]), "")

    def test_a_curve_ends_where_the_core_is_full(self):
        full = record("causeway", 1200, 0.08, cpu_percent=96.0, kind="curve-relay")
        self.assertTrue(series.skips(series.Run("curve-relay", "causeway", 1600, 1, 8, 100), [full]))


class Figures(unittest.TestCase):
    def test_ratios_are_taken_within_a_round_and_then_the_median(self):
        records = [record("causeway", 200, 0.1, 1), record("rtpengine", 200, 0.2, 1),
                   record("causeway", 200, 0.3, 2), record("rtpengine", 200, 0.3, 2),
                   record("causeway", 200, 0.1, 3), record("rtpengine", 200, 0.5, 3)]
        self.assertAlmostEqual(figures.ratio(records, "relay", "causeway", "rtpengine", 200, "cost_percent"), 0.5)

    def test_marked_runs_and_lonely_rounds_do_not_count(self):
        records = [record("causeway", 200, 0.1, 1), record("rtpengine", 200, 0.2, 1, marks=["loss"]),
                   record("rtpengine", 200, 0.4, 2)]
        self.assertIsNone(figures.ratio(records, "relay", "causeway", "rtpengine", 200, "cost_percent"))
        self.assertEqual(figures.median(records, "relay", "rtpengine", 200, "cost_percent"), 0.4)

    def test_a_curve_joins_its_own_runs_with_those_of_the_comparison(self):
        records = [record("causeway", 100, 0.2), record("causeway", 800, 0.1, kind="curve-relay"),
                   record("causeway", 100, 0.3, kind="transcoding")]
        self.assertEqual(figures.curve(records, "relay", "causeway"), [(100, 0.2), (800, 0.1)])

    def test_growth_is_the_worst_point_against_the_first(self):
        self.assertAlmostEqual(figures.growth([(10, 9.0), (50, 2.0), (100, 1.5), (200, 2.5)], 50), 1.25)
        self.assertIsNone(figures.growth([(50, 2.0)], 50))

    def test_each_goal_is_held_missed_or_not_measured(self):
        records = [record("causeway", 200, 0.10, memory_kb=120), record("rtpengine", 200, 0.25),
                   record("reference", 200, 0.08),
                   record("causeway", 300, 0.1, kind="setup", setup_rate=310.0)]
        found = {goal["what"]: goal["held"] for goal in figures.goals(records)}
        self.assertIs(found["relay, 200 calls: cost / rtpengine's"], True)
        self.assertIs(found["relay, 200 calls: cost / the bare reference's"], False)
        self.assertIs(found["memory per relayed call (200 calls), kB"], False)
        self.assertIs(found["set-ups a second"], True)
        self.assertIsNone(found["relay, 200 calls: delay p99, ms"])
        self.assertIsNone(found["Opus <-> PCMU, 30 calls: cost / rtpengine's"])


class Report(unittest.TestCase):
    RECORDS = [record("causeway", 200, 0.125, memory_kb=90), record("rtpengine", 200, 0.25, memory_kb=154),
               record("janus", 100, 0.7), record("causeway", 100, 0.14),
               record("janus", 200, 0.48, marks=["loss", "core-full"])]

    def test_ratios_stand_beside_the_figures(self):
        text = report.write(comparison(self.RECORDS))
        self.assertRegex(text, r"\n200 +0\.125 +0\.250 +- +0\.50 x +-\n")
        self.assertRegex(text, r"\n100 +0\.140 +- +0\.700 +- +0\.20 x\n")

    def test_what_does_not_count_is_named_with_its_reason(self):
        text = report.write(comparison(self.RECORDS))
        self.assertIn("relay, Janus, 200 calls, round 1: more than 0.1 % of the packets were lost; the system's core",
                      text)

    def test_a_missed_goal_is_not_hidden(self):
        missed = report.write(comparison([record("causeway", 200, 0.2), record("rtpengine", 200, 0.25)]))
        self.assertRegex(missed, r"relay, 200 calls: cost / rtpengine's +at most 0\.55 +0\.80 +MISSED")

    def test_a_busy_machine_is_told(self):
        self.assertIn("The machine was not quiet: 40%",
                      report.write(comparison([record("janus", 100, 0.7, busy_before=0.4)])))

    def test_nothing_measured_gives_a_report_all_the_same(self):
        self.assertIn("not measured", report.write(comparison([])))

    def test_every_mark_has_words(self):
        self.assertLessEqual({"loss", "failed", "generator", "core-full", "no-result"}, set(report.MARKS))


class Plot(unittest.TestCase):
    def test_every_system_has_its_points(self):
        script = plot.script([record("causeway", 100, 0.2), record("rtpengine", 100, 0.3),
                              record("janus", 100, 0.7)])
        for line in ("$data_relay_causeway << EOD\n100 0.2000\nEOD", "$data_relay_janus << EOD\n100 0.7000\nEOD"):
            self.assertIn(line, script)
        self.assertNotIn("transcoding", script)

    def test_ticks_do_not_crowd(self):
        self.assertEqual(plot.spread([10, 25, 30, 50, 60, 100]), [10, 25, 50, 100])


class Records(unittest.TestCase):
    RESULT = json.loads((pathlib.Path(__file__).parent / "recorded_result.json").read_text())
    RUN = series.Run("transcoding", "rtpengine", 4, 1, 6, 20)

    def marks(self, change):
        result = copy.deepcopy(self.RESULT)
        change(result["stages"][0])
        return compare.record_of(self.RUN, result)["marks"]

    def test_a_generator_s_result_becomes_a_record(self):
        kept = compare.record_of(self.RUN, self.RESULT)
        stage = self.RESULT["stages"][0]
        self.assertEqual(kept["marks"], [])
        self.assertEqual(kept["cost_percent"], stage["process"]["cpu_percent_per_call"])
        self.assertEqual(kept["memory_kb"] * 1000, stage["process"]["memory_per_call"])
        self.assertEqual(kept["audio_delay_p50_ms_to_sip"], stage["to_sip"]["audio_delay"]["p50_ms"])
        self.assertNotIn("delay_p50_ms_to_sip", kept)
        self.assertEqual(kept["srtp_p99_ms"], stage["setup"]["answer_to_srtp"]["p99_ms"])

    def test_what_a_run_suffered_is_marked(self):
        self.assertEqual(self.marks(lambda stage: stage["to_browser"].update(lost=2)), ["loss"])
        self.assertEqual(self.marks(lambda stage: stage["to_sip"].update(lost=1)), [])
        self.assertEqual(self.marks(lambda stage: stage.update(up=3)), ["failed"])
        self.assertEqual(self.marks(lambda stage: stage["to_sip"].update(silent_streams=1)), ["failed"])
        self.assertEqual(self.marks(lambda stage: stage["generator"].update(limit="late")), ["generator"])
        self.assertEqual(self.marks(lambda stage: stage["process"].update(cpu_percent=98.0)), ["core-full"])

    def test_sound_that_is_missing_is_a_loss(self):
        self.assertEqual(self.marks(lambda stage: stage["to_sip"].update(missing=20)), ["loss"])

    def test_only_a_set_up_suffers_from_a_generator_that_was_busy_setting_up(self):
        result = copy.deepcopy(self.RESULT)
        result["stages"][0]["setup_generator"] = {"limit": "busy"}
        self.assertEqual(compare.record_of(self.RUN, result)["marks"], [])
        setup = series.Run("setup", "rtpengine", 4, 1, 6, 20)
        self.assertEqual(compare.record_of(setup, result)["marks"], ["generator"])

    def test_a_report_is_made_of_records(self):
        kept = compare.record_of(self.RUN, self.RESULT)
        text = report.write(comparison([kept]))
        self.assertRegex(text, rf"\n4 +{kept['cost_percent']:.2f} +-\n")
        self.assertEqual(text, report.write(json.loads(json.dumps(comparison([kept])))))

    def test_a_run_without_a_result_is_marked(self):
        run = series.Run("relay", "janus", 50, 1, 8, 25)
        self.assertEqual(compare.record_of(run, None)["marks"], ["no-result"])


if __name__ == "__main__":
    unittest.main()
