"""The local cloud, next to Google's emulators of Pub/Sub and Firestore.

Every server gets the same calls from this program: one after the other, on one
connection that is kept. The local cloud authenticates each and checks IAM; the
emulators ignore the token. Rounds go from server to server, so that whatever
else the machine does meets all alike; a ratio compares two figures of one
round. Figures are medians over the rounds.
"""

import argparse
import base64
import datetime
import glob
import http.client
import itertools
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

from report import machine, median, ratio, revision, version, write
from server import Failed, Server, absent, table

# Both are in a new local cloud; the emulators take any.
PROJECT = "projects/groundcrew-local"
DATABASE = f"{PROJECT}/databases/jobs"
TOPIC = f"{PROJECT}/topics/bench"
DOCUMENTS = 1000
OURS, STATE, GOOGLE = "groundcrew", "groundcrew `--state`", "Google's"
# Key, what it is, decimals.
FIGURES = [
    ("answer_ms", "start to first answer, ms", 0),
    ("success_ms", "start to first success, ms", 0),
    ("idle_rss", "idle RSS, MiB", 1),
    ("idle_pss", "idle PSS, MiB", 1),
    ("loaded_rss", "loaded RSS, MiB", 1),
    ("loaded_pss", "loaded PSS, MiB", 1),
    ("cpu_us", "CPU µs/call", 0),
    ("p50_ms", "p50, ms", 2),
    ("p99_ms", "p99, ms", 2),
]


class Service:
    """`first` is asked until there is an answer, `setup` once, `load` in turn."""

    def __init__(self, name, call, first, setup, load):
        self.name, self.call = name, call
        self.first, self.setup, self.load = first, setup, load


def post(path, body):
    return "POST", path, json.dumps(body).encode()


def put(name, body):
    return "PUT", f"/v1/{name}", json.dumps(body).encode()


def pubsub():
    data = base64.b64encode(bytes(range(256)) * 2).decode()
    message = {"data": data, "attributes": {"kind": "bench"}}
    subscription = put(f"{PROJECT}/subscriptions/bench", {"topic": TOPIC})
    publish = post(f"/v1/{TOPIC}:publish", {"messages": [message]})
    # It can be asked twice.
    first = ("GET", f"/v1/{PROJECT}/topics", None)
    return Service("Pub/Sub", "publish", first, [put(TOPIC, {}), subscription], [publish])


def firestore():
    def commit(number):
        fields = {
            "name": {"stringValue": f"job-{number}"},
            "attempt": {"integerValue": "1"},
            "created": {"timestampValue": "2026-01-01T00:00:00Z"},
            "labels": {"mapValue": {"fields": {"kind": {"stringValue": "bench"}}}},
            "arguments": {"arrayValue": {"values": [{"stringValue": "x" * 64}] * 4}},
        }
        update = {"name": f"{DATABASE}/documents/bench/{number}", "fields": fields}
        return post(f"/v1/{DATABASE}/documents:commit", {"writes": [{"update": update}]})

    load = [commit(number) for number in range(DOCUMENTS)]
    return Service("Firestore", "commit", load[0], [], load)


def read(path):
    with open(path, encoding="ascii") as file:
        return file.read().strip()


class Client:
    """One connection, with an access token if it has one."""

    def __init__(self, port, token=None):
        self.headers = {"Content-Type": "application/json"}
        if token:
            self.headers["Authorization"] = f"Bearer {token}"
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    def ask(self, request):
        """The status and the body of the answer."""
        method, path, body = request
        self.connection.request(method, path, body, self.headers)
        response = self.connection.getresponse()
        return response.status, response.read()

    def demand(self, status, request):
        """The body of the answer, which must have that status."""
        got, body = self.ask(request)
        if got != status:
            raise Failed(f"answers {got} instead of {status} to {request[0]} {request[1]}")
        return body

    def load(self, service, calls):
        """The milliseconds that each took."""
        took = []
        for request in itertools.islice(itertools.cycle(service.load), calls):
            began = time.perf_counter()
            self.demand(200, request)
            took.append((time.perf_counter() - began) * 1000)
        return took


