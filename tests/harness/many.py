"""A workspace of any size that answers lists at once, or hangs: for measuring a client alone."""
import http.server
import json
import os
import re
import socketserver
import threading
import urllib.parse

WORKSPACE = ("/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/bench/providers/"
             "Microsoft.MachineLearningServices/workspaces/large")
PAGE = 100
STAMP = "2026-01-01T00:00:00.0000000+00:00"


def endpoint(number):
    name = "endpoint-%04d" % number
    return {"id": "%s/onlineEndpoints/%s" % (WORKSPACE, name), "name": name, "location": "westeurope",
            "type": "Microsoft.MachineLearningServices/workspaces/onlineEndpoints",
            "tags": {"team": "forecast", "cost": "1234"}, "kind": "Managed",
            "identity": {"type": "SystemAssigned"},
            "systemData": {"createdAt": STAMP, "createdBy": "someone", "lastModifiedAt": STAMP},
            "properties": {"authMode": "Key", "provisioningState": "Succeeded",
                           "description": "measured, not served",
                           "scoringUri": "https://%s.westeurope.inference.example/score" % name,
                           "swaggerUri": "https://%s.westeurope.inference.example/swagger.json"
                                         % name,
                           "properties": {"azureml.onlineendpointid": "x" * 180},
                           "traffic": {"blue": 90, "green": 10}, "mirrorTraffic": {},
                           "publicNetworkAccess": "Enabled"}}


def deployment(endpoint_name, name):
    return {"id": "%s/onlineEndpoints/%s/deployments/%s" % (WORKSPACE, endpoint_name, name),
            "name": name, "location": "westeurope", "tags": {},
            "type": "Microsoft.MachineLearningServices/workspaces/onlineEndpoints/deployments",
            "sku": {"name": "Default", "tier": "Standard", "capacity": 3},
            "properties": {"endpointComputeType": "Managed", "provisioningState": "Succeeded",
                           "instanceType": "Standard_DS3_v2",
                           "model": WORKSPACE + "/models/m/versions/1",
                           "environmentId": WORKSPACE + "/environments/e/versions/1",
                           "codeConfiguration": {"codeId": WORKSPACE + "/codes/c/versions/1",
                                                 "scoringScript": "score.py"},
                           "environmentVariables": {}, "properties": {},
                           "requestSettings": {"maxConcurrentRequestsPerInstance": 1,
                                               "requestTimeout": "PT5S"}}}


class Many:
    def __init__(self, endpoints=1000, deployments=5):
        self.names = ["blue", "green", "red", "amber", "violet", "grey"][:deployments]
        self.free = threading.Event()
        self.free.set()
        self.requests = 0
        outer = self
        pages = [json.dumps({"value": [endpoint(number) for number in range(first, min(
            first + PAGE, endpoints))]}) for first in range(0, endpoints, PAGE)]

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                outer.requests += 1
                outer.free.wait(600)
                split = urllib.parse.urlsplit(self.path)
                query = urllib.parse.parse_qs(split.query)
                status, text = outer.answer(split.path, query, pages)
                body = text.encode()
                self.send_response_only(status)
                self.send_header("Content-Type", "application/json; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_POST(self):
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                self.do_GET()

            def log_message(self, *_):
                pass

        class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, *_):
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = "http://127.0.0.1:%d" % self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def answer(self, path, query, pages):
        if path.endswith("/onlineEndpoints"):
            page = int(query.get("$skip", ["0"])[0])
            text = pages[page]
            if page + 1 < len(pages):
                link = "%s%s?api-version=2025-12-01&$skip=%d" % (self.url, path, page + 1)
                text = text[:-1] + ", \"nextLink\": %s}" % json.dumps(link)
            return 200, text
        match = re.search(r"/onlineEndpoints/([^/]+)/deployments$", path)
        if match:
            return 200, json.dumps({"value": [deployment(match.group(1), name)
                                              for name in self.names]})
        match = re.search(r"/onlineEndpoints/endpoint-(\d+)$", path)
        if match:
            return 200, json.dumps(endpoint(int(match.group(1))))
        if path.endswith("/getLogs"):
            return 200, json.dumps({"content": "one line\n"})
        if "Microsoft.Insights" in path:
            return 200, json.dumps({"value": [], "timespan": "PT1H", "interval": "PT1M"})
        if path.endswith("/workspaces/large"):
            return 200, json.dumps({"id": WORKSPACE, "name": "large", "location": "westeurope"})
        return 404, json.dumps({"error": {"code": "NotFound", "message": "not here"}})

    def hang(self, on):
        """While on, requests are taken and not answered."""
        (self.free.clear if on else self.free.set)()

    def configure(self, world):
        """A context `bench` in a world, and the environment that uses it."""
        folder = world.path("config", "cutover")
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, "config.yaml"), "w", encoding="utf-8") as file:
            file.write("current: bench\ncontexts:\n  bench:\n"
                       "    subscription: 11111111-1111-1111-1111-111111111111\n"
                       "    group: bench\n    workspace: large\n    url: %s\n" % self.url)
        return dict(world.env, CUTOVER_TOKEN="bench-token")

    def close(self):
        self.free.set()
        self.server.shutdown()
        self.server.server_close()
