"""The local engine's scoring server: runs a score.py behind HTTP on 127.0.0.1:$PORT.

It has the routes, headers, error bodies and log lines of Azure ML's inference server, so that a
script and its logs look as they will in the cloud. Where that server itself is installed for this
Python, it is run instead, unchanged.

Python's own http.server spends most of a millisecond on a request's headers; here a request is
split by hand and answered with one send.
"""

import importlib.util
import json
import logging
import os
import socket
import sys
import threading
import time
import traceback
import uuid

VENDOR = "azureml_inference_server_http"
VERSION = "azmlinfsrv/1.4.0"
INIT_FAILED = 3
TIMED_OUT = 1
MAX_HEAD = 128 * 1024
MAX_BODY = 64 * 1024 * 1024
MAX_ID = 100
IDLE_SECONDS = 120
SCRIPT_ERROR = ("An unexpected error occurred in scoring script. "
                "Check the logs for more info.")
REASONS = {200: "OK", 400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed",
           411: "Length Required", 413: "Content Too Large", 415: "Unsupported Media Type",
           431: "Request Header Fields Too Large", 500: "Internal Server Error"}
METHODS = {"/": ("GET", "HEAD", "OPTIONS"), "/score": ("GET", "POST", "OPTIONS"),
           "/swagger.json": ("GET", "HEAD", "OPTIONS")}

log = logging.getLogger("azmlinfsrv")


class Answer:
    """What goes back: a status, a body, and the headers that only some answers have."""

    def __init__(self, status, body, kind="application/json"):
        self.status = status
        self.body = body
        self.kind = kind
        self.headers = []


def error(status, message):
    return Answer(status, json.dumps({"message": message}).encode())


def set_up_logging():
    handler = logging.StreamHandler(sys.stdout)
    form = logging.Formatter("%(asctime)s %(levelname).1s [%(process)d] %(name)s - %(message)s")
    form.converter = time.gmtime
    handler.setFormatter(form)
    # On the root, so that what a scoring script logs is seen as well.
    logging.getLogger().addHandler(handler)
    logging.getLogger().setLevel("INFO")
    try:
        log.setLevel(os.environ.get("AZUREML_LOG_LEVEL", "INFO").upper())
    except ValueError:
        log.setLevel("INFO")


def say_settings(script, port):
    print("Azure ML Inferencing HTTP server (cutover's own, as v%s)" % VERSION.split("/")[1])
    print("\n\nServer Settings\n---------------")
    print("Entry Script Name: %s" % script)
    print("Model Directory: %s" % os.environ.get("AZUREML_MODEL_DIR"))
    print("Worker Count: %d" % worker_count())
    print("Worker Timeout (seconds): %s" % worker_timeout())
    print("Server Port: %d" % port)
    print("\n\nServer Routes\n---------------")
    print("Liveness Probe: GET   127.0.0.1:%d/" % port)
    print("Score:          POST  127.0.0.1:%d/score\n" % port)
    sys.stdout.flush()


def worker_count():
    """How many run() may be at work at once: one, unless WORKER_COUNT says more."""
    text = os.environ.get("WORKER_COUNT", "1")
    return max(1, int(text)) if text.isdigit() else 1


def worker_timeout():
    """Seconds that one run() may take before the worker ends itself; 0: without end."""
    text = os.environ.get("WORKER_TIMEOUT", "300")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 300


class Watch:
    """Ends a worker whose run() is stuck, so that the engine starts another in its place."""

    def __init__(self, limit):
        self.limit = limit
        self.starts = {}  # thread -> when its run() began

    def look(self):
        while True:
            time.sleep(min(self.limit / 10, 10))
            now = time.perf_counter()
            if any(now - start > self.limit for start in list(self.starts.values())):
                log.critical("WORKER TIMEOUT (pid:%d)", os.getpid())
                sys.stdout.flush()
                os._exit(TIMED_OUT)

    def begin(self):
        if self.limit:
            threading.Thread(target=self.look, daemon=True).start()


