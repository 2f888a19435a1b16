#!/usr/bin/env python3
"""What clients of an endpoint feel: shares, mirror, changes of the split, scaling, limits."""
import collections
import http.client
import json
import math
import os
import sys
import threading
import time
import unittest
import urllib.parse

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from harness.engine import Engine, World, sample_request, send, within

REQUESTS = 10000


class Client(threading.Thread):
    """Sends over one connection and keeps who answered with what."""

    def __init__(self, engine, count=None, headers=None, body=None):
        super().__init__(daemon=True)
        self.uri, self.headers = engine.scoring()
        self.headers.update(headers or {})
        self.body = json.dumps(sample_request() if body is None else body)
        self.left = count
        self.ending = threading.Event()
        self.answers = collections.Counter()
        self.problems = []

    def run(self):
        split = urllib.parse.urlsplit(self.uri)
        connection = http.client.HTTPConnection(split.hostname, split.port, timeout=30)
        try:
            while not self.ending.is_set() and (self.left is None or self.left > 0):
                connection.request("POST", split.path, self.body, self.headers)
                answer = connection.getresponse()
                text = answer.read()
                deployment = answer.getheader("azureml-model-deployment")
                self.answers[(answer.status, deployment)] += 1
                if answer.status != 200 and len(self.problems) < 5:
                    self.problems.append((answer.status, text[:200]))
                if self.left is not None:
                    self.left -= 1
        except (OSError, http.client.HTTPException) as problem:
            self.problems.append(repr(problem))
        finally:
            connection.close()

    def end(self):
        self.ending.set()
        self.join(30)


