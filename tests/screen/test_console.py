#!/usr/bin/env python3
"""The console at a terminal, on a running engine: the whole cutover by keys, and what goes wrong."""
import os
import signal
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
sys.path.insert(0, ROOT)
from harness.engine import CUTOVER, Engine, World  # noqa: E402

BUILD = os.environ.get("CUTOVER_BUILD", os.path.join(os.path.dirname(ROOT), "build", "check"))
VTSHOT = os.path.join(BUILD, "tests", "screen", "vtshot")
SAMPLE = "endpoints/online/managed/sample/"


class Case(unittest.TestCase):
    def setUp(self):
        self.world = World()
        self.addCleanup(self.world.close)
        self.samples = self.world.samples()

    def run_console(self, *actions, size="120x36", options=(), program=(), status=0, **variables):
        """What vtshot printed; it fails when a --wait did not come or the exit status differs."""
        command = [VTSHOT, "--size", size, "--timeout", "20", *actions]
        if status is not None:
            command += ["--exit", str(status)]
        command += ["--", *(program or (CUTOVER, "console", "--local", *options))]
        done = subprocess.run(command, env=dict(self.world.env, LC_ALL="C.UTF-8", **variables),
                              cwd=self.samples, capture_output=True, text=True, timeout=120,
                              check=False)
        self.assertEqual(done.returncode, 0, done.stderr + done.stdout)
        return done.stdout

    def must(self, *arguments):
        done = self.world.cutover(*arguments, cwd=self.samples)
        self.assertEqual(done.returncode, 0, done.stderr)

    def start(self):
        engine = Engine(self.world)
        self.addCleanup(engine.__exit__)
        self.must("online-endpoint", "create", "-n", "my-endpoint", "-f", SAMPLE + "endpoint.yml")
        self.must("online-deployment", "create", "-n", "blue", "-e", "my-endpoint", "-f",
                  SAMPLE + "blue-deployment.yml", "--all-traffic")
        return engine

    def traffic(self, engine):
        return engine.arm("GET", "/onlineEndpoints/my-endpoint").json["properties"]["traffic"]


class Cutover(Case):
    # Past the 400 ms in which a dialog takes no Enter.
    SEND = ("--wait", "api-version", "--sleep", "500", "--send", "<Tab><Enter>")

    def test_the_whole_cutover_by_keys(self):
        engine = self.start()
        self.run_console(
            "--wait", "sum 100", "--send", "2+", "--wait", "green-deployment.yml",
            "--send", "managed/sample/green<Pause><Enter>", *self.SEND,
            "--wait", "green create", "--wait", "blue  green  both",
            # One request straight to green.
            "--send", "6<Enter>", "--wait", "sample-request.json", "--send", "<Enter><Pause>tts",
            "--wait", "200 by green",
            # Mirror 10 % to green, then take it back.
            "--send", "3jv<Enter>10<Enter>c", *self.SEND, "--wait", "✓ my-endpoint mirror green 0→10",
            "--send", "<Esc><Pause>gc", *self.SEND, "--wait", "✓ my-endpoint mirror green 10→0",
            # 90/10, then everything.
            "--send", "<Esc><Pause>vLc", *self.SEND, "--wait",
            "✓ my-endpoint live blue 100→90 green 0→10",
            "--send", "Gc", *self.SEND, "--wait", "✓ my-endpoint live blue 90→0 green 10→100",
            "--send", ":delete-deployment blue<Enter>", "--wait", "Type blue",
            "--sleep", "500", "--send", "blue<Tab><Tab><Enter>", "--wait", "✓ my-endpoint/blue delete",
            "--send", "q")
        self.assertEqual(self.traffic(engine), {"green": 100})
        names = [item["name"] for item in
                 engine.arm("GET", "/onlineEndpoints/my-endpoint/deployments").json["value"]]
        self.assertEqual(names, ["green"])

    def test_abort_returns_to_the_split_before_the_commit(self):
        engine = self.start()
        self.must("online-deployment", "create", "-n", "green", "-e", "my-endpoint", "-f",
                  SAMPLE + "green-deployment.yml")
        self.run_console("--wait", "green", "--wait", "sum 100", "--send", "3jLc", *self.SEND,
                         "--wait", "✓ my-endpoint live blue 100→90 green 0→10", "--send", "A",
                         "--wait", "Abort: back", "--wait", "api-version", "--sleep", "500",
                         "--send", "<Enter>", "--wait", "✓ my-endpoint live blue 90→100 green 10→0",
                         "--send", "q")
        self.assertEqual(self.traffic(engine), {"blue": 100})

    def test_someone_else_was_faster(self):
        engine = self.start()
        self.must("online-deployment", "create", "-n", "green", "-e", "my-endpoint", "-f",
                  SAMPLE + "green-deployment.yml")
        other = "/bin/sh", "-c", (
            'sleep 4; exec "$0" online-endpoint update --local -n my-endpoint '
            '--traffic "blue=30 green=70" -o none'), CUTOVER
        behind = subprocess.Popen(other, env=self.world.env)
        self.addCleanup(behind.wait)
        # The review is open while the other one writes; sending then must not overwrite that.
        self.run_console("--wait", "green", "--wait", "sum 100", "--send", "3jLc",
                         "--wait", "api-version", "--sleep", "6000", "--send", "<Tab><Enter>",
                         "--wait", "Someone else changed the traffic", "--wait", "is now",
                         "--send", "<Esc><Pause>q", "--wait", "Leave?", "--sleep", "500",
                         "--send", "<Tab><Enter>")
        self.assertEqual(self.traffic(engine), {"blue": 30, "green": 70})

    def test_read_only_sends_nothing(self):
        engine = self.start()
        self.run_console("--wait", "sum 100", "--send", "3gc", "--wait", "read-only",
                         "--send", "q", "--wait", "Leave?", "--sleep", "500", "--send",
                         "<Tab><Enter>", options=("--read-only",))
        self.assertEqual(self.traffic(engine), {"blue": 100})


