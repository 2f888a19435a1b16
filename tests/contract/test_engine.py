#!/usr/bin/env python3
"""Every route of the engine against the published schema, and the examples as input."""
import glob
import json
import os
import re
import sys
import unittest
import urllib.parse

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from harness.engine import Engine, SHARED, WORKSPACE, World, sample_request
from harness.swagger import Document, FORMATS

SWAGGER = os.path.join(SHARED, "rest", "swagger")


class Checked(Engine):
    """An engine whose every answer is held against the schema as it comes."""

    problems = []

    def arm(self, method, path, body=None, headers=None, token=True):
        answer = super().arm(method, path, body, headers, token)
        url = path
        if not path.startswith("http"):
            url = (path if path.startswith("/subscriptions") else WORKSPACE + path)
        where = urllib.parse.urlsplit(url).path
        for document in documents():
            if document.operation(method, where):
                found = document.check_answer(method, url, answer.status, answer.headers,
                                              answer.text)
                self.problems += ["%s %s %d: %s" % (method, where[-70:], answer.status, problem)
                                  for problem in found]
        return answer


DOCUMENTS = []


def documents():
    if not DOCUMENTS:
        for name in ("online.swagger.json", "assets.swagger.json"):
            DOCUMENTS.append(Document(os.path.join(SWAGGER, name)))
    return DOCUMENTS