def run_clients(engine, total, clients=4, **options):
    """Counts by (status, deployment) over `total` requests."""
    running = [Client(engine, total // clients, **options) for _ in range(clients)]
    for client in running:
        client.start()
    for client in running:
        client.join(120)
    counts = collections.Counter()
    for client in running:
        counts += client.answers
    problems = [problem for client in running for problem in client.problems]
    return counts, problems


ECHO = """
import json, os
def init():
    pass
def run(data):
    print("scored", len(data), flush=True)
    return {"deployment": "%s", "pid": os.getpid()}
"""


class Traffic(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = World()
        cls.engine = Engine(cls.world)
        cls.engine.put_endpoint()
        settings = {"requestSettings": {"maxConcurrentRequestsPerInstance": 100,
                                        "requestTimeout": "PT20S"}}
        cls.engine.put_code("blue", ECHO % "blue", **settings)
        cls.engine.put_code("green", ECHO % "green", **settings)

    @classmethod
    def tearDownClass(cls):
        cls.engine.stop()
        cls.world.close()

    def test_shares_are_within_sampling_error(self):
        self.engine.split(live={"blue": 90, "green": 10})
        counts, problems = run_clients(self.engine, REQUESTS)
        self.assertEqual(problems, [])
        self.assertEqual(sum(counts.values()), REQUESTS)
        green = counts[(200, "green")]
        # Five standard deviations: once in 1.7 million runs by chance.
        self.assertLess(abs(green - 0.1 * REQUESTS), 5 * math.sqrt(REQUESTS * 0.1 * 0.9), counts)

    def test_a_directed_request_goes_where_it_says(self):
        self.engine.split(live={"blue": 100})
        counts, problems = run_clients(self.engine, 100,
                                       headers={"azureml-model-deployment": "green"})
        self.assertEqual((problems, dict(counts)), ([], {(200, "green"): 100}))
        answer = self.engine.score(sample_request(), deployment="nobody")
        self.assertEqual(answer.status, 404, answer)

    def test_without_live_traffic_undirected_requests_find_nobody(self):
        self.engine.split(live={})
        self.assertEqual(self.engine.score(sample_request()).status, 404)
        self.assertEqual(self.engine.score(sample_request(), deployment="blue").status, 200)

    def mirrored(self, name):
        log = self.engine.arm("POST", "/onlineEndpoints/my-endpoint/deployments/%s/getLogs" % name,
                              {"tail": 100000}).json["content"]
        return log.count("scored ")

    def test_a_mirrored_share_arrives_and_is_not_seen(self):
        self.engine.put_code("shadow", ECHO % "shadow", requestSettings={
            "maxConcurrentRequestsPerInstance": 100, "requestTimeout": "PT20S"})
        self.engine.split(live={"blue": 100}, mirror={"shadow": 50})
        counts, problems = run_clients(self.engine, 1000)
        self.assertEqual((problems, dict(counts)), ([], {(200, "blue"): 1000}))
        half, error = 500, 5 * math.sqrt(1000 * 0.25)
        self.assertTrue(within(10, lambda: abs(self.mirrored("shadow") - half) < error),
                        self.mirrored("shadow"))
        before = self.mirrored("shadow")
        run_clients(self.engine, 100, headers={"azureml-model-deployment": "blue"})
        time.sleep(0.3)
        self.assertEqual(self.mirrored("shadow"), before)  # directed ones are never mirrored
        self.engine.split(live={"blue": 100})

    def test_a_slow_or_broken_mirror_is_not_felt(self):
        for name, source in (
                ("slow", "import time\ndef init(): pass\ndef run(d):\n    time.sleep(3)\n"),
                ("broken", "import os\ndef init(): pass\ndef run(d):\n    os._exit(9)\n")):
            self.engine.put_code(name, source)
            self.engine.split(live={"blue": 100}, mirror={name: 50})
            started = time.monotonic()
            counts, problems = run_clients(self.engine, 200)
            self.assertEqual((problems, dict(counts)), ([], {(200, "blue"): 200}))
            self.assertLess(time.monotonic() - started, 3)
            self.engine.split(live={"blue": 100})

    def test_a_change_of_the_split_loses_nothing(self):
        self.engine.split(live={"blue": 100})
        clients = [Client(self.engine) for _ in range(4)]
        for client in clients:
            client.start()
        for share in (10, 50, 90, 100, 0, 100):
            self.engine.split(live={"blue": 100 - share, "green": share} if 0 < share < 100 else
                              {"green" if share else "blue": 100})
        after = self.engine.score(sample_request()).headers["azureml-model-deployment"]
        for client in clients:
            client.end()
        counts = sum((client.answers for client in clients), collections.Counter())
        self.assertEqual([client.problems for client in clients], [[], [], [], []])
        self.assertEqual({status for status, _ in counts}, {200})
        self.assertEqual(after, "green")

    def test_scaling_up_and_down_fails_no_request(self):
        self.engine.split(live={"blue": 100})
        clients = [Client(self.engine) for _ in range(2)]
        for client in clients:
            client.start()
        path = "/onlineEndpoints/my-endpoint/deployments/blue"
        for capacity in (2, 1, 3, 1):
            self.engine.done("PATCH", path, {"sku": {"name": "Default", "capacity": capacity}})
            self.assertEqual(self.engine.arm("GET", path).json["sku"]["capacity"], capacity)
        for client in clients:
            client.end()
        counts = sum((client.answers for client in clients), collections.Counter())
        self.assertEqual([client.problems for client in clients], [[], []])
        self.assertEqual(set(counts), {(200, "blue")})
        self.assertGreater(sum(counts.values()), 10)

    def test_two_instances_share_the_work(self):
        self.engine.put_code("pair", ECHO % "pair", capacity=2)
        seen = set()
        for _ in range(40):
            seen.add(self.engine.score(sample_request(), deployment="pair").json["pid"])
        self.assertEqual(len(seen), 2)

    def test_statuses_of_the_service(self):
        slow = "import time\ndef init(): pass\ndef run(d):\n    time.sleep(2)\n    return 1\n"
        self.engine.put_code("limits", slow, requestSettings={
            "maxConcurrentRequestsPerInstance": 1, "requestTimeout": "PT0.5S",
            "maxQueueWait": "PT0S"})
        answer = self.engine.score(sample_request(), deployment="limits")
        self.assertEqual((answer.status, answer.text), (408, "upstream request timeout"))
        fails = "def init(): pass\ndef run(d):\n    raise ValueError('no such number')\n"
        self.engine.put_code("fails", fails)
        answer = self.engine.score(sample_request(), deployment="fails")
        self.assertEqual(answer.status, 424, answer)
        self.assertEqual(answer.headers["ms-azureml-model-error-statuscode"], "500")
        self.assertEqual(answer.headers["ms-azureml-model-error-reason"], "model_error")
        self.engine.put_code("crowded", slow, requestSettings={
            "maxConcurrentRequestsPerInstance": 1, "requestTimeout": "PT10S"})
        counts, _ = run_clients(self.engine, 8, clients=8,
                                headers={"azureml-model-deployment": "crowded"})
        self.assertGreater(counts[(429, "crowded")] + counts[(429, None)], 0, counts)
        self.assertGreater(counts[(200, "crowded")], 0, counts)

    def test_who_may_score(self):
        self.engine.split(live={"blue": 100})
        uri, headers = self.engine.scoring()
        for value in (None, "Bearer ", "Bearer x", "Basic eDp5", headers["Authorization"] + "x",
                      "Bearer " + self.engine.token):
            sent = {"Authorization": value} if value else {}
            self.assertEqual(send("POST", uri, sample_request(), sent).status, 401, value)
        secondary = self.engine.arm("POST", "/onlineEndpoints/my-endpoint/listKeys").json
        answer = send("POST", uri, sample_request(),
                      {"Authorization": "Bearer " + secondary["secondaryKey"]})
        self.assertEqual(answer.status, 200)
        self.engine.done("POST", "/onlineEndpoints/my-endpoint/regenerateKeys",
                         {"keyType": "Primary"})
        self.assertEqual(send("POST", uri, sample_request(), headers).status, 401)


if __name__ == "__main__":
    unittest.main()
