#!/usr/bin/env python3
"""Every request that the commands send, against the published schema, as it passes a proxy."""
import json
import os
import sys
import unittest
import urllib.parse

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from harness.engine import Engine, SHARED, World
from harness.proxy import Proxy
from harness.swagger import Document

SWAGGER = os.path.join(SHARED, "rest", "swagger")
SAMPLE = "endpoints/online/managed/sample/"


@unittest.skipUnless(os.path.isdir(SWAGGER), "the published schema is not at hand")
class RequestsFollowTheSchema(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.documents = [Document(os.path.join(SWAGGER, name))
                         for name in ("online.swagger.json", "assets.swagger.json")]

    def check(self, method, url, body):
        """Problems of one request; None where no published operation has its route."""
        path = urllib.parse.urlsplit(url).path
        for document in self.documents:
            if document.operation(method, path):
                return document.check_request(method, url, body)
        return None

    def test_what_passes_while_the_article_is_carried_out(self):
        world = World()
        try:
            engine = Engine(world)
            proxy = Proxy(engine.url)
            proxy.stand_in(world, engine)

            def run(*arguments):
                result = world.cutover(*arguments, cwd=world.samples())
                self.assertEqual(result.returncode, 0, (arguments, result.stdout, result.stderr))

            run("online-endpoint", "create", "-n", "my-endpoint", "-f", SAMPLE + "endpoint.yml")
            run("online-deployment", "create", "-n", "blue", "-e", "my-endpoint", "-f",
                SAMPLE + "blue-deployment.yml", "--all-traffic")
            run("online-deployment", "update", "-n", "blue", "-e", "my-endpoint", "--set",
                "instance_count=2")
            run("online-deployment", "create", "-n", "green", "-e", "my-endpoint", "-f",
                SAMPLE + "green-deployment.yml")
            run("online-endpoint", "update", "-n", "my-endpoint", "--mirror-traffic", "green=10")
            run("online-endpoint", "update", "-n", "my-endpoint", "--mirror-traffic", "green=0")
            run("online-endpoint", "update", "-n", "my-endpoint", "--traffic", "blue=0 green=100")
            run("online-endpoint", "invoke", "-n", "my-endpoint", "-d", "green", "-r",
                "endpoints/online/model-1/sample-request.json")
            run("online-endpoint", "get-credentials", "-n", "my-endpoint")
            run("online-endpoint", "regenerate-keys", "-n", "my-endpoint", "--key-type",
                "secondary")
            run("online-deployment", "get-logs", "-n", "green", "-e", "my-endpoint", "-l", "7")
            run("online-endpoint", "list")
            run("online-deployment", "list", "-e", "my-endpoint")
            run("online-deployment", "delete", "-n", "blue", "-e", "my-endpoint", "-y")
            run("online-endpoint", "delete", "-n", "my-endpoint", "-y")
            problems, checked = [], 0
            for record in proxy.records:
                found = self.check(record.method, record.url, record.body.decode())
                if found is None:
                    self.assertRegex(record.url, "(?i)mfeOperation|/endpoints/|Insights")
                    continue
                checked += 1
                problems += ["%s %s: %s" % (record.method, record.url[-80:], one) for one in found]
                self.assertNotEqual(record.method, "PATCH", record.url)
            self.assertEqual(problems, [])
            self.assertGreater(checked, 30)
            for record in proxy.writes():
                self.assertIn("x-ms-client-request-id",
                              {name.lower() for name in record.headers}, record.url)
            proxy.close()
            engine.stop()
        finally:
            world.close()

    def test_dry_run_bodies(self):
        world = World()
        try:
            for name, arguments in (
                    ("endpoint", ["online-endpoint", "create", "-n", "my-endpoint", "-f",
                                  SAMPLE + "endpoint.yml"]),
                    ("blue", ["online-deployment", "create", "-f", SAMPLE + "blue-deployment.yml"]),
                    ("green", ["online-deployment", "create", "-f",
                               SAMPLE + "green-deployment.yml", "--all-traffic"])):
                result = world.cutover(*arguments, "--dry-run", cwd=world.samples())
                self.assertEqual(result.returncode, 0, (name, result.stderr))
                for call in json.loads(result.stdout):
                    body = json.dumps(call["body"]) if call["body"] is not None else ""
                    self.assertEqual(self.check(call["method"], call["url"], body), [], call)
        finally:
            world.close()


if __name__ == "__main__":
    unittest.main()
