#!/usr/bin/env python3
"""No change of a deployment can be felt by clients that it could have served without the change."""
import collections
import os
import shutil
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

    def test_a_deployment_runs_what_was_there_when_it_was_deployed(self):
        folder = os.path.join(self.world.folder, "mine")
        os.makedirs(os.path.join(folder, "code"))
        script = os.path.join(folder, "code", "score.py")

        def write(generation):
            with open(script, "w", encoding="utf-8") as file:
                file.write(MODEL % generation)

        def answers():
            return {self.engine.score(sample_request(), deployment="mine").json["generation"]
                    for _ in range(8)}

        def put(capacity):
            self.engine.done("PUT", path, self.engine.deployment_body(ids, capacity))

        write(1)
        path = "/onlineEndpoints/my-endpoint/deployments/mine"
        ids = self.engine.put_assets("mine", os.path.join(folder, "code"),
                                     os.path.join(folder, "code"))
        put(1)
        write(2)
        put(2)  # scales
        self.assertEqual(answers(), {1})
        put(2)  # takes the files
        self.assertEqual(answers(), {2})
        shutil.rmtree(folder)
        put(3)
        self.assertEqual(answers(), {2})
        log = self.engine.arm("POST", path + "/getLogs",
                              {"containerType": "StorageInitializer"}).json["content"]
        self.assertIn("bytes in 1 files", log)

    def test_a_state_folder_keeps_what_its_deployments_run(self):
        state = self.world.path("kept")
        folder = self.world.path("gone")
        os.mkdir(folder)
        with open(os.path.join(folder, "score.py"), "w", encoding="utf-8") as file:
            file.write(MODEL % 7)
        self.engine.stop()
        self.engine = Engine(self.world, state=state)
        self.engine.put_endpoint()
        ids = self.engine.put_assets("gone", folder, folder)
        self.engine.done("PUT", PATH, self.engine.deployment_body(ids))
        self.engine.kill()
        shutil.rmtree(folder)
        self.engine = Engine(self.world, state=state)
        self.assertTrue(within(20, lambda: self.engine.arm("GET", PATH).json["properties"]
                               ["provisioningState"] == "Succeeded"))

        def answer():
            answer = self.engine.score(sample_request(), deployment="blue")
            return answer.status == 200 and answer.json["generation"]
        self.assertTrue(within(10, lambda: answer() == 7))
        self.engine.done("DELETE", PATH)
        self.assertEqual(os.listdir(os.path.join(state, "workers", "copies")), [])

    def test_files_that_cannot_be_copied_fail_the_deployment(self):
        code = self.world.path("code")
        os.mkdir(code)
        with open(os.path.join(code, "score.py"), "w", encoding="utf-8") as file:
            file.write(MODEL % 1)
        ids = self.engine.put_assets("absent", self.world.path("absent"), code)
        path = "/onlineEndpoints/my-endpoint/deployments/absent"
        document = self.engine.operation(
            self.engine.arm("PUT", path, self.engine.deployment_body(ids)))
        self.assertEqual(document["status"], "Failed")
        self.assertIn(self.world.path("absent"), document["error"]["message"])


if __name__ == "__main__":
    unittest.main()
