"""Starts the engine and the commands under test in a world of their own."""
import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
import unittest
import urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
CUTOVER = os.environ.get("CUTOVER", os.path.join(ROOT, "build", "cutover"))
SHARED = os.path.join(os.path.dirname(ROOT), "shared")
SAMPLES = os.path.join(ROOT, "core", "local", "samples")
VERSION = "api-version=2025-12-01"
WORKSPACE = ("/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/local/providers/"
             "Microsoft.MachineLearningServices/workspaces/demo")
START_SECONDS = 20
OPERATION_SECONDS = 60


class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers  # names in lower case
        self.body = body  # bytes

    @property
    def text(self):
        return self.body.decode("utf-8", "replace")

    @property
    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return "%d %s" % (self.status, self.text[:600])


def send(method, url, body=None, headers=None, timeout=30):
    """One request on a connection of its own."""
    split = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(split.hostname, split.port, timeout=timeout)
    try:
        path = split.path + ("?" + split.query if split.query else "")
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
    finally:
        connection.close()


class World:
    """Folders for everything XDG names, and the environment that points there."""

    def __init__(self, **variables):
        self.folder = tempfile.mkdtemp(prefix="cutover-world-")
        self.env = dict(os.environ)
        for word in list(self.env):
            if word.startswith("CUTOVER_"):
                del self.env[word]
        for variable, name in (("XDG_RUNTIME_DIR", "run"), ("XDG_STATE_HOME", "state"),
                               ("XDG_CONFIG_HOME", "config"), ("XDG_CACHE_HOME", "cache"),
                               ("HOME", "home")):
            path = os.path.join(self.folder, name)
            os.mkdir(path, 0o700)
            self.env[variable] = path
        self.env["TERM"] = "xterm-256color"
        self.env.update(variables)

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    @property
    def local_json(self):
        return self.path("run", "cutover", "local.json")

    def cutover(self, *arguments, cwd=None, timeout=120, stdin=subprocess.DEVNULL, **variables):
        """Runs one command; the result has returncode, stdout and stderr as text."""
        return subprocess.run([CUTOVER, *arguments], cwd=cwd or self.folder, timeout=timeout,
                              env=dict(self.env, **variables), stdin=stdin,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              encoding="utf-8", errors="surrogateescape", check=False)

    def samples(self):
        """A folder with the samples laid out as the article names them."""
        folder = self.path("samples")
        if not os.path.exists(folder):
            shutil.copytree(SAMPLES, folder)
        return folder

    def close(self):
        if os.path.exists(self.local_json):
            self.cutover("serve", "--stop", timeout=20)
        shutil.rmtree(self.folder, ignore_errors=True)


