#!/usr/bin/env python3
"""core/local/work/server.py against what Azure ML's inference server is known to answer."""
import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SERVER = os.path.join(ROOT, "core", "local", "work", "server.py")
SCRIPT = """
import json

def init():
    print("init was called")

def run(raw):
    wish = json.loads(raw)
    if wish == "raise":
        raise ValueError("as asked")
    if wish == "loop":
        while True:
            pass
    if wish == "bytes":
        return b"\\x00\\x01"
    return wish
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Running:
    """The server with a script of ours."""

    def __init__(self, script, **variables):
        self.folder = tempfile.TemporaryDirectory()
        with open(os.path.join(self.folder.name, "score.py"), "w") as file:
            file.write(script)
        self.port = free_port()
        env = dict(os.environ, PORT=str(self.port), AML_APP_ROOT=self.folder.name,
                   AZUREML_ENTRY_SCRIPT="score.py", AZUREML_MODEL_DIR=self.folder.name, **variables)
        # -S leaves site-packages out: the vendor's own server, where installed, is not wanted.
        self.process = subprocess.Popen([sys.executable, "-S", SERVER], env=env, text=True,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def connect(self):
        for _ in range(500):
            try:
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
                connection.connect()
                return connection
            except OSError:
                time.sleep(0.02)
        raise AssertionError("the server did not come up")

    def end(self):
        self.process.kill()
        output = self.process.communicate()[0]
        self.folder.cleanup()
        return output


class ScoringServer(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Running(SCRIPT)
        cls.connection = cls.server.connect()

    @classmethod
    def tearDownClass(cls):
        cls.connection.close()
        cls.server.end()

    def ask(self, method, path, body=None, headers=None):
        self.connection.request(method, path, body, headers or {})
        answer = self.connection.getresponse()
        return answer.status, answer.headers, answer.read()

    def test_health(self):
        status, headers, body = self.ask("GET", "/")
        self.assertEqual((status, body), (200, b"Healthy"))
        self.assertRegex(headers["x-ms-server-version"], r"^azmlinfsrv/\d")

    def test_results_are_json(self):
        for value in ([1, 2.5], {"a": None}, "text", 7):
            status, headers, body = self.ask("POST", "/score", json.dumps(value))
            self.assertEqual((status, json.loads(body)), (200, value))
            self.assertEqual(headers["content-type"], "application/json")
            self.assertEqual(headers["x-ms-run-function-failed"], "False")
            self.assertRegex(headers["x-ms-run-fn-exec-ms"], r"^\d+\.\d{3}$")
        self.assertEqual(self.ask("POST", "/score", '"bytes"')[2], b"\x00\x01")

    def test_exceptions(self):
        status, headers, body = self.ask("POST", "/score", '"raise"')
        self.assertEqual(status, 500)
        self.assertEqual(headers["x-ms-run-function-failed"], "True")
        self.assertNotIn("as asked", json.loads(body)["message"])
        self.assertEqual(self.ask("POST", "/score", b"not json")[0], 500)
        self.assertEqual(self.ask("POST", "/score", b"\xff")[0], 400)

    def test_ids(self):
        headers = self.ask("POST", "/score", "1", {"x-ms-request-id": "abc",
                                                   "x-ms-client-request-id": "mine"})[1]
        self.assertEqual(headers["x-ms-request-id"], "abc")
        self.assertEqual(headers["x-request-id"], "abc")
        self.assertEqual(headers["x-ms-client-request-id"], "mine")
        self.assertEqual(self.ask("POST", "/score", "1", {"x-ms-request-id": "a" * 101})[0], 431)

    def test_other_routes_and_methods(self):
        self.assertEqual(self.ask("OPTIONS", "/score")[0], 200)
        self.assertEqual(self.ask("PUT", "/score", "1")[0], 405)
        status, _, body = self.ask("GET", "/nothing")
        self.assertEqual(status, 404)
        self.assertIn("message", json.loads(body))
        for version, name in (("2", "swagger"), ("3", "openapi")):
            status, _, body = self.ask("GET", "/swagger.json?version=" + version)
            self.assertEqual(status, 200)
            self.assertTrue(json.loads(body)[name].startswith(version))
        self.assertEqual(self.ask("GET", "/swagger.json?version=4")[0], 404)

    def test_pipelined_bytes_that_arrive_one_by_one(self):
        with socket.create_connection(("127.0.0.1", self.server.port), 10) as raw:
            one = b"POST /score HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\n4"
            for byte in one + one:
                raw.send(bytes([byte]))
            text = b""
            while text.count(b"\r\n\r\n4") < 2:
                text += raw.recv(4096)

    def test_log(self):
        server = Running(SCRIPT)
        connection = server.connect()
        connection.request("POST", "/score", '"raise"')
        connection.getresponse().read()
        connection.close()
        time.sleep(0.2)
        output = server.end()
        order = ["Server Settings", "Entry Script Name:", "Server Routes", "Found user script at",
                 "Invoking user's init function", "init was called",
                 "Users's init has completed successfully", "ready for serving traffic",
                 "Encountered Exception: Traceback", "ValueError: as asked", "POST /score 500 "]
        places = [output.find(text) for text in order]
        self.assertNotIn(-1, places, output)
        self.assertEqual(places, sorted(places))

    def test_a_stuck_script_ends_the_worker(self):
        server = Running(SCRIPT, WORKER_TIMEOUT="1")
        connection = server.connect()
        with self.assertRaises((http.client.HTTPException, OSError)):
            connection.request("POST", "/score", '"loop"')
            connection.getresponse()
        connection.close()
        self.assertEqual(server.process.wait(10), 1)
        log = server.process.communicate()[0]
        self.assertIn("WORKER TIMEOUT", log)
        server.folder.cleanup()

    def test_a_script_that_cannot_be_loaded(self):
        for script in ("import nothing_like_that\n", "def run(x): pass\n",
                       "def init(): raise SystemExit\ndef run(x): pass\n"):
            server = Running(script)
            self.assertEqual(server.process.wait(20), 3)
            self.assertIn("Encountered Exception: Traceback", server.end())


if __name__ == "__main__":
    unittest.main()
