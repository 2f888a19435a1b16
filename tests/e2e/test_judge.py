#!/usr/bin/env python3
"""cutover judge: verdicts on prepared metrics, which a service of this file's own answers with."""
import datetime
import http.server
import json
import os
import sys
import threading
import unittest
import urllib.parse

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from harness.engine import World

MINUTE = datetime.timedelta(minutes=1)


def stamp(time):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


class Service(http.server.BaseHTTPRequestHandler):
    """An endpoint with blue and green whose metrics each test lays down in `server`."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, body, status=200):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        parts = [part for part in url.path.split("/") if part]
        at = parts.index("onlineEndpoints")
        self.server.methods.append(self.command)
        if parts[at + 1] != "my-endpoint":
            self.answer({"error": {"code": "NotFound", "message": "no such endpoint"}}, 404)
        elif "Microsoft.Insights" in parts[at:]:
            self.answer_metrics(urllib.parse.parse_qs(url.query))
        elif len(parts) > at + 2:
            self.answer_deployment(parts[at + 3])
        else:
            self.answer({"name": "my-endpoint", "location": "local", "tags": {},
                         "properties": {"authMode": "Key", "provisioningState": "Succeeded",
                                        "traffic": self.server.traffic}})

    def refuse(self):
        self.server.methods.append(self.command)
        self.answer({"error": {"code": "Refused", "message": "judge reads only"}}, 405)

    do_PUT = do_POST = do_PATCH = do_DELETE = refuse

    def answer_deployment(self, name):
        if name not in ("blue", "green"):
            self.answer({"error": {"code": "NotFound", "message": "no such deployment"}}, 404)
            return
        self.answer({"name": name, "location": "local", "tags": {},
                     "properties": {"endpointComputeType": "Managed",
                                    "provisioningState": self.server.states[name]}})

    def answer_metrics(self, query):
        if self.server.broken:
            self.answer({"error": {"code": "BadRequest", "message": "no metrics today"}}, 400)
            return
        self.answer({"value": [self.metric(name) for name in query["metricnames"][0].split(",")]})

    def metric(self, name):
        series = []
        for deployment in ("blue", "green"):
            if name == "RequestsPerMinute":
                for name_of_class, field in (("2xx", "good"), ("5xx", "bad")):
                    series.append(self.series(deployment, field, name_of_class))
            else:
                series.append(self.series(deployment, name[-3:].lower()))
        return {"name": {"value": name}, "errorCode": "Success", "timeseries": series}

    def series(self, deployment, field, name_of_class=None):
        dimensions = [{"name": {"value": "deployment"}, "value": deployment}]
        if name_of_class:
            dimensions.append({"name": {"value": "statusCodeClass"}, "value": name_of_class})
        data = [{"timeStamp": stamp(start), "average": minute[deployment][field]}
                for start, minute in self.server.minutes if field in minute[deployment]]
        return {"metadatavalues": dimensions, "data": data}


def side(requests, errors, p50, p95=None):
    return {"good": requests - errors, "bad": errors, "p50": p50, "p95": p95 or 3 * p50}


class Judge(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Service)
        cls.service.daemon_threads = True
        threading.Thread(target=cls.service.serve_forever, daemon=True).start()
        cls.world = World(CUTOVER_TOKEN="t")
        cls.world.cutover("context", "add", "fake", "--subscription",
                          "00000000-0000-0000-0000-000000000001", "-g", "g", "-w", "w", "--url",
                          "http://127.0.0.1:%d" % cls.service.server_port)

    @classmethod
    def tearDownClass(cls):
        cls.service.shutdown()
        cls.service.server_close()
        cls.world.close()

    def setUp(self):
        self.service.traffic = {"blue": 90, "green": 10}
        self.service.states = {"blue": "Succeeded", "green": "Succeeded"}
        self.service.broken = False
        self.service.methods = []
        self.lay(20)

    def lay(self, count, green=None, blue=None, ago=0):
        """`count` minutes that end `ago` minutes before the running one."""
        now = datetime.datetime.now(datetime.timezone.utc).replace(second=0, microsecond=0)
        self.service.minutes = []
        for i in range(count):
            wave = 1 + 0.1 * (i * 7 % 5)
            one = 1.01 if i % 2 else 0.99
            self.service.minutes.append((now - (count + ago - i) * MINUTE, {
                "blue": blue(i, wave) if blue else side(900, 0, 20 * wave),
                "green": green(i, wave) if green else side(100, 0, 20 * wave * one)}))

    def judge(self, status, *options, endpoint="my-endpoint", baseline="blue", candidate="green"):
        result = self.world.cutover("judge", "--context", "fake", "-n", endpoint, "--baseline",
                                    baseline, "--candidate", candidate, *options)
        self.assertEqual(result.returncode, status, (result.stdout, result.stderr))
        self.assertEqual(set(self.service.methods) - {"GET"}, set(), "judge only reads")
        return result.stdout

    def test_equal_deployments_pass(self):
        text = self.judge(0)
        lines = text.splitlines()
        self.assertRegex(lines[0], r"^PASS: green is no worse than blue")
        self.assertEqual(len(lines), 5, text)
        for line in lines[1:]:
            self.assertRegex(line, r"^  PASS  ")

    def test_errors_fail(self):
        self.lay(20, green=lambda i, wave: side(100, 5, 20 * wave))
        self.assertRegex(self.judge(6), r"^FAIL: errors: green failed 100 of 2000 requests \(5 %\)")

    def test_three_times_the_errors_fail_under_the_limit(self):
        self.lay(25, green=lambda i, wave: side(400, 3, 20 * wave),
                 blue=lambda i, wave: side(3600, 9, 20 * wave))
        document = json.loads(self.judge(6, "-o", "json"))
        self.assertEqual({finding["metric"]: finding["outcome"]
                          for finding in document["findings"]},
                         {"error_limit": "PASS", "error_ratio": "FAIL", "latency_p50": "PASS",
                          "latency_p95": "PASS"})

    def test_a_slower_green_fails(self):
        self.lay(20, green=lambda i, wave: side(100, 0, 26 * wave))
        self.assertRegex(self.judge(6), r"^FAIL: P50 of green is 1\.3 times that of blue")

    def test_too_little_data_says_what_is_missing(self):
        self.lay(5, green=lambda i, wave: side(20, 0, 20 * wave))
        text = self.judge(7)
        self.assertRegex(text, r"199 more are needed, about 10 min")
        self.assertRegex(text, r"5 of 12 pairs of minutes .*7 more are needed, about 7 min")

    def test_old_metrics_judge_nothing(self):
        self.lay(15, green=lambda i, wave: side(100, 50, 20 * wave), ago=10)
        self.assertRegex(self.judge(7), r"^INCONCLUSIVE: metrics end \d+ min ago")

    def test_no_metrics_judge_nothing(self):
        self.service.minutes = []
        self.assertRegex(self.judge(7), r"^INCONCLUSIVE: no metrics of green and blue yet")
        self.service.broken = True
        self.assertRegex(self.judge(7), r"^INCONCLUSIVE: the metrics cannot be read: .*no metrics")

    def test_a_changing_green_is_not_judged(self):
        self.service.states["green"] = "Updating"
        self.assertRegex(self.judge(7), r"^INCONCLUSIVE: green is Updating")

    def test_without_traffic_on_blue_only_absolute_rules_hold(self):
        self.service.traffic = {"blue": 0, "green": 100}
        self.lay(20, green=lambda i, wave: side(1000, 0, 90 * wave), blue=lambda i, wave: {})
        document = json.loads(self.judge(0, "-o", "json"))
        self.assertEqual([finding["outcome"] for finding in document["findings"]],
                         ["PASS", "NOT JUDGED", "NOT JUDGED", "NOT JUDGED"])
        self.lay(20, green=lambda i, wave: side(1000, 40, 90 * wave), blue=lambda i, wave: {})
        self.judge(6)

    def test_the_window_and_the_limit_can_be_chosen(self):
        self.lay(30, green=lambda i, wave: side(100, 8 if i < 10 else 0, 20 * wave))
        self.judge(6)
        self.judge(0, "--minutes", "15")
        self.lay(20, green=lambda i, wave: side(100, 2, 20 * wave),
                 blue=lambda i, wave: side(900, 18, 20 * wave))
        self.judge(0, "--error-limit", "5")
        self.judge(2, "--error-limit", "0")
        self.judge(2, "--error-limit", "x")
        self.judge(2, "--minutes", "0")

    def test_every_finding_carries_its_numbers(self):
        document = json.loads(self.judge(0, "-o", "json", "--explain"))
        self.assertEqual(document["schema"], "cutover.verdict/1")
        self.assertEqual(document["outcome"], "PASS")
        for finding in document["findings"]:
            for key in ("value", "baseline", "threshold", "n", "evidence", "evidence_limit",
                        "test", "formula", "sentence"):
                self.assertIn(key, finding)

    def test_explain_shows_numbers_formula_and_window(self):
        text = self.judge(0, "--explain")
        for word in ("value", "baseline", "threshold", "evidence", "formula:", "window:",
                     "signed-rank"):
            self.assertIn(word, text)
        self.assertGreater(len(text.splitlines()), 20)

    def test_what_is_not_there_is_3_and_nonsense_is_2(self):
        self.judge(3, endpoint="nobody")
        self.judge(3, candidate="purple")
        self.judge(3, baseline="purple")
        self.judge(2, candidate="blue")
        self.judge(3, candidate="../x")


if __name__ == "__main__":
    unittest.main()
