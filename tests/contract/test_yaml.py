#!/usr/bin/env python3
"""YAML files of the vendor's example repository: the bodies made of them against recorded ones.

The files and the bodies lie in ../shared beside a checkout; without them the test is skipped.
What the recordings have only because of their age does not count, as their README says.
"""
import json
import os
import re
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from harness.engine import SHARED, World

YAML = os.path.join(SHARED, "rest", "yaml")
GOLDEN = os.path.join(YAML, "golden.json")
IGNORED = {"privateNetworkConnection", "location"}
ENUMERATIONS = {"egressPublicNetworkAccess", "publicNetworkAccess", "authMode"}
# Refused by the recorded client for a setting that it was too old for, or a file it did not have.
NEWER_THAN_THE_RECORDING = {"monitoring__azureml-e2e-model-monitoring__endpoints__deployment.yaml"}
REFERENCES = {"environmentId": "environments", "model": "models", "codeId": "codes"}


def simplified(value, key=None):
    """Without what does not count: nulls, empty maps, the case of enumerations."""
    if isinstance(value, dict):
        pairs = {k: simplified(v, k) for k, v in value.items() if k not in IGNORED}
        return {k: v for k, v in pairs.items() if v not in (None, {})}
    if key in ENUMERATIONS:
        return value.lower()
    if key in REFERENCES:
        return reference(value)
    if key == "compute":
        return value.rsplit("/", 1)[-1]
    return value


def reference(text):
    """INLINE, name:version or name@label, however it is written."""
    if "/INLINE/" in text or "/CliV2AnonymousEnvironment/" in text or re.search(
            r"/(codes|models)/[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}/",
            text):
        return "INLINE"
    match = re.match(r"/subscriptions/.*/workspaces/[^/]+/\w+/([^/]+)/(versions|labels)/(.+)$", text)
    if match:
        return match[1] + (":" if match[2] == "versions" else "@") + match[3]
    return text


@unittest.skipUnless(os.path.exists(GOLDEN), "../shared is not there")
class Files(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = World()
        with open(GOLDEN, encoding="utf-8") as file:
            cls.entries = json.load(file)

    @classmethod
    def tearDownClass(cls):
        cls.world.close()

    def create(self, entry):
        path = os.path.join(YAML, entry["file"])
        arguments = ["online-" + entry["kind"], "create", "-f", path, "--dry-run", "-o", "json"]
        if entry["kind"] == "deployment" and entry.get("endpoint", "").startswith(("<", "ep")):
            arguments += ["--endpoint-name", "some-endpoint"]
        return self.world.cutover(*arguments)

    def test_all(self):
        self.assertGreaterEqual(len(self.entries), 59)
        for entry in self.entries:
            with self.subTest(entry["file"]):
                result = self.create(entry)
                if "error" in entry and entry["file"] not in NEWER_THAN_THE_RECORDING:
                    self.assertIn(result.returncode, (2, 4), result.stdout)
                    self.assertIn(entry["file"], result.stderr)
                    continue
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertNotIn("AddressSanitizer", result.stderr)
                calls = json.loads(result.stdout)
                if "error" in entry:
                    continue
                self.compare(entry, calls)

    def compare(self, entry, calls):
        body = calls[-1]["body"]
        url = calls[-1]["url"].split("?")[0]
        self.assertTrue(url.endswith("/" + entry["name"]), url)
        got, wanted = simplified(body), simplified(entry["arm"])
        # A model that the file names is registered under that name.
        if "model" in entry.get("inline", []) and got["properties"].get("model") != "INLINE":
            registered = calls[-2]["url"].split("?")[0]
            self.assertIn(body["properties"]["model"], registered)
            got["properties"]["model"] = "INLINE"
        self.assertEqual(got, wanted)
        registered = {call["url"].split("/workspaces/")[1].split("/")[1] for call in calls[:-1]}
        self.assertEqual(registered, {{"code": "codes", "model": "models",
                                       "environment": "environments"}[kind]
                                      for kind in entry.get("inline", [])})


if __name__ == "__main__":
    unittest.main()
