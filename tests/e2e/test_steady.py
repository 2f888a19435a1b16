#!/usr/bin/env python3
"""No change of a deployment can be felt by clients that it could have served without the change."""
import collections
import os
import signal
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from e2e.test_traffic import Client
from harness.engine import Engine, World, children, sample_request, within

PATH = "/onlineEndpoints/my-endpoint/deployments/blue"
SECONDS = 10
# As tight as it gets: one request at a time, so two clients fill all of 2 x max_concurrent.
MODEL = """
import os, time
def init():
    pass
def run(data):
    time.sleep(0.004)
    return {"generation": %d, "pid": os.getpid()}
"""


def workers(engine):
    """Processes of scoring servers below the engine."""
    found = []
    for pid in children(engine.process.pid):
        try:
            with open("/proc/%d/cmdline" % pid, "rb") as file:
                words = file.read().split(b"\0")
        except OSError:
            continue
        if len(words) > 1 and words[1].endswith(b"server.py"):
            found.append(pid)
    return found


class Steady(unittest.TestCase):
    def setUp(self):
        self.world = World()
        self.engine = Engine(self.world)
        self.engine.put_endpoint()
        self.engine.put_code("blue", MODEL % 0)
        self.engine.split(live={"blue": 100})

    def tearDown(self):
        self.engine.stop()
        self.world.close()

    def scale(self, capacity):
        self.engine.done("PATCH", PATH, {"sku": {"name": "Default", "capacity": capacity}})

    def test_scaling_and_replacing_at_the_limit_fails_nothing(self):
        clients = [Client(self.engine) for _ in range(2)]
        for client in clients:
            client.start()
        end = time.monotonic() + SECONDS
        rounds = 0
        while time.monotonic() < end:
            self.scale(2)
            self.scale(1)
            rounds += 1
            self.engine.put_code("blue", MODEL % rounds, capacity=1 + rounds % 2)
        for client in clients:
            client.end()
        counts = sum((client.answers for client in clients), collections.Counter())
        self.assertEqual([client.problems for client in clients], [[], []], (rounds, counts))
        self.assertEqual(set(counts), {(200, "blue")})
        self.assertGreater(rounds, 1)
        self.assertEqual(self.engine.score(sample_request()).json["generation"], rounds)

    def test_a_worker_that_died_between_two_requests_is_not_missed(self):
        self.scale(2)
        for _ in range(5):
            pids = workers(self.engine)
            os.kill(pids[0], signal.SIGKILL)
            for _ in range(20):
                answer = self.engine.score(sample_request())
                self.assertEqual(answer.status, 200, answer)
            self.assertTrue(within(20, lambda: len(workers(self.engine)) == 2))


if __name__ == "__main__":
    unittest.main()
