#!/usr/bin/env python3
"""A service that misbehaves on request, for test_azure.c and core/net's test_net.c.

Prints its port, serves until its standard input closes. What an endpoint does is in its name:
`plain` is sound, `throttled` answers 429 first, `broken` 500, `cut` closes the connection first,
`stale` shows old traffic for a while after a change, `never` shows it for ever, `lost` accepts a
PUT and cuts the answer, `failing` ends its operations Failed, `renew` wants another token first,
`empty` answers 200 without a resource.
"""
import gzip
import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

TOKEN = "token-1"
lock = threading.Lock()
counts = {}
endpoints = {}
operations = {}


def document(name, traffic=None):
    return {"id": "/x/" + name, "name": name, "type": "t", "location": "stubland", "tags": {},
            "kind": "Managed", "futureField": {"kept": [1, 2]}, "systemData": {"createdBy": "x"},
            "identity": {"type": "SystemAssigned", "principalId": "p", "tenantId": "t"},
            "properties": {"authMode": "Key", "provisioningState": "Succeeded",
                           "scoringUri": "", "swaggerUri": None, "description": None,
                           "properties": {"azureml.onlineendpointid": "x"}, "unknown": True,
                           "traffic": traffic if traffic is not None else {"blue": 100},
                           "mirrorTraffic": {}}}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def origin(self):
        return "http://127.0.0.1:%d" % self.server.server_port

    def answer(self, status, body=None, headers=(), raw=None):
        data = raw if raw is not None else (b"" if body is None else json.dumps(body).encode())
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("x-ms-request-id", "stub-id")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def cut(self):
        self.close_connection = True
        self.connection.close()

    def handle_any(self):
        length = int(self.headers.get("Content-Length") or 0)
        self.body = self.rfile.read(length)
        url = urlsplit(self.path)
        self.query = parse_qs(url.query)
        self.parts = [unquote(part) for part in url.path.split("/") if part]
        key = self.command + " " + "/".join(self.parts[-2:])
        with lock:
            self.count = counts[key] = counts.get(key, 0) + 1
        if self.parts[0] == "subscriptions":
            self.arm()
        else:
            getattr(self, "raw_" + self.parts[0])()

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = handle_any

    # --- core/net ---------------------------------------------------------------------------------

    def raw_echo(self):
        self.answer(200, {"method": self.command, "body": self.body.decode("latin-1"),
                          "headers": {k.lower(): v for k, v in self.headers.items()}},
                    [("X-Mixed", "Case"), ("X-Empty", "")])

    def raw_counts(self):
        with lock:
            self.answer(200, counts)

    def raw_status(self):
        self.answer(int(self.parts[1]), headers=[("Location", self.origin() + "/echo")])

    def raw_slow(self):
        time.sleep(1.5)
        self.answer(200, {})

    def raw_big(self):
        self.answer(200, raw=b"x" * (1 << 20))

    def raw_endless(self):
        self.send_response(200)
        self.end_headers()
        self.close_connection = True
        try:
            for _ in range(64):
                self.wfile.write(b"y" * 65536)
        except OSError:
            pass

    def raw_bomb(self):
        self.answer(200, raw=gzip.compress(b"z" * (8 << 20)),
                    headers=[("Content-Encoding", "gzip")])

    def raw_half(self):
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf")
        self.cut()

    def raw_cut(self):
        self.cut()

    def raw_garbage(self):
        self.wfile.write(b"\x00\x01\x02 not http at all\r\n\r\n")
        self.cut()

    def raw_stale(self):
        """Answers once on a connection and closes it when the next request comes."""
        if getattr(self, "served", False):
            self.cut()
            return
        self.served = True
        self.answer(200, {})

    # --- ARM --------------------------------------------------------------------------------------

    def error(self, status, code, message, inner=None, headers=()):
        details = [{"code": "Inner", "message": json.dumps(inner)}] if inner else []
        self.answer(status, {"error": {"code": code, "message": message, "details": details}},
                    headers)

    def arm(self):
        if self.headers.get("Authorization") != "Bearer " + TOKEN:
            self.error(401, "Unauthorized", "no")
            return
        if "mfeOperationsStatus" in self.parts or "mfeOperationResults" in self.parts:
            self.operation()
            return
        workspace, rest = self.parts[7], self.parts[8:]
        if not rest:
            self.answer(200, {"name": workspace, "location": "stubland"})
        elif len(rest) == 1:
            self.endpoint_list(workspace)
        elif len(rest) == 2:
            self.endpoint(rest[1])
        elif rest[2] == "deployments":
            self.deployments(rest[1], rest[3:])
        elif rest[2] == "providers":
            self.metrics()
        else:
            self.action(rest[1], rest[2])

    def endpoint_list(self, workspace):
        page = int(self.query.get("page", ["0"])[0])
        link = "%s%s?page=%d" % (self.origin(), urlsplit(self.path).path,
                                 0 if workspace == "circle" else page + 1)
        if workspace == "stray":
            link = link.replace("127.0.0.1", "127.0.0.2")
        body = {"value": [document("e%d-%d" % (page, i)) for i in range(2)]}
        if page < 2:
            body["nextLink"] = link
        self.answer(200, body)

    def operation(self):
        name = self.parts[-1]
        if "s" not in self.query or self.query["s"] != ["s" * 3000]:
            self.error(404, "NotFound", "signature was cut")
            return
        with lock:
            entry = operations[name]
            entry["left"] -= 1
            running = entry["left"] > 0
            if not running and entry["apply"]:
                entry["apply"]()
                entry["apply"] = None
        if running:
            self.answer(200, {"status": "Updating", "percentComplete": 0.0})
        elif name.startswith("failing"):
            self.answer(200, {"status": "fAILED", "error": {
                "code": "BadRequest", "message": "The request is invalid.", "details": [
                    {"message": json.dumps({"errors": {"": ["traffic is odd"]}})}]}})
        else:
            self.answer(200, {"status": "Succeeded"})

    def begin(self, name, apply, kind="mfeOperationsStatus"):
        key = "%s-%d" % (name, self.count)
        operations[key] = {"left": 2, "apply": apply}
        return "%s/subscriptions/s/%s/%s?s=%s" % (self.origin(), kind, key, "s" * 3000)

    def stored(self, name):
        if name not in endpoints and name != "missing":
            endpoints[name] = {"document": document(name), "hold": 0}
        return endpoints.get(name)

    def endpoint(self, name):
        if self.command == "GET":
            self.endpoint_get(name)
        elif self.command == "DELETE":
            entry = self.stored(name)
            if not entry:
                self.answer(204)
                return
            link = self.begin(name, lambda: endpoints.pop(name, None))
            self.answer(202, headers=[("Azure-AsyncOperation", link), ("Location", link)],
                        raw=b"null")
        else:
            self.endpoint_put(name)

    def endpoint_get(self, name):
        if name == "throttled" and self.count == 1:
            self.error(429, "TooManyRequests", "slow down", headers=[("Retry-After", "1")])
        elif name == "broken" and self.count == 1:
            self.error(500, "InternalServerError", "oops")
        elif name == "cut" and self.count == 1:
            self.cut()
        elif name == "wrecked":
            self.answer(200, raw=b"{\"name\": ")
        elif name == "empty":
            self.answer(200, raw=b"null" if self.count % 2 else b"[]")
        elif not self.stored(name):
            self.error(404, "NotFound", "The specified resource was not found.",
                       {"title": "Not Found"})
        else:
            entry = self.stored(name)
            with lock:
                held = entry["hold"] > 0
                entry["hold"] -= held
            shown = dict(entry["old"] if held else entry["document"])
            shown["properties"] = dict(shown["properties"])
            shown["properties"]["scoringUri"] = self.origin() + "/score/" + name
            self.answer(200, shown)

    def endpoint_put(self, name):
        body = json.loads(self.body)
        entry = self.stored(name)
        if entry.get("busy"):
            self.error(409, "Conflict", "an operation is in progress")
            return
        old = entry["document"]
        entry["busy"] = True
        entry["sent"] = body

        def apply():
            fresh = document(name, body["properties"].get("traffic", {}))
            fresh["properties"]["mirrorTraffic"] = body["properties"].get("mirrorTraffic", {})
            entry.update(document=fresh, old=old, busy=False,
                         hold={"stale": 2, "never": 1000}.get(name, 0))
        if name == "failing":
            def apply():
                entry["busy"] = False
        if name == "lost":
            threading.Timer(1.5, apply).start()
            old["properties"]["provisioningState"] = "Updating"
            self.cut()
            return
        answer = dict(old)
        answer["properties"] = dict(old["properties"], provisioningState="Updating")
        self.answer(201, answer, [("Azure-AsyncOperation", self.begin(name, apply)),
                                  ("Location", self.origin() + self.path)])

    def deployments(self, endpoint, rest):
        if not rest:
            self.answer(200, {"value": [
                {"name": name, "sku": {"name": "Default", "tier": "Standard", "capacity": 1},
                 "properties": {"provisioningState": "Succeeded",
                                "endpointComputeType": "Managed"}}
                for name in ("blue", "green")]})
        elif rest[1:] == ["getLogs"]:
            self.answer(200, {"content": "asked " + self.body.decode()})
        elif self.command == "PUT":
            body = json.loads(self.body)
            body["properties"]["provisioningState"] = "Succeeded"
            body["name"] = rest[0]
            self.answer(200, body)
        else:
            self.answer(200, {"name": rest[0], "location": "stubland", "sku": {
                "name": "Default", "tier": "Standard", "capacity": 1},
                "properties": {"provisioningState": "Succeeded", "future": 7}})

    def action(self, endpoint, verb):
        if verb == "listKeys":
            self.answer(200, {"primaryKey": "key-1", "secondaryKey": "key-2"})
        elif verb == "regenerateKeys" and endpoint == "cutkeys":
            self.cut()
        elif verb == "regenerateKeys":
            gone = "%s/subscriptions/s/mfeOperationResults/gone" % self.origin()
            self.answer(202, headers=[("Location", gone)], raw=b"null")
        else:
            self.error(404, "NotFound", "no " + verb)

    def metrics(self):
        names = self.query["metricnames"][0].split(",")
        stamp = "2026-11-22T19:00:00Z"
        values = []
        for name in names:
            series = [{"metadatavalues": [
                {"name": {"value": "deployment"}, "value": "blue"},
                {"name": {"value": "statuscodeclass"}, "value": klass}],
                "data": [{"timeStamp": stamp, "average": number}]}
                for klass, number in (("2xx", 9), ("5xx", 1))[:1 if "Latency" in name else 2]]
            values.append({"name": {"value": name}, "timeseries": series, "errorCode": "Success"})
        self.answer(200, {"value": values})

    def raw_score(self):
        if self.headers.get("Authorization") != "Bearer key-1":
            self.answer(401, raw=b"key_auth_access_denied")
            return
        target = self.headers.get("azureml-model-deployment", "blue")
        if target == "sick":
            self.answer(424, {"message": "no"}, [("ms-azureml-model-error-statuscode", "500"),
                                                 ("ms-azureml-model-error-reason", "model_error")])
        else:
            self.answer(200, [1, 2], [("azureml-model-deployment", target)])


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass


def main():
    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_port, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
