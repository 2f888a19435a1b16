#!/usr/bin/env python3
"""Between client and engine things go wrong: what may be repeated is, what may not never is."""
import json
import os
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from harness.engine import BlueAndGreen
from harness.proxy import Fault, Proxy

ARM_503 = json.dumps({"error": {"code": "ServerBusy", "message": "Try later."}}).encode()


class Faults(BlueAndGreen):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.proxy = Proxy(cls.engine.url)
        cls.proxy.stand_in(cls.world, cls.engine)

    @classmethod
    def tearDownClass(cls):
        cls.proxy.close()
        super().tearDownClass()

    def setUp(self):
        self.proxy.decide = lambda record: None
        self.engine.split(live={"blue": 100})
        self.proxy.records.clear()

    def only(self, method, faults, part=""):
        """Gives the faults, one after the other, to requests of that method."""
        left = list(faults)

        def decide(record):
            if record.method == method and part in record.url and left:
                return left.pop(0)
            return None

        self.proxy.decide = decide

    def run_command(self, *arguments, timeout=60):
        return self.world.cutover(*arguments, timeout=timeout)

    def show(self):
        return self.run_command("online-endpoint", "show", "-n", "my-endpoint")

    def update(self):
        return self.run_command("online-endpoint", "update", "-n", "my-endpoint", "--traffic",
                                "blue=60 green=40")

    def traffic(self):
        return self.engine.arm("GET", "/onlineEndpoints/my-endpoint").json["properties"]["traffic"]

    def test_reads_are_repeated(self):
        busy = Fault(status=503, headers={"Retry-After": "0", "Content-Type": "application/json"},
                     body=ARM_503)
        for faults in ([busy], [busy, busy], [Fault(status=429, headers={"Retry-After": "1"})],
                       [Fault(drop=True)], [Fault(garble=True)], [Fault(cut=10)],
                       [Fault(status=500, body=b"<html>")]):
            self.only("GET", faults)
            result = self.show()
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertEqual(json.loads(result.stdout)["name"], "my-endpoint")

    def test_retry_after_is_waited_for(self):
        self.only("GET", [Fault(status=429, headers={"Retry-After": "2"})])
        started = time.monotonic()
        self.assertEqual(self.show().returncode, 0)
        self.assertGreaterEqual(time.monotonic() - started, 1.9)

    def test_it_gives_up_and_says_what_it_met(self):
        self.proxy.decide = lambda record: Fault(
            status=503, headers={"Retry-After": "0", "Content-Type": "application/json",
                                 "x-ms-request-id": "11111111-2222-3333-4444-555555555555"},
            body=ARM_503)
        result = self.show()
        self.assertEqual(result.returncode, 1)
        for word in ("503", "ServerBusy", "Try later", "11111111-2222-3333-4444-555555555555"):
            self.assertIn(word, result.stderr)
        self.assertLessEqual(len(self.proxy.records), 8)

    def test_an_unanswered_post_is_not_repeated(self):
        self.only("POST", [Fault(drop=True, after=True)], "regenerateKeys")
        result = self.run_command("online-endpoint", "regenerate-keys", "-n", "my-endpoint",
                                  "--key-type", "secondary")
        self.assertNotEqual(result.returncode, 0)
        posts = [record for record in self.proxy.records if "regenerateKeys" in record.url]
        self.assertEqual(len(posts), 1)

    def test_a_score_is_not_repeated(self):
        self.only("POST", [Fault(drop=True, after=True)], "/endpoints/")
        path = os.path.join(self.world.samples(), "endpoints/online/model-1/sample-request.json")
        # The scoring address is the engine's own, so let it lead through the proxy as well.
        result = self.run_command("online-endpoint", "invoke", "-n", "my-endpoint", "-r", path)
        scores = [record for record in self.proxy.records if "/endpoints/" in record.url]
        self.assertLessEqual(len(scores), 1)
        if scores:
            self.assertNotEqual(result.returncode, 0)

    def test_an_update_goes_through_a_bad_line(self):
        self.only("GET", [None, Fault(drop=True), Fault(status=500, body=b""), Fault(garble=True)])
        result = self.update()
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.traffic(), {"blue": 60, "green": 40})

    def test_slow_answers_are_waited_for(self):
        self.only("PUT", [Fault(delay=2)])
        result = self.update()
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(len(self.proxy.writes()), 1)

    def test_a_conflict_is_5_and_is_not_forced(self):
        self.only("PUT", [Fault(status=409, headers={"Content-Type": "application/json"},
                                body=b'{"error":{"code":"Conflict","message":"In progress."}}')])
        result = self.update()
        self.assertEqual(result.returncode, 5, result.stderr)
        self.assertIn("In progress", result.stderr)
        self.assertEqual(len(self.proxy.writes()), 1)
        self.assertEqual(self.traffic(), {"blue": 100})

    def test_answers_without_end_or_sense(self):
        for body in (b"[" * 100000, b'{"name":', b"\xff\xfe\x00", b"null", b"[]", b'"text"',
                     b'{"value":"no list"}', b'{"properties":[]}'):
            fault = Fault(status=200, headers={"Content-Type": "application/json"}, body=body)
            self.proxy.decide = lambda record, fault=fault: fault
            for arguments in (["online-endpoint", "show", "-n", "my-endpoint"],
                              ["online-endpoint", "list"],
                              ["online-deployment", "list", "-e", "my-endpoint"],
                              ["online-endpoint", "get-credentials", "-n", "my-endpoint"]):
                result = self.run_command(*arguments)
                self.assertIn(result.returncode, (0, 1), (body[:20], arguments, result.stderr))
                self.assertNotIn("Sanitizer", result.stderr)

    def test_a_next_link_that_leads_elsewhere_gets_no_token(self):
        thief = Proxy(self.engine.url, lambda record: Fault(status=200, body=b'{"value":[]}'))
        try:
            page = json.dumps({"value": [], "nextLink": thief.url.replace("127.0.0.1", "localhost")
                               + "/steal?api-version=1"}).encode()
            other = json.dumps({"value": [], "nextLink": "http://192.0.2.7/steal"}).encode()
            for body in (page, other):
                self.only("GET", [Fault(status=200, headers={"Content-Type": "application/json"},
                                        body=body)])
                self.run_command("online-endpoint", "list", timeout=90)
            stolen = [record.headers.get("Authorization") for record in thief.records]
            self.assertEqual([value for value in stolen if value], [])
        finally:
            thief.close()

    def test_an_endless_list_is_bounded(self):
        page = json.dumps({"value": [], "nextLink": self.proxy.url + "/again?api-version=1"})
        self.proxy.decide = lambda record: Fault(
            status=200, headers={"Content-Type": "application/json"}, body=page.encode())
        result = self.run_command("online-endpoint", "list", timeout=90)
        self.assertNotEqual(result.returncode, 0)
        self.assertLess(len(self.proxy.records), 20000)


if __name__ == "__main__":
    unittest.main()