class Peer:
    """How a server is started, anew each time, and where its token is then."""

    def __init__(self, command, folder=None, is_kept=False):
        self.command, self.folder, self.is_kept = command, folder, is_kept

    def start(self):
        """The server, and its token's file."""
        environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        if self.folder is None:
            command = [*self.command, "--port=$PORT"]
            # The emulators log four lines a call.
            return Server(command, environment, stderr=subprocess.DEVNULL), None
        folder = tempfile.mkdtemp(dir=self.folder)
        command = [*self.command, "--port", "$PORT"]
        if self.is_kept:
            command += ["--state", os.path.join(folder, "state")]
        server = Server(command, environment | {"GROUNDCREW_RUN": folder})
        return server, os.path.join(folder, "operator.token")


def answers(service):
    """Whether the first call gets any answer, such as 401."""

    def attempt(port):
        try:
            Client(port).ask(service.first)
        except ConnectionError:
            return False
        return True

    return attempt


def succeeds(service, token):
    """Whether the first call succeeds; there may be no token yet."""

    def attempt(port):
        if token and not os.path.exists(token):
            return False
        Client(port, token and read(token)).demand(200, service.first)
        return True

    return attempt


def measure(peer, service, calls, warm_up):
    """One round of one server."""
    server, token = peer.start()
    with server:
        answer = server.until(answers(service))
        success = server.until(succeeds(service, token))
        time.sleep(0.5)
        idle = server.memory()
        client = Client(server.port, token and read(token))
        for request in service.setup:
            client.demand(200, request)
        client.load(service, warm_up)
        before = server.cpu_seconds()
        took = client.load(service, calls)
        spent = server.cpu_seconds() - before
        loaded = server.memory()
    cuts = statistics.quantiles(took, n=100)
    return {
        "answer_ms": answer,
        "success_ms": success,
        "idle_rss": idle[0],
        "idle_pss": idle[1],
        "loaded_rss": loaded[0],
        "loaded_pss": loaded[1],
        "cpu_us": spent / calls * 1e6,
        "p50_ms": cuts[49],
        "p99_ms": cuts[98],
    }


def demand_iam(program, folder, services):
    """Without it the comparison would be another."""
    server, token = Peer([program, "local", "--empty"], folder).start()
    with server:
        server.until(answers(services[0]))
        server.until(succeeds(services[0], token))
        operator = Client(server.port, read(token))
        operator.demand(200, post(f"/v1/{PROJECT}/serviceAccounts", {"accountId": "stranger"}))
        account = "projects/-/serviceAccounts/stranger@groundcrew-local.iam.gserviceaccount.com"
        binding = {
            "role": "roles/iam.serviceAccountTokenCreator",
            "members": ["user:operator@groundcrew.local"],
        }
        policy = {"policy": {"bindings": [binding]}}
        operator.demand(200, post(f"/v1/{account}:setIamPolicy", policy))
        scopes = {"scope": ["https://www.googleapis.com/auth/cloud-platform"]}
        answer = operator.demand(200, post(f"/v1/{account}:generateAccessToken", scopes))
        stranger = json.loads(answer)["accessToken"]
        for service in services:
            Client(server.port).demand(401, service.load[0])
            Client(server.port, stranger).demand(403, service.load[0])


def sdk():
    usual = [os.environ.get("CLOUDSDK_ROOT_DIR"), "/usr/lib/google-cloud-sdk"]
    usual.append("/opt/google-cloud-sdk")
    if shutil.which("gcloud"):
        # Last, since gcloud is slow.
        usual.append(version("gcloud", "info", "--format=value(installation.sdk_root)"))
    for folder in filter(None, usual):
        if os.path.isdir(os.path.join(folder, "platform")):
            return folder
    return None


