#!/usr/bin/env python3
"""Two writers: the one who decided on old values is told, not obeyed."""
import json
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from harness.engine import BlueAndGreen
from harness.proxy import Fault, Proxy


class TwoWriters(BlueAndGreen):
    def test_a_412_is_5(self):
        proxy = Proxy(self.engine.url)
        proxy.stand_in(self.world, self.engine)
        self.engine.split(live={"blue": 100})
        proxy.decide = lambda record: Fault(status=412, body=b"{}") if record.method == "PUT" \
            else None
        result = self.world.cutover("online-endpoint", "update", "-n", "my-endpoint", "--traffic",
                                    "green=100")
        self.assertEqual(result.returncode, 5, result.stderr)
        proxy.decide = lambda record: None
        proxy.close()
        # The next test finds the engine itself again.
        known = {"url": self.engine.url, "token": self.engine.token, "pid": self.engine.process.pid}
        with open(self.world.local_json, "w", encoding="utf-8") as file:
            json.dump(known, file)

    def test_a_deployment_in_work_answers_409(self):
        slow = "import time\ndef init(): time.sleep(3)\ndef run(d): return 1\n"
        first = self.engine.put_code("busy", slow, wait=False)
        self.assertEqual(first.status, 201)
        second = self.engine.arm("PUT", "/onlineEndpoints/my-endpoint/deployments/busy",
                                 json.loads(json.dumps(self.engine.deployment_body(
                                     self.engine.put_assets("other", self.world.folder,
                                                            self.world.folder)))))
        self.assertEqual(second.status, 409, second)
        self.assertTrue(second.json["error"]["code"])
        result = self.world.cutover("online-deployment", "update", "-n", "busy", "-e",
                                    "my-endpoint", "--set", "instance_count=2")
        self.assertEqual(result.returncode, 5, result.stderr)
        self.assertEqual(self.engine.operation(first)["status"], "Succeeded")


if __name__ == "__main__":
    unittest.main()
