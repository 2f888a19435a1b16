#!/usr/bin/env python3
"""Names, answers and log lines made to hurt: none reaches the terminal as more than text."""
import json
import os
import re
import socket
import sys
import time
import unittest
import urllib.parse

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from harness.engine import CUTOVER, Engine, World, sample_request, send
from harness.proxy import Fault, Proxy
from harness.terminal import Terminal

EVIL = "\x1b[2J\x1b]0;owned\x07\x1b[31mred\x9b5m\u202egnp.exe\u200b\x00\x7f\r\x08"
# C0 but newline and tab, DEL, C1, bidi overrides, zero width.
UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b-\u200f\ufeff]")


class Hostile(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = World()
        cls.engine = Engine(cls.world)
        cls.engine.put_endpoint(description=EVIL.replace("\x00", ""))
        source = "import sys\nEVIL = %r\ndef init():\n    print(EVIL, flush=True)\n" % EVIL
        source += "def run(d):\n    print('line ' + EVIL, flush=True)\n    return EVIL\n"
        cls.engine.put_code("blue", source)
        cls.engine.split(live={"blue": 100})

    @classmethod
    def tearDownClass(cls):
        cls.engine.stop()
        cls.world.close()

    def assert_safe(self, text):
        found = UNSAFE.search(text)
        self.assertIsNone(found, found and repr(text[max(0, found.start() - 40):found.end() + 40]))

    def test_what_commands_show_on_a_terminal(self):
        self.engine.score(sample_request())
        path = self.world.path("request.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(sample_request(), file)
        for arguments in (["online-endpoint", "show", "-n", "my-endpoint"],
                          ["online-endpoint", "show", "-n", "my-endpoint", "-o", "yaml"],
                          ["online-endpoint", "show", "-n", "my-endpoint", "-o", "table"],
                          ["online-endpoint", "show", "-n", "my-endpoint", "-o", "tsv"],
                          ["online-endpoint", "list", "-o", "table"],
                          ["online-deployment", "get-logs", "-n", "blue", "-e", "my-endpoint"],
                          ["online-endpoint", "invoke", "-n", "my-endpoint", "-r", path],
                          ["online-endpoint", "invoke", "-n", "my-endpoint", "-r", path, "-o",
                           "tsv"]):
            # Without stderr, whose progress line moves the cursor itself.
            terminal = Terminal(["sh", "-c", 'exec "$@" 2>/dev/null', "sh", CUTOVER, *arguments],
                                self.world.env)
            while not terminal.ended:
                terminal.quiet(1.0, 30)
            self.assertEqual(terminal.close(), 0, terminal.output)
            text = terminal.output.decode("utf-8", "replace").replace("\r\n", "\n")
            self.assertGreater(len(text), 10)
            self.assert_safe(text)

    def test_pipes_get_json_that_is_safe_as_well(self):
        result = self.world.cutover("online-endpoint", "show", "-n", "my-endpoint")
        self.assert_safe(result.stdout)
        description = json.loads(result.stdout)["description"]
        self.assertEqual(description, EVIL.replace("\x00", ""))

    def test_errors_that_quote(self):
        proxy = Proxy(self.engine.url)
        proxy.stand_in(self.world, self.engine)
        try:
            body = json.dumps({"error": {"code": EVIL, "message": EVIL, "details": [
                {"code": EVIL, "message": json.dumps({"errors": {EVIL: [EVIL]}})}]}}).encode()
            proxy.decide = lambda record: Fault(
                status=400, headers={"Content-Type": "application/json",
                                     "x-ms-request-id": "\x1b[31m"}, body=body)
            result = self.world.cutover("online-endpoint", "show", "-n", "my-endpoint")
            self.assertEqual(result.returncode, 1)
            self.assert_safe(result.stderr)
        finally:
            proxy.target = urllib.parse.urlsplit(self.engine.url)
            proxy.url = self.engine.url
            proxy.stand_in(self.world, self.engine)
            proxy.close()

    def test_arguments_that_hurt(self):
        for name in ("\x1b[2J", "../../etc", "a/b", "a%2fb", "a b", "x" * 10000, "", "-", "é"):
            result = self.world.cutover("online-endpoint", "show", "-n", name)
            self.assertIn(result.returncode, (1, 2, 3, 4), (name, result.stderr))
            self.assert_safe(result.stderr)

    def test_paths_do_not_leave_the_workspace(self):
        base = ("/subscriptions/s/resourceGroups/%s/providers/Microsoft.MachineLearningServices"
                "/workspaces/%s/onlineEndpoints/%s")
        for group, workspace, name in (("..", "demo", "abc"), ("g", "..%2f..", "abc"),
                                       ("g", "demo", "..%2f..%2fetc"), ("g", "demo", "%00abc"),
                                       ("g", "demo", "abc%0d%0aX:%20y")):
            answer = self.engine.arm("PUT", base % (group, workspace, name),
                                     {"location": "local", "properties": {"authMode": "Key"}})
            self.assertIn(answer.status, (201, 400, 404), (name, answer))
            self.assertNotIn("x", answer.headers)

    def raw(self, data, wait=2.0):
        split = urllib.parse.urlsplit(self.engine.url)
        with socket.create_connection((split.hostname, split.port), timeout=wait) as client:
            try:
                client.sendall(data)
                answer = client.recv(65536)
            except (socket.timeout, ConnectionError):
                answer = b""
        return answer

    def test_http_that_is_none(self):
        for data in (b"\x00" * 100, b"GET\r\n\r\n", b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 20000,
                     b"GET /" + b"a" * 200000 + b" HTTP/1.1\r\n\r\n",
                     b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
                     b"POST / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n",
                     b"POST / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
                     b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n"
                     b"0\r\n\r\n",
                     b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
                     b"GET / HTTP/1.1\r\n Folded: x\r\n\r\n", b"GET / HTTP/1.1\nHost: x\n\n",
                     b"GET http://[::1/ HTTP/1.1\r\n\r\n", b"\r\n" * 1000):
            answer = self.raw(data)
            if answer:
                self.assertRegex(answer[:12], rb"^HTTP/1\.1 [45]", data[:60])
            self.assertEqual(self.engine.arm("GET", "/onlineEndpoints").status, 200)

    def test_slow_clients_do_not_hold_the_others(self):
        split = urllib.parse.urlsplit(self.engine.url)
        idle = []
        try:
            for _ in range(200):
                client = socket.create_connection((split.hostname, split.port), timeout=5)
                client.sendall(b"POST /subscriptions HTTP/1.1\r\nContent-Length: 100\r\n\r\nx")
                idle.append(client)
            started = time.monotonic()
            self.assertEqual(self.engine.arm("GET", "/onlineEndpoints").status, 200)
            self.assertEqual(self.engine.score(sample_request()).status, 200)
            self.assertLess(time.monotonic() - started, 2)
        finally:
            for client in idle:
                client.close()

    def test_a_large_body_is_refused(self):
        uri, headers = self.engine.scoring()
        try:
            answer = send("POST", uri, b"x" * (80 << 20), headers)
            self.assertIn(answer.status, (200, 413, 424), answer.status)
        except (ConnectionError, OSError):
            pass
        self.assertEqual(self.engine.score(sample_request()).status, 200)

    def test_logs_stay_bounded(self):
        self.engine.put_code("chatty", "def init(): pass\n"
                                       "def run(d):\n"
                                       "    for _ in range(20000): print('x' * 500)\n"
                                       "    return 1\n",
                             requestSettings={"requestTimeout": "PT60S"})
        for _ in range(4):
            self.assertEqual(self.engine.score(sample_request(), deployment="chatty").status, 200)
        total = 0
        for folder in ("run", "state", "cache", "home"):
            for root, _, files in os.walk(self.world.path(folder)):
                total += sum(os.lstat(os.path.join(root, file)).st_size for file in files)
        self.assertLess(total, 64 << 20)
        answer = self.engine.arm("POST", "/onlineEndpoints/my-endpoint/deployments/chatty/getLogs",
                                 {"tail": 100})
        self.assertLessEqual(answer.json["content"].count("x" * 500), 100)


if __name__ == "__main__":
    unittest.main()