class Engine:
    """`cutover serve` in a world; stopped by close() or as a context manager."""

    def __init__(self, world, *options, state=None):
        self.world = world
        self.options = list(options)
        if state:
            self.options += ["--state", state]
        self.process = None
        self.url = None
        self.token = None
        self.log = None
        self.start()

    def start(self):
        self.log = open(self.world.path("engine.log"), "ab")
        self.process = subprocess.Popen(
            [CUTOVER, "serve", "--listen", "127.0.0.1:0", *self.options], env=self.world.env,
            cwd=self.world.folder, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise AssertionError("the engine ended: " + self.output())
            try:
                with open(self.world.local_json, encoding="utf-8") as file:
                    known = json.load(file)
                if known.get("pid", self.process.pid) == self.process.pid:
                    self.url, self.token = known["url"], known["token"]
                    return
            except (OSError, ValueError):
                pass
            time.sleep(0.02)
        raise AssertionError("the engine did not start: " + self.output())

    def output(self):
        with open(self.world.path("engine.log"), encoding="utf-8", errors="replace") as file:
            return file.read()

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(10)
        self.log.close()
        return status

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.log.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.stop()

    # --- the control plane ---------------------------------------------------------------------

    def arm(self, method, path, body=None, headers=None, token=True):
        """A request below the workspace, or below the root where the path says so."""
        if path.startswith("http"):
            url = path
        else:
            if not path.startswith("/subscriptions"):
                path = WORKSPACE + path
            if "api-version=" not in path:
                path += ("&" if "?" in path else "?") + VERSION
            url = self.url + path
        all_headers = {"Content-Type": "application/json"} if body is not None else {}
        if token:
            all_headers["Authorization"] = "Bearer " + self.token
        all_headers.update(headers or {})
        return send(method, url, body, all_headers)

    def operation(self, answer):
        """Waits for the long operation that an answer began; its last status document."""
        address = answer.headers.get("azure-asyncoperation") or answer.headers.get("location")
        assert address, answer
        deadline = time.monotonic() + OPERATION_SECONDS
        while time.monotonic() < deadline:
            now = self.arm("GET", address)
            if now.status == 200 and now.body:
                document = now.json
                if document.get("status") in ("Succeeded", "Failed", "Canceled"):
                    return document
            elif now.status not in (200, 202):
                raise AssertionError("%s: %r" % (address[:200], now))
            time.sleep(0.02)
        raise AssertionError("the operation did not end")

    def done(self, method, path, body=None):
        """A request and its operation, which must succeed."""
        answer = self.arm(method, path, body)
        assert answer.status in (200, 201, 202, 204), answer
        if answer.status in (201, 202):
            document = self.operation(answer)
            assert document["status"] == "Succeeded", document
        return answer

    def put_endpoint(self, name="my-endpoint", **properties):
        body = {"location": "local", "tags": {}, "identity": {"type": "SystemAssigned"},
                "properties": dict({"authMode": "Key", "properties": {}, "traffic": {},
                                    "mirrorTraffic": {}}, **properties)}
        return self.done("PUT", "/onlineEndpoints/" + name, body)

    def split(self, name="my-endpoint", live=None, mirror=None):
        """Sets the traffic as the published clients do: GET and a full PUT."""
        body = self.arm("GET", "/onlineEndpoints/" + name).json
        properties = {key: value for key, value in body["properties"].items()
                      if key not in ("provisioningState", "scoringUri", "swaggerUri")}
        properties["traffic"] = live or {}
        properties["mirrorTraffic"] = mirror or {}
        return self.done("PUT", "/onlineEndpoints/" + name,
                         {"location": body["location"], "tags": body.get("tags", {}),
                          "identity": {"type": "SystemAssigned"}, "properties": properties})

    def put_assets(self, name, model, code):
        """Code, model and environment versions over local folders; their ids."""
        ids = {}
        for kind, properties in (
                ("codes", {"codeUri": "file://" + code, "isAnonymous": True}),
                ("models", {"modelUri": "file://" + model, "modelType": "custom_model"}),
                ("environments", {"image": "mcr.example/none:1"})):
            path = "/%s/%s/versions/1" % (kind, name)
            answer = self.arm("PUT", path, {"properties": properties})
            assert answer.status in (200, 201), answer
            ids[kind] = answer.json["id"]
        return ids

    def deployment_body(self, ids, capacity=1, **properties):
        return {"location": "local", "tags": {}, "sku": {"name": "Default", "capacity": capacity},
                "properties": dict({
                    "endpointComputeType": "Managed",
                    "instanceType": "Standard_DS3_v2",
                    "codeConfiguration": {"codeId": ids["codes"], "scoringScript": "score.py"},
                    "environmentId": ids["environments"], "model": ids["models"],
                    "livenessProbe": {"period": "PT0.1S", "initialDelay": "PT0.1S",
                                      "timeout": "PT2S", "failureThreshold": 100,
                                      "successThreshold": 1},
                }, **properties)}

    def put_sample(self, deployment, model=1, endpoint="my-endpoint", capacity=1, **properties):
        folder = os.path.join(SAMPLES, "endpoints", "online", "model-%d" % model)
        ids = self.put_assets("sample-%d" % model, os.path.join(folder, "model"),
                              os.path.join(folder, "onlinescoring"))
        return self.done("PUT", "/onlineEndpoints/%s/deployments/%s" % (endpoint, deployment),
                         self.deployment_body(ids, capacity, **properties))

    def put_code(self, deployment, source, endpoint="my-endpoint", capacity=1, wait=True,
                 **properties):
        """A deployment that runs the given text as its score.py."""
        folder = tempfile.mkdtemp(prefix="code-", dir=self.world.folder)
        with open(os.path.join(folder, "score.py"), "w", encoding="utf-8") as file:
            file.write(source)
        os.makedirs(os.path.join(folder, "model"), exist_ok=True)
        ids = self.put_assets("code-" + os.path.basename(folder).replace("_", "-"),
                              os.path.join(folder, "model"), folder)
        body = self.deployment_body(ids, capacity, **properties)
        path = "/onlineEndpoints/%s/deployments/%s" % (endpoint, deployment)
        return self.done("PUT", path, body) if wait else self.arm("PUT", path, body)

    # --- the data plane ------------------------------------------------------------------------

    def scoring(self, name="my-endpoint"):
        """(url, headers) to score with."""
        uri = self.arm("GET", "/onlineEndpoints/" + name).json["properties"]["scoringUri"]
        keys = self.arm("POST", "/onlineEndpoints/%s/listKeys" % name).json
        return uri, {"Authorization": "Bearer " + keys["primaryKey"],
                     "Content-Type": "application/json"}

    def score(self, body, name="my-endpoint", deployment=None, **headers):
        uri, known = self.scoring(name)
        if deployment:
            known["azureml-model-deployment"] = deployment
        return send("POST", uri, body, dict(known, **headers))


def sample_request():
    path = os.path.join(SAMPLES, "endpoints", "online", "model-1", "sample-request.json")
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def children(pid):
    """Processes below a process, with their own."""
    found = []
    parents = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open("/proc/%s/stat" % entry, encoding="utf-8", errors="replace") as file:
                    fields = re.sub(r"\(.*\)", "x", file.read(), flags=re.S).split()
                parents.setdefault(int(fields[3]), []).append(int(entry))
            except OSError:
                pass
    todo = [pid]
    while todo:
        for child in parents.get(todo.pop(), []):
            found.append(child)
            todo.append(child)
    return found


def alive(pid):
    try:
        with open("/proc/%d/stat" % pid, encoding="utf-8", errors="replace") as file:
            return re.sub(r"\(.*\)", "x", file.read(), flags=re.S).split()[2] not in "ZX"
    except OSError:
        return False


def within(seconds, condition):
    """Waits until the condition holds; false when it did not in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.02)
    return bool(condition())


class BlueAndGreen(unittest.TestCase):
    """Tests that share one engine with my-endpoint and the samples' blue and green."""

    @classmethod
    def setUpClass(cls):
        cls.world = World()
        cls.engine = Engine(cls.world)
        cls.engine.put_endpoint()
        cls.engine.put_sample("blue", 1)
        cls.engine.put_sample("green", 2)

    @classmethod
    def tearDownClass(cls):
        cls.engine.stop()
        cls.world.close()