class Model:
    """The user's script."""

    def __init__(self, script):
        log.info("Initializing logger")
        log.info("Starting up app insights client")
        folder = os.path.dirname(script)
        if folder not in sys.path:
            sys.path.insert(0, folder)
        spec = importlib.util.spec_from_file_location("entry_module", script)
        if spec is None or not os.path.isfile(script):
            raise FileNotFoundError("Entry script not found: %s" % script)
        module = importlib.util.module_from_spec(spec)
        sys.modules["entry_module"] = module
        spec.loader.exec_module(module)
        log.info("Found user script at %s", script)
        for name in ("init", "run"):
            if not callable(getattr(module, name, None)):
                raise AttributeError("%s has no function %s()" % (script, name))
        log.info("run() is not decorated. Server will invoke it with the input in JSON string.")
        log.info("Invoking user's init function")
        module.init()
        log.info("Users's init has completed successfully")
        log.info("Scoring timeout is set to %s", os.environ.get("SCORING_TIMEOUT_MS", "3600000"))
        self.run = module.run
        self.places = threading.BoundedSemaphore(worker_count())
        self.watch = Watch(worker_timeout())
        self.watch.begin()

    def score(self, body):
        try:
            text = body.decode("utf-8")
        except UnicodeDecodeError:
            return error(400, "Input cannot be decoded as UTF-8")
        failed = False
        with self.places:
            start = time.perf_counter()
            self.watch.starts[threading.get_ident()] = start
            try:
                answer = as_answer(self.run(text))
            except Exception:  # whatever the script may raise
                failed = True
                log.error("Encountered Exception: %s", traceback.format_exc().rstrip("\n"))
                answer = error(500, SCRIPT_ERROR)
            finally:
                del self.watch.starts[threading.get_ident()]
            spent = (time.perf_counter() - start) * 1000
        answer.headers.append(("x-ms-run-function-failed", str(failed)))
        answer.headers.append(("x-ms-run-fn-exec-ms", "%.3f" % spent))
        return answer


def as_answer(result):
    """bytes go out as they are, anything else as JSON: a str becomes a JSON string."""
    if isinstance(result, (bytes, bytearray)):
        return Answer(200, bytes(result), "application/octet-stream")
    return Answer(200, json.dumps(result).encode())


def swagger(query):
    version = "2"
    for part in query.split("&"):
        if part.startswith("version="):
            version = part[len("version="):]
    if version not in ("2", "3"):
        return error(404, "Swagger version %s is not supported. Use 2 or 3." % version[:20])
    schema = {"type": "object", "example": {"data": [[1, 2], [3, 4]]}}
    document = {"info": {"title": "scoring", "version": "1.0"}}
    answer = {"description": "What run() returned"}
    score = {"summary": "Score", "operationId": "Score", "responses": {"200": answer}}
    if version == "2":
        document["swagger"] = "2.0"
        document["consumes"] = document["produces"] = ["application/json"]
        score["parameters"] = [{"name": "body", "in": "body", "required": True, "schema": schema}]
        answer["schema"] = {"type": "object"}
    else:
        document["openapi"] = "3.0.3"
        score["requestBody"] = {"required": True,
                                "content": {"application/json": {"schema": schema}}}
        answer["content"] = {"application/json": {"schema": {"type": "object"}}}
    document["paths"] = {
        "/": {"get": {"operationId": "ServiceHealthCheck",
                      "responses": {"200": {"description": "Healthy"}}}},
        "/score": {"post": score}}
    return Answer(200, json.dumps(document).encode())


def dispatch(model, method, path, query, headers, body):
    for name in ("x-ms-request-id", "x-request-id", "x-ms-client-request-id"):
        if len(headers.get(name, "")) > MAX_ID:
            return error(431, "%s must not exceed %d characters" % (name, MAX_ID))
    allowed = METHODS.get(path)
    if allowed is None:
        return error(404, "%s was not found" % path[:200])
    if method not in allowed:
        answer = error(405, "%s is not allowed for %s" % (method[:20], path))
        answer.headers.append(("allow", ", ".join(allowed)))
        return answer
    if method == "OPTIONS":
        answer = Answer(200, b"", "text/html; charset=utf-8")
        answer.headers.append(("allow", ", ".join(allowed)))
        return answer
    if path == "/":
        return Answer(200, b"Healthy", "text/html; charset=utf-8")
    if path == "/swagger.json":
        return swagger(query)
    return model.score(body)


class Refused(Exception):
    """A request that cannot be read; its argument is the Answer."""