def emulators():
    """What each service's is started with, and the version of the SDK; or why not."""
    if not shutil.which("java"):
        return None, "there is no Java"
    root = sdk()
    if not root:
        return None, "there is no Cloud SDK"
    found = []
    for name in ("pubsub-emulator/lib/cloud-pubsub-emulator-", "cloud-firestore-emulator/cloud-"):
        jars = glob.glob(os.path.join(root, "platform", f"{name}*.jar"))
        if not jars:
            name = name.partition("/")[0]
            return None, f"the Cloud SDK has no {name}: gcloud components install {name}"
        found.append(jars[0])
    class_name = "com.google.cloud.datastore.emulator.firestore.CloudFirestore"
    commands = {
        "Pub/Sub": ["java", "-jar", found[0], "--host=127.0.0.1"],
        "Firestore": [
            *("java", "-Duser.language=en", "-cp", found[1]),
            *(class_name, "start", "--host=127.0.0.1"),
        ],
    }
    with open(os.path.join(root, "VERSION"), encoding="ascii") as file:
        return commands, f"the emulators of Cloud SDK {file.read().strip()}"


def rounds(arguments, folder, services, commands):
    """Service to peer to the figures of each round."""
    ours = [arguments.program, "local", "--empty"]
    figures = {service.name: {} for service in services}
    for number, service in itertools.product(range(arguments.rounds), services):
        peers = {OURS: Peer(ours, folder), STATE: Peer(ours, folder, is_kept=True)}
        if commands:
            peers[GOOGLE] = Peer(commands[service.name])
        for name, peer in peers.items():
            one = measure(peer, service, arguments.calls, arguments.warm_up)
            figures[service.name].setdefault(name, []).append(one)
            short = ", ".join(f"{key} {one[key]:.2f}" for key, _, _ in FIGURES)
            print(f"round {number + 1}: {service.name}: {name}: {short}", file=sys.stderr)
    return figures


def compared(service, peers):
    """The table of one service."""
    others = [name for name in peers if name != OURS]
    head = [f"{service.name}", *peers, *(f"{name} ÷ {OURS}" for name in others)]
    rows = [
        [
            title.replace("call", service.call),
            *(f"{median(each, key):.{digits}f}" for each in peers.values()),
            *(f"{ratio(peers[name], peers[OURS], key):.2f}" for name in others),
        ]
        for key, title, digits in FIGURES
    ]
    return table(head, rows)


def page(arguments, services, figures, is_measured, what):
    """The measurement in Markdown."""
    java = version("sh", "-c", "java -version 2>&1 | head -n 1") if is_measured else ""
    sizes = ", ".join(f"{len(service.load[0][2])} bytes a {service.call}" for service in services)
    lines = [
        f"Measured on {datetime.datetime.now(datetime.UTC).date().isoformat()} at {revision()} by "
        f"`tests/bench/emulators.sh --rounds {arguments.rounds} --calls {arguments.calls} "
        f"--warm-up {arguments.warm_up}`: {sizes}.",
        "",
        f"Machine: {machine()}. "
        f"Load average before and after: {arguments.load}, {os.getloadavg()[0]:.1f}.",
        "",
        f"- {OURS}: `groundcrew local`, release build; {version('rustc', '--version')}",
        f"- {GOOGLE}: {what}; {java}" if is_measured else f"- {GOOGLE}: not measured: {what}",
    ]
    for service in services:
        lines += ["", compared(service, figures[service.name])]
    return "\n".join(lines)


def parse():
    parser = argparse.ArgumentParser(prog="tests/bench/emulators.sh", description=__doc__)
    parser.add_argument("--program", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--json", help="where to write everything measured")
    parser.add_argument("--rounds", type=int, default=5, help="how many (%(default)s)")
    parser.add_argument("--calls", type=int, default=10_000, help="measured each (%(default)s)")
    parser.add_argument(
        "--warm-up", type=int, default=5_000, help="calls before those (%(default)s)"
    )
    arguments = parser.parse_args()
    arguments.load = f"{os.getloadavg()[0]:.1f}"
    return arguments


def main():
    arguments = parse()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    services = [pubsub(), firestore()]
    commands, what = emulators()
    if not commands:
        absent(GOOGLE, what)
    with tempfile.TemporaryDirectory() as folder:
        try:
            demand_iam(arguments.program, folder, services)
            figures = rounds(arguments, folder, services, commands)
        except Failed as error:
            sys.exit(str(error))
    if arguments.json:
        with open(arguments.json, "w", encoding="utf-8") as file:
            json.dump(figures, file, indent=2)
    text = page(arguments, services, figures, bool(commands), what)
    print(text)
    if commands:
        write("emulators", text)


main()