@unittest.skipUnless(os.path.isdir(SWAGGER), "the published schema is not at hand")
class AnswersFollowTheSchema(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = World()
        cls.engine = Checked(cls.world)
        cls.engine.put_endpoint(description="a description")
        cls.engine.put_sample("blue", 1)
        cls.engine.put_sample("green", 2)
        cls.engine.split(live={"blue": 100})

    @classmethod
    def tearDownClass(cls):
        cls.engine.stop()
        cls.world.close()

    def setUp(self):
        Checked.problems.clear()

    def tearDown(self):
        self.assertEqual(Checked.problems, [])

    def arm(self, method, path, body=None, status=200):
        answer = self.engine.arm(method, path, body)
        self.assertEqual(answer.status, status, answer)
        return answer

    def test_endpoint_reads(self):
        got = self.arm("GET", "/onlineEndpoints/my-endpoint").json
        self.assertEqual(got["name"], "my-endpoint")
        self.assertEqual(got["properties"]["traffic"], {"blue": 100})
        listed = self.arm("GET", "/onlineEndpoints").json
        self.assertIn("my-endpoint", [item["name"] for item in listed["value"]])
        self.assertNotIn("nextLink", listed)

    def test_deployment_reads(self):
        got = self.arm("GET", "/onlineEndpoints/my-endpoint/deployments/blue").json
        self.assertEqual(got["properties"]["provisioningState"], "Succeeded")
        self.assertEqual(got["sku"]["capacity"], 1)
        listed = self.arm("GET", "/onlineEndpoints/my-endpoint/deployments").json
        self.assertEqual(sorted(item["name"] for item in listed["value"]), ["blue", "green"])
        self.arm("GET", "/onlineEndpoints/my-endpoint/deployments/blue/skus")

    def test_credentials_and_token(self):
        keys = self.arm("POST", "/onlineEndpoints/my-endpoint/listKeys").json
        self.assertNotEqual(keys["primaryKey"], keys["secondaryKey"])
        self.engine.done("POST", "/onlineEndpoints/my-endpoint/regenerateKeys",
                         {"keyType": "Secondary"})
        again = self.arm("POST", "/onlineEndpoints/my-endpoint/listKeys").json
        self.assertEqual(keys["primaryKey"], again["primaryKey"])
        self.assertNotEqual(keys["secondaryKey"], again["secondaryKey"])
        self.engine.put_endpoint("tokens", authMode="AMLToken")
        token = self.arm("POST", "/onlineEndpoints/tokens/token").json
        self.assertEqual(token["tokenType"], "Bearer")
        none = self.arm("POST", "/onlineEndpoints/tokens/listKeys").json
        self.assertEqual([none.get("primaryKey"), none.get("secondaryKey")], [None, None])

    def test_logs(self):
        for body in ({}, {"tail": 5}, {"containerType": "InferenceServer", "tail": 100},
                     {"containerType": "StorageInitializer"}):
            answer = self.arm("POST", "/onlineEndpoints/my-endpoint/deployments/blue/getLogs", body)
            self.assertIn("content", answer.json)

    def test_patch(self):
        self.engine.done("PATCH", "/onlineEndpoints/my-endpoint", {"tags": {"a": "b"}})
        self.assertEqual(self.arm("GET", "/onlineEndpoints/my-endpoint").json["tags"], {"a": "b"})
        self.engine.done("PATCH", "/onlineEndpoints/my-endpoint/deployments/green",
                         {"tags": {"c": "d"}})
        self.assertEqual(
            self.arm("GET", "/onlineEndpoints/my-endpoint/deployments/green").json["tags"],
            {"c": "d"})

    def test_put_shows_the_old_values_while_updating(self):
        before = self.arm("GET", "/onlineEndpoints/my-endpoint").json
        body = {"location": "local", "tags": before["tags"],
                "properties": {"authMode": "Key", "traffic": {"blue": 60, "green": 40}}}
        answer = self.arm("PUT", "/onlineEndpoints/my-endpoint", body, 201)
        self.assertEqual(answer.json["properties"]["provisioningState"], "Updating")
        self.assertEqual(answer.json["properties"]["traffic"], before["properties"]["traffic"])
        self.assertGreater(len(answer.headers["azure-asyncoperation"]), 1000)
        self.assertRegex(answer.headers["x-ms-async-operation-timeout"], r"^PT\d+M$")
        self.assertEqual(self.engine.operation(answer)["status"], "Succeeded")
        after = self.arm("GET", "/onlineEndpoints/my-endpoint").json
        self.assertEqual(after["properties"]["traffic"], {"blue": 60, "green": 40})
        self.engine.split(live={"blue": 100})

    def test_operation_documents(self):
        answer = self.arm("PUT", "/onlineEndpoints/ops", {
            "location": "local", "properties": {"authMode": "Key"}}, 201)
        document = self.engine.operation(answer)
        self.assertEqual(document["status"], "Succeeded")
        for key in ("id", "name", "startTime", "endTime", "percentComplete"):
            self.assertIn(key, document)
        self.assertTrue(FORMATS["date-time"].fullmatch(document["startTime"]))
        removed = self.arm("DELETE", "/onlineEndpoints/ops", status=202)
        self.assertIn("location", removed.headers)
        self.assertEqual(self.engine.operation(removed)["status"], "Succeeded")
        self.arm("GET", "/onlineEndpoints/ops", status=404)
        self.arm("DELETE", "/onlineEndpoints/ops", status=204)

    def test_errors_are_arm_errors(self):
        for method, path, body, status in (
                ("GET", "/onlineEndpoints/nobody", None, 404),
                ("GET", "/onlineEndpoints/my-endpoint/deployments/nobody", None, 404),
                ("POST", "/onlineEndpoints/nobody/listKeys", None, 404),
                ("PUT", "/onlineEndpoints/x", {"location": "local",
                                               "properties": {"authMode": "Key"}}, 400),
                ("PUT", "/onlineEndpoints/my-endpoint", {"location": "local", "properties": {
                    "authMode": "Key", "traffic": {"blue": 90, "green": 20}}}, 400),
                ("PUT", "/onlineEndpoints/my-endpoint", {"location": "local", "properties": {
                    "authMode": "Key", "traffic": {"nobody": 100}}}, 400),
                ("PUT", "/onlineEndpoints/my-endpoint", {"location": "local", "properties": {
                    "authMode": "Key", "traffic": {"blue": 100},
                    "mirrorTraffic": {"green": 51}}}, 400),
                ("PUT", "/onlineEndpoints/my-endpoint", {"location": "local", "properties": {
                    "authMode": "Key", "traffic": {"blue": 90, "green": 10},
                    "mirrorTraffic": {"green": 10}}}, 400),
                ("PUT", "/onlineEndpoints/my-endpoint", {"properties": {}}, 400),
                ("DELETE", "/onlineEndpoints/my-endpoint/deployments/blue", None, 400)):
            answer = self.arm(method, path, body, status)
            error = answer.json["error"]
            self.assertTrue(error["code"] and error["message"], error)
        after = self.arm("GET", "/onlineEndpoints/my-endpoint").json["properties"]
        self.assertEqual(after["traffic"], {"blue": 100})

    def test_bad_bodies_are_400(self):
        for body in ("", "{", "[]", "null", '{"properties":1}', '{"location":"x"}',
                     '{"location":"local","properties":{"authMode":"Key","traffic":[]}}',
                     '{"location":"local","properties":{"authMode":"Key","traffic":{"blue":"x"}}}',
                     '{"location":"local","properties":{"authMode":"Key","traffic":{"blue":99.5}}}',
                     "[" * 5000):
            answer = self.engine.arm("PUT", "/onlineEndpoints/my-endpoint", body)
            self.assertEqual(answer.status, 400, (body[:60], answer))

    def test_authorization(self):
        for header in (None, "Bearer wrong", "Basic x", "Bearer ", self.engine.token):
            answer = self.engine.arm("GET", "/onlineEndpoints", token=False,
                                     headers={"Authorization": header} if header else {})
            self.assertEqual(answer.status, 401, header)

    def test_api_versions(self):
        for version in ("2022-02-01-preview", "2023-04-01", "2025-12-01", "2026-05-01"):
            self.arm("GET", "/onlineEndpoints?api-version=" + version)

    def test_segments_ignore_case(self):
        path = (WORKSPACE.replace("resourceGroups", "resourcegroups")
                .replace("Microsoft.MachineLearningServices", "microsoft.machinelearningservices"))
        self.arm("GET", path + "/onlineendpoints/my-endpoint")

    def test_workspaces_are_kept_apart(self):
        other = WORKSPACE.replace("/demo", "/other")
        self.assertEqual(self.arm("GET", other + "/onlineEndpoints").json["value"], [])
        self.assertEqual(self.arm("GET", other + "/onlineEndpoints/my-endpoint", status=404).status,
                         404)
        workspace = self.arm("GET", other).json
        self.assertEqual(workspace["name"], "other")
        self.assertTrue(workspace["location"])

    def test_paging(self):
        names = ["page-%d" % number for number in range(7)]
        for name in names:
            self.engine.put_endpoint(name)
        seen, path, pages = [], "/onlineEndpoints?count=3", 0
        while path:
            page = self.arm("GET", path).json
            self.assertLessEqual(len(page["value"]), 3)
            seen += [item["name"] for item in page["value"]]
            path = page.get("nextLink")
            pages += 1
        self.assertEqual(len(seen), len(set(seen)))
        self.assertTrue(set(names) <= set(seen))
        self.assertGreaterEqual(pages, 3)
        for name in names:
            self.engine.done("DELETE", "/onlineEndpoints/" + name)

    def test_assets(self):
        for kind in ("codes", "models", "environments"):
            versions = self.arm("GET", "/%s/sample-1/versions" % kind).json["value"]
            self.assertEqual([item["name"] for item in versions], ["1"])
            self.arm("GET", "/%s/sample-1/versions/1" % kind)
            self.arm("GET", "/%s/sample-1/versions/2" % kind, status=404)
        unknown = self.arm("GET", "/models/nobody/versions?%s" % urllib.parse.urlencode(
            {"$orderBy": "createdtime desc", "$top": 1}))
        self.assertEqual(unknown.json["value"], [])

    def test_metrics(self):
        for _ in range(5):
            self.assertEqual(self.engine.score(sample_request()).status, 200)
        resource = WORKSPACE + "/onlineEndpoints/my-endpoint"
        names = "RequestsPerMinute,RequestLatency_P50,RequestLatency_P95"
        for condition in ("deployment eq 'blue'", "deployment eq '*'"):
            path = resource + "/providers/Microsoft.Insights/metrics?" + urllib.parse.urlencode(
                {"api-version": "2024-02-01", "metricnames": names, "interval": "PT1M",
                 "aggregation": "average,total,count", "$filter": condition})
            answer = self.engine.arm("GET", path)
            self.assertEqual(answer.status, 200, answer)
            schema = Document(os.path.join(SWAGGER, "metrics", "metrics_API.2024-02-01.json"))
            schema.root.setdefault("parameters", {})
            definition = schema.root["definitions"]["Response"]
            try:
                problems = schema.check(definition, answer.json)
            except KeyError:  # a definition that stands in another file
                problems = []
            self.assertEqual(problems, [])
            value = {item["name"]["value"]: item for item in answer.json["value"]}
            self.assertEqual(sorted(value), sorted(names.split(",")))
            series = value["RequestsPerMinute"]["timeseries"]
            points = [point for one in series for point in one["data"]]
            self.assertTrue(any(set(point) - {"timeStamp"} for point in points), points[-3:])


@unittest.skipUnless(os.path.isdir(SWAGGER), "the published schema is not at hand")
class PublishedExamplesAreTaken(unittest.TestCase):
    """The bodies of the published examples go in, and what comes out follows the schema."""

    @classmethod
    def setUpClass(cls):
        cls.world = World()
        cls.engine = Checked(cls.world)

    @classmethod
    def tearDownClass(cls):
        cls.engine.stop()
        cls.world.close()

    def test_examples_follow_the_schema_themselves(self):
        """A validator that passes everything would show here, or a wrong one."""
        checked = 0
        for path in glob.glob(os.path.join(SWAGGER, "examples*", "**", "*.json"), recursive=True):
            with open(path, encoding="utf-8") as file:
                example = json.load(file)
            body = example["parameters"].get("body")
            name = ("OnlineEndpointTrackedResource" if "OnlineEndpoint" in path
                    else "OnlineDeploymentTrackedResource")
            if body is not None and path.endswith("createOrUpdate.json"):
                document = documents()[0]
                schema = {"$ref": "#/definitions/" + name}
                self.assertEqual([problem for problem in document.check(schema, body, "body")
                                  if not re.search("string", problem)], [], path)
                broken = dict(body, surprise=1)
                self.assertNotEqual(document.check(schema, broken, "body"), [])
                checked += 1
        self.assertGreaterEqual(checked, 3)

    def test_endpoint_bodies_decode(self):
        Checked.problems.clear()
        for path in glob.glob(os.path.join(SWAGGER, "examples*", "**", "OnlineEndpoint",
                                           "createOrUpdate.json"), recursive=True):
            with open(path, encoding="utf-8") as file:
                body = json.load(file)["parameters"]["body"]
            # The placeholders name deployments that do not exist and shares that do not sum.
            body["properties"]["traffic"] = {}
            body["properties"]["mirrorTraffic"] = {}
            answer = self.engine.arm("PUT", "/onlineEndpoints/example", body)
            self.assertEqual(answer.status, 201, answer)
            self.engine.operation(answer)
            got = self.engine.arm("GET", "/onlineEndpoints/example").json
            self.assertEqual(got["tags"], body["tags"])
            self.assertEqual(got["properties"]["authMode"], body["properties"]["authMode"])
            self.assertEqual(got["properties"]["description"], body["properties"]["description"])
        self.assertEqual(Checked.problems, [])


if __name__ == "__main__":
    unittest.main()
