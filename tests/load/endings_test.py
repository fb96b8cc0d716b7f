#!/usr/bin/env python3
"""How a run of causeway-load ends that does not come to its end: endings_test.py CAUSEWAY_LOAD CAUSEWAY"""
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest

LOAD, GATEWAY = sys.argv[1:3]


class Endings(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.folder = pathlib.Path(self.temporary.name)
        self.report = self.folder / "report.json"

    def tearDown(self):
        self.temporary.cleanup()

    def start(self, *words, binary=GATEWAY):
        return subprocess.Popen([LOAD, "--start", "causeway", "--binary", binary, *words], stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, text=True, env=os.environ | {"TMPDIR": str(self.folder)})

    def start_measuring(self):
        """A run whose calls are up, and its gateway's process."""
        run = self.start("--calls", "5", "--rate", "50", "--settle", "0s", "--steady", "60s", "--json", self.report)
        until = time.monotonic() + 20
        while time.monotonic() < until:
            children = pathlib.Path(f"/proc/{run.pid}/task/{run.pid}/children").read_text().split()
            # Five calls have a socket each on either side.
            if children and len(list(pathlib.Path(f"/proc/{children[0]}/fd").iterdir())) > 50:
                time.sleep(3)
                return run, int(children[0])
            time.sleep(0.1)
        run.kill()
        self.fail("no calls came up:\n" + run.communicate()[0])

    def left_behind(self):
        return [path.name for path in self.folder.iterdir() if path != self.report]

    def test_a_program_that_cannot_be_run_is_told_at_once(self):
        run = self.start("--calls", "1", binary="/nonexistent/gateway")
        said = run.communicate(timeout=5)[0]
        self.assertIn("/nonexistent/gateway cannot be run: No such file", said)
        self.assertEqual(run.returncode, 1)
        self.assertEqual(self.left_behind(), [])

    def test_a_program_that_ends_is_not_waited_for(self):
        run = self.start("--calls", "1", binary="/bin/false")
        self.assertIn("the process is gone: /bin/false exited with status 1", run.communicate(timeout=5)[0])
        self.assertEqual(run.returncode, 1)

    def test_a_report_that_cannot_be_written_is_told_before_the_first_call(self):
        run = self.start("--calls", "1", "--json", "/nonexistent/report.json")
        self.assertIn("--json /nonexistent/report.json: No such file", run.communicate(timeout=5)[0])
        self.assertEqual(run.returncode, 1)

    def test_a_signal_ends_the_measuring_and_not_the_report(self):
        for asked in (signal.SIGINT, signal.SIGTERM):
            run, gateway = self.start_measuring()
            run.send_signal(asked)
            said = run.communicate(timeout=20)[0]
            self.assertIn(f"THE RUN ENDED EARLY: stopped by {asked.name}", said)
            self.assertEqual(run.returncode, 128 + asked)
            stage = json.loads(self.report.read_text())["stages"][0]
            self.assertEqual(stage["up"], 5, said)
            self.assertGreater(stage["to_sip"]["received"], 50, said)
            self.assertEqual(self.left_behind(), [])
            self.assertFalse(pathlib.Path(f"/proc/{gateway}").exists())

    def test_a_gateway_that_dies_is_told_with_what_became_of_its_calls(self):
        run, gateway = self.start_measuring()
        os.kill(gateway, signal.SIGKILL)
        said = run.communicate(timeout=20)[0]
        self.assertIn("the process is gone", said)
        self.assertIn("ended by signal 9", said)
        self.assertIn("5 times while measuring: ", said)
        self.assertEqual(run.returncode, 1)
        self.assertEqual(json.loads(self.report.read_text())["stages"][0]["ended"], 5)
        self.assertEqual(self.left_behind(), [])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
