#!/usr/bin/env python3
"""The article's script, and the two endings of `cutover demo` without a terminal."""
import os
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from harness.engine import CUTOVER, Engine, ROOT, World, alive, children, within


class Article(unittest.TestCase):
    def setUp(self):
        self.world = World()

    def tearDown(self):
        self.world.close()

    def run_script(self, **variables):
        tools = self.world.path("bin")
        os.makedirs(tools, exist_ok=True)
        if not os.path.exists(os.path.join(tools, "cutover")):
            os.symlink(CUTOVER, os.path.join(tools, "cutover"))
        env = dict(self.world.env, PATH=tools + ":" + os.environ["PATH"], **variables)
        return subprocess.run(["bash", os.path.join(ROOT, "tests", "e2e", "article.sh")], env=env,
                              cwd=self.world.samples(), stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=300, check=False)

    def test_every_step_of_the_script(self):
        with Engine(self.world) as engine:
            before = children(engine.process.pid)
            result = self.run_script()
            self.assertEqual(result.returncode, 0, result.stdout)
            self.assertGreaterEqual(result.stdout.count("ok "), 15, result.stdout)
            # Deleting the endpoint took the workers along.
            self.assertTrue(within(10, lambda: children(engine.process.pid) == before))

    def test_samples_that_the_program_writes_serve_as_well(self):
        result = self.world.cutover("samples", self.world.path("samples"))
        self.assertEqual(result.returncode, 0, result.stderr)
        for path in ("managed/sample/endpoint.yml", "managed/sample/blue-deployment.yml",
                     "managed/sample/green-deployment.yml", "model-1/sample-request.json",
                     "model-2/onlinescoring/score.py", "kubernetes"):
            self.assertTrue(os.path.exists(self.world.path("samples", "endpoints", "online", path)),
                            path)

    def test_demo_in_plain_lines(self):
        result = self.world.cutover("demo", timeout=180)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertNotIn("\033", result.stdout)
        for word in ("blue", "green", "mirror", "10", "100"):
            self.assertIn(word, result.stdout)

    def test_demo_leaves_nothing_running(self):
        process = subprocess.Popen([CUTOVER, "demo"], env=self.world.env, cwd=self.world.folder,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT)
        seen = set()
        while process.poll() is None:
            seen.update(children(process.pid))
            within(0.2, lambda: process.poll() is not None)
        output = process.stdout.read().decode()
        process.stdout.close()
        self.assertEqual(process.returncode, 0, output)
        self.assertTrue(seen, "the demo started no engine and no workers")
        self.assertTrue(within(6, lambda: not any(alive(pid) for pid in seen)),
                        [pid for pid in seen if alive(pid)])


if __name__ == "__main__":
    unittest.main()
