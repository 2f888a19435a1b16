"""A proxy between the client and the engine that records, and misbehaves where it is told to."""
import http.client
import http.server
import json
import os
import socketserver
import threading
import time
import urllib.parse


class Fault:
    """What to do to one request. Exactly one of the fields is usually given."""

    def __init__(self, delay=0.0, status=None, headers=None, body=b"", cut=None, garble=False,
                 drop=False, after=False):
        self.delay = delay  # seconds before the request goes on
        self.status = status  # answer this instead of asking the engine
        self.headers = headers or {}
        self.body = body
        self.cut = cut  # pass so many bytes of the answer's body, then close
        self.garble = garble  # answer bytes that are no HTTP
        self.drop = drop  # close without an answer
        self.after = after  # the engine gets the request before the fault happens


class Record:
    def __init__(self, method, url, headers, body):
        self.method = method
        self.url = url  # path and query
        self.headers = headers
        self.body = body
        self.status = None
        self.answer_headers = {}
        self.answer = b""


class Proxy:
    """Stands on a port of its own; `decide(record)` gives a Fault or None for each request."""

    def __init__(self, target, decide=None):
        self.target = urllib.parse.urlsplit(target)
        self.decide = decide or (lambda record: None)
        self.records = []
        self.lock = threading.Lock()
        proxy = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one(self):
                length = int(self.headers.get("Content-Length") or 0)
                record = Record(self.command, self.path, dict(self.headers.items()),
                                self.rfile.read(length))
                with proxy.lock:
                    proxy.records.append(record)
                fault = proxy.decide(record)
                if fault and not self.misbehave(fault, record):
                    return
                answer, body = proxy.forward(record)
                self.reply(answer.status, answer.getheaders(), body, fault)

            do_GET = do_PUT = do_POST = do_PATCH = do_DELETE = handle_one

            def misbehave(self, fault, record):
                """False when the request is answered, or not to be answered."""
                time.sleep(fault.delay)
                if fault.after:
                    proxy.forward(record)
                if fault.drop:
                    self.close_connection = True
                    return False
                if fault.garble:
                    self.wfile.write(b"\x00\xffHTTP/9.9 what\r\n\x1b[2J\r\n\r\n" * 10)
                    self.close_connection = True
                    return False
                if fault.status:
                    self.reply(fault.status, fault.headers.items(), fault.body, None)
                    return False
                return True

            def reply(self, status, headers, body, fault):
                self.send_response_only(status)
                for name, value in headers:
                    if name.lower() in ("azure-asyncoperation", "location"):
                        value = value.replace(proxy.target.geturl(), proxy.url)
                    if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if fault and fault.cut is not None:
                    self.wfile.write(body[:fault.cut])
                    self.close_connection = True
                else:
                    self.wfile.write(body)

            def log_message(self, *_):
                pass

        class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
            daemon_threads = True
            request_queue_size = 64

            def handle_error(self, *_):
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = "http://127.0.0.1:%d" % self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def forward(self, record):
        connection = http.client.HTTPConnection(self.target.hostname, self.target.port, timeout=60)
        headers = {name: value for name, value in record.headers.items()
                   if name.lower() not in ("host", "connection", "content-length")}
        connection.request(record.method, record.url, record.body or None, headers)
        answer = connection.getresponse()
        body = answer.read()
        record.status = answer.status
        record.answer_headers = {k.lower(): v for k, v in answer.getheaders()}
        # What the engine says of its own address leads past the proxy.
        body = body.replace(self.target.geturl().encode(), self.url.encode())
        record.answer = body
        connection.close()
        return answer, body

    def stand_in(self, world, engine):
        """Makes the built-in local context of a world lead through the proxy."""
        with open(world.local_json, encoding="utf-8") as file:
            known = json.load(file)
        known["url"] = self.url
        temporary = world.local_json + ".new"
        with open(os.open(temporary, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
            json.dump(known, file)
        os.rename(temporary, world.local_json)

    def writes(self):
        return [record for record in self.records if record.method in ("PUT", "PATCH", "DELETE")]

    def close(self):
        self.server.shutdown()
        self.server.server_close()