class Trouble(Case):
    def test_nothing_configured_and_no_engine(self):
        self.run_console("--wait", "No workspace", "--sleep", "500", "--send", "<Enter>",
                         "--wait", "samples are there", "--wait", "sum 100", "--send", "q",
                         program=(CUTOVER,))
        self.assertTrue(os.path.exists(self.world.local_json))

    def test_a_frozen_and_a_dead_engine(self):
        engine = self.start()
        freeze = ("/bin/sh", "-c", 'sleep 3; kill -STOP "$0"; sleep 9; kill -CONT "$0"',
                  str(engine.process.pid))
        behind = subprocess.Popen(freeze)
        self.addCleanup(behind.wait)
        self.run_console("--wait", "sum 100", "--wait", "api silent", "--send", "7?",
                         "--wait", "Keys and actions", "--send", "<Esc>", "--gone", "api silent",
                         "--wait", "● api", "--send", "q")
        engine.process.send_signal(signal.SIGKILL)
        self.run_console("--wait", "No workspace", "--send", "<Esc><Pause>q")

    def test_small_screens_and_resizes(self):
        self.start()
        resizes = []
        for size in ("80x24", "40x8", "20x4", "1x1", "200x60", "120x36"):
            resizes += ["--resize", size, "--sleep", "60", "--send", "jk<Tab>z"]
        self.run_console("--wait", "sum 100", *resizes, "--wait", "my-endpoint", "--send", "q")

    def test_hostile_bytes_do_not_end_it(self):
        self.start()
        self.run_console("--wait", "sum 100", "--send",
                         "<Esc>[<0;1;1M<Esc>]0;x<C-x><Paste>:q\nA\nc</Paste><F12><M-x>",
                         "--settle", "200", "--wait", "my-endpoint", "--send", "<Esc><Pause><Esc><Pause>",
                         "--send", "<C-c><C-c>", status=130)

    def test_idle_sends_almost_nothing(self):
        self.start()
        output = self.run_console("--wait", "sum 100", "--settle", "1500", "--bytes", "first",
                                  "--sleep", "6000", "--bytes", "idle", "--send", "q")
        figures = dict(line.split() for line in output.splitlines())
        self.assertLess(int(figures["idle"]), 600)


if __name__ == "__main__":
    unittest.main()