class Connection:
    """One client, request after request."""

    def __init__(self, client, model):
        self.client = client
        self.model = model
        self.pending = b""

    def fill(self):
        more = self.client.recv(65536)
        if not more:
            raise ConnectionError
        self.pending += more

    def read_head(self):
        while True:
            end = self.pending.find(b"\r\n\r\n")
            if end >= 0:
                head = self.pending[:end].decode("latin-1")
                self.pending = self.pending[end + 4:]
                return head.split("\r\n")
            if len(self.pending) > MAX_HEAD:
                raise Refused(error(431, "The head of the request is too large"))
            self.fill()

    def read_body(self, headers):
        if "transfer-encoding" in headers:
            raise Refused(error(411, "A request needs a Content-Length"))
        text = headers.get("content-length", "0")
        if not (text.isascii() and text.isdigit()) or len(text) > 12:
            raise Refused(error(400, "Content-Length is no number"))
        length = int(text)
        if length > MAX_BODY:
            raise Refused(error(413, "The body is larger than %d bytes" % MAX_BODY))
        if len(self.pending) < length:
            parts = [self.pending]
            missing = length - len(self.pending)
            while missing:
                more = self.client.recv(min(missing, 1 << 20))
                if not more:
                    raise ConnectionError
                parts.append(more)
                missing -= len(more)
            self.pending = b"".join(parts)
        body = self.pending[:length]
        self.pending = self.pending[length:]
        return body

    def send(self, answer, method, headers, keep):
        given = headers.get("x-ms-request-id") or headers.get("x-request-id") or str(uuid.uuid4())
        lines = ["HTTP/1.1 %d %s" % (answer.status, REASONS[answer.status]),
                 "content-type: " + answer.kind,
                 "content-length: %d" % len(answer.body),
                 "x-request-id: " + given[:MAX_ID],
                 "x-ms-request-id: " + given[:MAX_ID],
                 "x-ms-server-version: " + VERSION]
        if "x-ms-client-request-id" in headers:
            lines.append("x-ms-client-request-id: " + headers["x-ms-client-request-id"][:MAX_ID])
        if "traceid" in headers:
            lines.append("TraceId: " + headers["traceid"])
        lines += ["%s: %s" % pair for pair in answer.headers]
        if not keep:
            lines.append("connection: close")
        head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
        self.client.sendall(head if method == "HEAD" else head + answer.body)

    def serve_one(self):
        lines = self.read_head()
        start = time.perf_counter()
        words = lines[0].split(" ")
        headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            headers[name.strip().lower()] = value.strip()
        if len(words) != 3:
            raise Refused(error(400, "The request line is malformed"))
        method, target, version = words
        body = self.read_body(headers)
        path, _, query = target.partition("?")
        answer = dispatch(self.model, method, path, query, headers, body)
        wish = headers.get("connection", "").lower()
        keep = version == "HTTP/1.1" and wish != "close"
        self.send(answer, method, headers, keep)
        log.info("%s %s %d %.3fms %d", method, path, answer.status,
                 (time.perf_counter() - start) * 1000, len(answer.body))
        return keep

    def serve(self):
        try:
            self.client.settimeout(IDLE_SECONDS)
            self.client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while self.serve_one():
                pass
        except Refused as refused:
            try:
                self.send(refused.args[0], "", {}, False)
            except OSError:
                pass
        except OSError:
            pass  # the client went away, or was silent for too long
        except Exception:
            log.error("Encountered Exception: %s", traceback.format_exc().rstrip("\n"))
        finally:
            self.client.close()


def serve(model, port):
    with socket.create_server(("127.0.0.1", port), backlog=256) as listener:
        log.info("Worker with pid %d ready for serving traffic", os.getpid())
        while True:
            client, _ = listener.accept()
            threading.Thread(target=Connection(client, model).serve, daemon=True).start()


def entry_script():
    script = os.environ.get("AZUREML_ENTRY_SCRIPT", "")
    return os.path.join(os.environ.get("AML_APP_ROOT", "."), script)


def main():
    port = int(os.environ["PORT"])
    script = entry_script()
    if importlib.util.find_spec(VENDOR) is not None:
        os.execv(sys.executable, [sys.executable, "-m", VENDOR + ".amlserver",
                                  "--entry_script", script, "--port", str(port)])
    # The folder of this file is no part of the user's world.
    sys.path.pop(0)
    set_up_logging()
    say_settings(script, port)
    try:
        model = Model(script)
    except BaseException:  # sys.exit() in a script is a failed start as well
        log.error("Encountered Exception: %s", traceback.format_exc().rstrip("\n"))
        sys.stdout.flush()
        os._exit(INIT_FAILED)
    serve(model, port)


if __name__ == "__main__":
    main()
