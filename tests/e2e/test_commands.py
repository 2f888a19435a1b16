#!/usr/bin/env python3
"""The commands' manners: exit status, refusals before sending, output forms, --dry-run, restart."""
import http.server
import json
import os
import re
import sys
import threading
import unittest

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from harness.engine import BlueAndGreen, Engine, World

SAMPLE = "endpoints/online/managed/sample/"


class Commands(BlueAndGreen):
    def setUp(self):
        self.engine.split(live={"blue": 100})

    def run_command(self, *arguments, status=0, **variables):
        result = self.world.cutover(*arguments, cwd=self.world.samples(), **variables)
        self.assertEqual(result.returncode, status, (arguments, result.stdout, result.stderr))
        return result

    def state(self):
        properties = self.engine.arm("GET", "/onlineEndpoints/my-endpoint").json["properties"]
        return properties["traffic"], properties.get("mirrorTraffic") or {}

    def test_refusals_of_the_rules_are_4_and_send_nothing(self):
        before = self.state()
        for option, value, word in (
                ("--traffic", "blue=90 green=20", "110"), ("--traffic", "blue=50", "50"),
                ("--traffic", "blue=101", "101"), ("--traffic", "blue=-1", "-1"),
                ("--traffic", "blue=50.5 green=49.5", "50.5"), ("--traffic", "blue=ten", "ten"),
                ("--traffic", "nobody=100", "nobody"), ("--mirror-traffic", "green=51", "50"),
                ("--mirror-traffic", "blue=10", "blue"),
                ("--mirror-traffic", "nobody=10", "nobody")):
            result = self.run_command("online-endpoint", "update", "-n", "my-endpoint", option,
                                      value, status=4)
            self.assertIn(word, result.stderr)
            self.assertEqual(result.stdout, "")
            self.assertEqual(self.state(), before)

    def test_a_refusal_names_the_mend(self):
        result = self.run_command("online-endpoint", "update", "-n", "my-endpoint", "--traffic",
                                  "blue=90 green=20", status=4)
        self.assertRegex(result.stderr, r"take 10 from blue")

    def test_usage_is_2(self):
        for arguments in (["online-endpoint"], ["online-endpoint", "frobnicate"], ["nonsense"],
                          ["online-endpoint", "show"], ["online-endpoint", "show", "--bogus"],
                          ["online-endpoint", "show", "-n"],
                          ["online-endpoint", "list", "-o", "xml"],
                          ["online-deployment", "show", "-n", "blue"]):
            result = self.run_command(*arguments, status=2)
            self.assertEqual(result.stdout, "")
            self.assertTrue(result.stderr)

    def test_not_found_is_3(self):
        self.run_command("online-endpoint", "show", "-n", "nobody", status=3)
        self.run_command("online-deployment", "show", "-n", "nobody", "-e", "my-endpoint", status=3)
        self.run_command("online-endpoint", "delete", "-n", "nobody", "-y", status=3)

    def test_create_of_what_exists_is_1(self):
        result = self.run_command("online-endpoint", "create", "-n", "my-endpoint", status=1)
        self.assertIn("exists", result.stderr)

    def test_delete_asks_first(self):
        result = self.run_command("online-deployment", "delete", "-n", "green", "-e", "my-endpoint",
                                  status=2)
        self.assertIn("--yes", result.stderr)
        self.engine.arm("GET", "/onlineEndpoints/my-endpoint/deployments/green")

    def test_output_forms(self):
        show = ["online-endpoint", "show", "-n", "my-endpoint"]
        document = json.loads(self.run_command(*show).stdout)
        self.assertEqual(document["traffic"], {"blue": 100, "green": 0})
        for key in ("name", "scoring_uri", "auth_mode", "provisioning_state", "mirror_traffic"):
            self.assertIn(key, document)
        self.assertEqual(self.run_command(*show, "-o", "none").stdout, "")
        self.assertIn("name: my-endpoint", self.run_command(*show, "-o", "yaml").stdout)
        table = self.run_command("online-deployment", "list", "-e", "my-endpoint", "-o", "table")
        self.assertRegex(table.stdout, r"(?m)^blue\b")
        self.assertEqual(self.run_command(*show, "-o", "tsv", "--query", "name").stdout,
                         "my-endpoint\n")
        self.assertEqual(json.loads(self.run_command(
            "online-endpoint", "list", "--query", "[0].name").stdout), "my-endpoint")
        result = self.run_command(*show, "--query", "length(@)", status=2)
        self.assertIn("--query", result.stderr)

    def test_help_has_examples_everywhere(self):
        for group, verbs in (("online-endpoint", ("create", "show", "list", "update", "delete",
                                                  "invoke", "get-credentials", "regenerate-keys")),
                             ("online-deployment", ("create", "show", "list", "update", "delete",
                                                    "get-logs"))):
            self.assertIn(verbs[0], self.run_command(group, "--help").stdout)
            for verb in verbs:
                self.assertRegex(self.run_command(group, verb, "-h").stdout,
                                 r"(?i)example[\s\S]*cutover " + group)
        for verb in ("serve", "demo", "samples"):
            self.assertIn(verb, self.run_command(verb, "--help").stdout)
        self.assertRegex(self.run_command("--version").stdout, r"\d+\.\d+\.\d+")

    def dry_run(self, *arguments, **variables):
        calls = json.loads(self.run_command(*arguments, "--dry-run", **variables).stdout)
        self.assertIsInstance(calls, list)
        for call in calls:
            self.assertEqual(set(call), {"method", "url", "body"})
        return calls

    def test_dry_run_of_an_update_sends_nothing(self):
        before = self.state()
        calls = self.dry_run("online-endpoint", "update", "-n", "my-endpoint", "--traffic",
                             "blue=90 green=10")
        self.assertEqual(self.state(), before)
        last = calls[-1]
        self.assertEqual(last["method"], "PUT")
        self.assertIn("/onlineEndpoints/my-endpoint?api-version=", last["url"])
        self.assertEqual(last["body"]["properties"]["traffic"], {"blue": 90, "green": 10})

    def test_dry_run_leaves_zeros_out(self):
        calls = self.dry_run("online-endpoint", "update", "-n", "my-endpoint", "--traffic",
                             "blue=0 green=100")
        self.assertEqual(calls[-1]["body"]["properties"]["traffic"], {"green": 100})

    def test_dry_run_of_a_create_asks_nobody(self):
        calls = self.dry_run("online-deployment", "create", "-n", "blue", "-e", "nowhere", "-f",
                             SAMPLE + "blue-deployment.yml",
                             XDG_RUNTIME_DIR=self.world.path("nothing-here"))
        self.assertTrue(calls[-1]["url"].split("?")[0].endswith("/nowhere/deployments/blue"))
        self.assertEqual(calls[-1]["body"]["sku"]["capacity"], 1)
        self.assertEqual([call["method"] for call in calls], ["PUT"] * len(calls))

    def test_invoke_many_counts(self):
        self.engine.split(live={"blue": 50, "green": 50})
        result = self.run_command("online-endpoint", "invoke", "-n", "my-endpoint", "-r",
                                  "endpoints/online/model-1/sample-request.json", "--count", "200",
                                  "--concurrency", "2")
        text = result.stdout + result.stderr
        self.assertIn("blue", text)
        self.assertIn("green", text)
        self.assertIn("200", text)

    def test_tokens_and_keys_stay_private(self):
        keys = self.engine.arm("POST", "/onlineEndpoints/my-endpoint/listKeys").json
        for arguments in (["online-endpoint", "show", "-n", "my-endpoint"],
                          ["online-endpoint", "list"],
                          ["online-endpoint", "invoke", "-n", "my-endpoint", "-r",
                           "endpoints/online/model-1/sample-request.json"],
                          ["online-endpoint", "update", "-n", "my-endpoint", "--traffic",
                           "blue=100", "--dry-run"]):
            result = self.run_command(*arguments)
            for secret in (self.engine.token, keys["primaryKey"], keys["secondaryKey"]):
                self.assertNotIn(secret, result.stdout + result.stderr)
        self.assertEqual(os.stat(self.world.local_json).st_mode & 0o777, 0o600)
        self.assertNotIn(self.engine.token, self.engine.output())

    def test_a_token_is_not_sent_over_plain_http(self):
        seen = []

        class Trap(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                seen.append(self.headers.get("Authorization"))
                self.send_error(404)

            def log_message(self, *_):
                pass

        server = http.server.HTTPServer(("127.0.0.1", 0), Trap)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        # A name that is not loopback by its text, though it would lead here.
        folder = self.world.path("config", "cutover")
        os.makedirs(folder, exist_ok=True)
        path = os.path.join(folder, "config.yaml")
        with open(path, "w", encoding="utf-8") as file:
            file.write("contexts:\n  trap:\n    subscription: 00000000-0000-0000-0000-000000000000\n"
                       "    group: g\n    workspace: wsp\n    url: http://192.0.2.1:%d\n"
                       % server.server_address[1])
        try:
            result = self.world.cutover("online-endpoint", "list", "--context", "trap",
                                        CUTOVER_TOKEN="very-secret", http_proxy="http://127.0.0.1:%d"
                                        % server.server_address[1])
        finally:
            os.remove(path)
            server.shutdown()
            server.server_close()
        self.assertNotEqual(result.returncode, 0)
        self.assertEqual([value for value in seen if value], [])
        self.assertNotIn("very-secret", result.stdout + result.stderr)

    def test_yaml_mistakes_have_a_place(self):
        path = self.world.path("bad.yml")
        with open(path, "w", encoding="utf-8") as file:
            file.write("name: blue\nendpoint_name: my-endpoint\ninstance_cuont: 2\n")
        result = self.run_command("online-deployment", "create", "-f", path, "--dry-run", status=2)
        self.assertRegex(result.stderr, r"bad\.yml:3:")
        self.assertIn("instance_count", result.stderr)

    def test_get_logs(self):
        result = self.run_command("online-deployment", "get-logs", "-n", "blue", "-e",
                                  "my-endpoint", "-l", "50")
        self.assertTrue(re.search(r"azmlinfsrv|Container logs", result.stdout), result.stdout[:500])


class Restart(unittest.TestCase):
    def test_state_survives(self):
        world = World()
        state = world.path("kept")
        try:
            engine = Engine(world, state=state)
            engine.put_endpoint()
            engine.put_sample("blue", 1)
            engine.put_sample("green", 2)
            engine.split(live={"blue": 70, "green": 30})
            keys = engine.arm("POST", "/onlineEndpoints/my-endpoint/listKeys").json
            self.assertEqual(engine.stop(), 0)
            self.assertFalse(os.path.exists(world.local_json))
            engine = Engine(world, state=state)
            endpoint = engine.arm("GET", "/onlineEndpoints/my-endpoint").json
            self.assertEqual(endpoint["properties"]["traffic"], {"blue": 70, "green": 30})
            self.assertEqual(engine.arm("POST", "/onlineEndpoints/my-endpoint/listKeys").json, keys)
            from harness.engine import sample_request, within
            for name in ("blue", "green"):
                self.assertTrue(within(20, lambda: engine.score(
                    sample_request(), deployment=name).status == 200), name)
            self.assertEqual(os.stat(state).st_mode & 0o077, 0)
            for root, _, files in os.walk(state):
                for file in files:
                    path = os.path.join(root, file)
                    # Copies of the user's code keep their modes, in a folder of ours.
                    if not os.path.islink(path) and "/copies/" not in path:
                        self.assertEqual(os.lstat(path).st_mode & 0o077, 0, path)
            engine.stop()
        finally:
            world.close()

    def test_serve_stop_ends_it(self):
        world = World()
        try:
            engine = Engine(world)
            engine.put_endpoint()
            engine.put_sample("blue", 1)
            result = world.cutover("serve", "--stop", timeout=10)
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertEqual(engine.process.wait(5), 0)
            self.assertFalse(os.path.exists(world.local_json))
            self.assertEqual(world.cutover("serve", "--stop").returncode, 3)
        finally:
            world.close()

    def test_local_starts_an_engine(self):
        world = World()
        try:
            result = world.cutover("online-endpoint", "list", "--local")
            self.assertEqual((result.returncode, json.loads(result.stdout)), (0, []), result.stderr)
            self.assertTrue(os.path.exists(world.local_json))
        finally:
            world.close()

    def test_other_addresses_need_a_flag(self):
        world = World()
        try:
            result = world.cutover("serve", "--listen", "0.0.0.0:0", timeout=10)
            self.assertNotEqual(result.returncode, 0)
            self.assertIn("--", result.stderr)
        finally:
            world.close()


if __name__ == "__main__":
    unittest.main()
