#!/usr/bin/env python3
"""kill -9 of the engine, of workers and of clients at any moment: what was promised holds."""
import os
import random
import signal
import subprocess
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from harness.engine import CUTOVER, Engine, World, alive, children, sample_request, within


class Kill(unittest.TestCase):
    def setUp(self):
        self.world = World()

    def tearDown(self):
        self.world.close()

    def test_workers_do_not_outlive_the_engine(self):
        engine = Engine(self.world)
        engine.put_endpoint()
        engine.put_sample("blue", 1, capacity=2)
        # One that ignores the polite signal and one with a child of its own.
        engine.put_code("stubborn", "import signal, subprocess\n"
                                    "def init():\n"
                                    "    signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
                                    "def run(d):\n    return 1\n")
        workers = children(engine.process.pid)
        self.assertGreaterEqual(len(workers), 3)
        engine.kill()
        self.assertTrue(within(5, lambda: not any(alive(pid) for pid in workers)),
                        [pid for pid in workers if alive(pid)])

    def test_sigterm_ends_all_within_five_seconds(self):
        engine = Engine(self.world)
        engine.put_endpoint()
        engine.put_code("stubborn", "import signal, time\n"
                                    "def init():\n"
                                    "    signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
                                    "def run(d):\n    time.sleep(30)\n",
                        requestSettings={"requestTimeout": "PT60S"})
        workers = children(engine.process.pid)
        threading.Thread(target=self.score_quietly, args=(engine,), daemon=True).start()
        time.sleep(0.3)
        started = time.monotonic()
        engine.process.send_signal(signal.SIGTERM)
        self.assertEqual(engine.process.wait(8), 0)
        self.assertLess(time.monotonic() - started, 5.5)
        self.assertTrue(within(1, lambda: not any(alive(pid) for pid in workers)))
        self.assertFalse(os.path.exists(self.world.local_json))

    @staticmethod
    def score_quietly(engine):
        try:
            engine.score(sample_request(), deployment="stubborn")
        except (OSError, AssertionError, ValueError, KeyError):
            pass

    def test_a_stale_local_json_is_seen_through(self):
        engine = Engine(self.world)
        engine.kill()
        self.assertTrue(os.path.exists(self.world.local_json))
        result = self.world.cutover("online-endpoint", "list")
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("serve", result.stderr)
        again = Engine(self.world)
        self.assertEqual(self.world.cutover("online-endpoint", "list").returncode, 0)
        again.kill()
        result = self.world.cutover("online-endpoint", "list", "--local")
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_a_second_engine_is_refused(self):
        engine = Engine(self.world)
        result = self.world.cutover("serve", "--listen", "127.0.0.1:0", timeout=10)
        self.assertEqual(result.returncode, 5, result.stderr)
        self.assertEqual(engine.arm("GET", "/onlineEndpoints").status, 200)
        engine.stop()

    def test_acknowledged_changes_survive_kill_9(self):
        state = self.world.path("kept")
        seed = random.randrange(1 << 30)
        chance = random.Random(seed)
        engine = Engine(self.world, state=state)
        engine.put_endpoint()
        engine.put_code("blue", "def init(): pass\ndef run(d): return 1\n")
        engine.put_code("green", "def init(): pass\ndef run(d): return 2\n")
        promised = {"tags": {}, "traffic": {}}
        for round_ in range(8):
            killer = threading.Timer(chance.uniform(0.01, 0.4), engine.process.kill)
            killer.start()
            tried = None
            try:
                for step in range(1000):
                    tried = {"round": str(round_), "step": str(step)}
                    self.acknowledged_patch(engine, tried)
                    promised["tags"] = tried
            except (OSError, AssertionError, ValueError):
                pass
            killer.join()
            engine.process.wait()
            engine = Engine(self.world, state=state)
            got = engine.arm("GET", "/onlineEndpoints/my-endpoint").json
            # The last acknowledged one, or the one that was under way.
            self.assertIn(got["tags"], (promised["tags"], tried), "seed %d" % seed)
            promised["tags"] = got["tags"]
            names = [item["name"] for item in engine.arm(
                "GET", "/onlineEndpoints/my-endpoint/deployments").json["value"]]
            self.assertEqual(sorted(names), ["blue", "green"])
        self.assertTrue(within(20, lambda: engine.score(
            sample_request(), deployment="green").status == 200))
        engine.stop()

    @staticmethod
    def acknowledged_patch(engine, tags):
        answer = engine.arm("PATCH", "/onlineEndpoints/my-endpoint", {"tags": tags})
        assert answer.status == 202, answer
        assert engine.operation(answer)["status"] == "Succeeded"

    def test_a_dead_worker_comes_back(self):
        engine = Engine(self.world)
        engine.put_endpoint()
        engine.put_code("blue", "import os\ndef init(): pass\n"
                                "def run(d): return os.getpid()\n", capacity=2)
        engine.split(live={"blue": 100})
        first = engine.score(sample_request()).json
        os.kill(first, signal.SIGKILL)
        self.assertTrue(within(15, lambda: len({
            engine.score(sample_request()).json for _ in range(6)} - {first}) == 2))
        self.assertEqual(engine.arm("GET", "/onlineEndpoints/my-endpoint/deployments/blue")
                         .json["properties"]["provisioningState"], "Succeeded")
        engine.stop()

    def test_a_script_that_fails_leaves_failed_and_a_traceback(self):
        engine = Engine(self.world)
        engine.put_endpoint()
        answer = engine.put_code("broken", "import nothing_of_that_name\n", wait=False,
                                 livenessProbe={"period": "PT0.1S", "initialDelay": "PT0.1S",
                                                "timeout": "PT1S", "failureThreshold": 3,
                                                "successThreshold": 1})
        document = engine.operation(answer)
        self.assertEqual(document["status"], "Failed")
        self.assertTrue(document["error"]["code"])
        path = "/onlineEndpoints/my-endpoint/deployments/broken"
        self.assertEqual(engine.arm("GET", path).json["properties"]["provisioningState"], "Failed")
        log = engine.arm("POST", path + "/getLogs", {}).json["content"]
        self.assertIn("ModuleNotFoundError", log)
        self.assertTrue(within(5, lambda: not children(engine.process.pid)))
        engine.done("DELETE", path)
        engine.stop()

    def test_a_client_killed_in_mid_operation_leaves_whole_state(self):
        engine = Engine(self.world)
        engine.put_endpoint()
        engine.put_sample("blue", 1)
        engine.put_sample("green", 2)
        for pause in (0.005, 0.02, 0.05, 0.1):
            engine.split(live={"blue": 100})
            client = subprocess.Popen([CUTOVER, "online-endpoint", "update", "-n", "my-endpoint",
                                       "--traffic", "blue=40 green=60"], env=self.world.env,
                                      stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(pause)
            client.kill()
            client.wait()
            self.assertTrue(within(10, lambda: engine.arm("GET", "/onlineEndpoints/my-endpoint")
                                   .json["properties"]["provisioningState"] == "Succeeded"))
            traffic = engine.arm("GET", "/onlineEndpoints/my-endpoint").json["properties"]["traffic"]
            self.assertIn(traffic, ({"blue": 100}, {"blue": 40, "green": 60}))
            self.assertEqual(engine.score(sample_request()).status, 200)
        engine.stop()

    def test_deleting_an_endpoint_while_a_deployment_is_being_deleted(self):
        engine = Engine(self.world)
        engine.put_endpoint()
        engine.put_sample("blue", 1)
        engine.put_sample("green", 2)
        engine.split(live={"green": 100})
        first = engine.arm("DELETE", "/onlineEndpoints/my-endpoint/deployments/blue")
        self.assertEqual(first.status, 202, first)
        second = engine.arm("DELETE", "/onlineEndpoints/my-endpoint")
        self.assertEqual(second.status, 202, second)
        self.assertEqual(engine.operation(second)["status"], "Succeeded")
        self.assertEqual(engine.arm("GET", "/onlineEndpoints/my-endpoint").status, 404)
        self.assertTrue(within(6, lambda: not children(engine.process.pid)))
        engine.stop()


if __name__ == "__main__":
    unittest.main()
