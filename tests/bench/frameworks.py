"""A function of groundcrew, next to the same on Google's functions-framework.

Every server gets the same push requests, has one worker, and runs on one core;
wrk and this program run on another. Rounds go from server to server, so that
whatever else the machine does meets all alike; a ratio compares two figures
of one round. Figures are medians over the rounds.
"""

import argparse
import datetime
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

import peers
from push_token import Google
from report import machine, median, ratio, revision, version, write
from server import Failed, Server, absent, table

HERE = os.path.dirname(os.path.abspath(__file__))
CONNECTIONS = 64
COLD_STARTS = 5
WARM_UP = 1
ACCOUNT = "pusher@groundcrew-local.iam.gserviceaccount.com"
AUDIENCE = "https://hello.example"
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
# functions-framework logs two warnings a request if the path names no topic.
PATH = "/projects/groundcrew-local/topics/job-queued"
FLOOR, OURS = "actix-web alone", "groundcrew"
# Key, head of the column, decimals.
FIGURES = [
    ("cpu_us", "CPU µs/request", 1),
    ("rps", "requests/s", 0),
    ("p99_ms", "p99, ms", 1),
    ("cold_ms", "cold start, ms", 1),
    ("idle_rss", "idle RSS, MiB", 1),
    ("idle_pss", "idle PSS, MiB", 1),
    ("loaded_rss", "loaded RSS, MiB", 1),
    ("loaded_pss", "loaded PSS, MiB", 1),
]


def ours(google):
    return {
        "GREETING": "hello",
        "GROUNDCREW_JWKS": google.url,
        "GROUNDCREW_PUSH_ACCOUNT": ACCOUNT,
        "GROUNDCREW_PUSH_AUDIENCE": AUDIENCE,
        "GROUNDCREW_DEAD_LETTER_TOPIC": "projects/groundcrew-local/topics/dead-letters",
    }


def status(port, headers, body):
    """What one request is answered; None if nobody listens yet."""
    lines = [f"POST {PATH} HTTP/1.1", "Host: hello.example", "Content-Type: application/json"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    lines += [f"Content-Length: {len(body)}", "Connection: close", "", ""]
    with socket.socket() as client:
        client.settimeout(10)
        try:
            client.connect(("127.0.0.1", port))
            client.sendall("\r\n".join(lines).encode() + body)
            answer = client.recv(64)
        except ConnectionError:
            return None
    return int(answer.split()[1]) if answer else None


class Bench:
    def __init__(self, arguments, headers):
        self.seconds = arguments.seconds
        self.headers = headers
        self.push = os.path.join(HERE, "push.json")
        with open(self.push, "rb") as file:
            self.body = file.read().strip()
        cpus = sorted(os.sched_getaffinity(0))
        self.cpu = cpus[-1] if len(cpus) > 1 else None
        if self.cpu is not None:
            os.sched_setaffinity(0, set(cpus[:-1]))

    def answered(self, port):
        got = status(port, self.headers, self.body)
        if got is not None and got // 100 != 2:
            raise Failed(f"answers {got}")
        return got is not None

    def load(self, port, seconds):
        headers = [f"{name}={value}" for name, value in self.headers.items()]
        command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "10s"]
        command += ["-s", os.path.join(HERE, "post.lua"), f"http://127.0.0.1:{port}{PATH}"]
        command += ["--", self.push, *headers]
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=seconds + 30, check=True
        )
        figures = json.loads(done.stdout.splitlines()[-1])
        if figures["refused"] or figures["broken"] or not figures["requests"]:
            raise Failed(f"under load: {figures}")
        return figures

    def measure(self, command, environment):
        """One round of one server."""
        cold = []
        for _ in range(COLD_STARTS - 1):
            with Server(command, environment, self.cpu) as server:
                cold.append(server.until(self.answered))
        with Server(command, environment, self.cpu) as server:
            cold.append(server.until(self.answered))
            time.sleep(0.5)
            idle = server.memory()
            self.load(server.port, WARM_UP)
            before = server.cpu_seconds()
            load = self.load(server.port, self.seconds)
            spent = server.cpu_seconds() - before
            loaded = server.memory()
        return {
            "cpu_us": spent / load["requests"] * 1e6,
            "rps": load["requests"] / load["seconds"],
            "p99_ms": load["p99_ms"],
            "cold_ms": statistics.median(cold),
            "idle_rss": idle[0],
            "idle_pss": idle[1],
            "loaded_rss": loaded[0],
            "loaded_pss": loaded[1],
        }


def demand_authentication(command, environment, bench):
    """Without it the comparison would be another."""
    with Server(command, environment) as server:
        server.until(bench.answered)
        got = status(server.port, {}, bench.body)
        if got != 401:
            sys.exit(f"groundcrew answers {got} to a push without a token")


def page(result):
    """The measurement in Markdown."""
    servers = result["servers"]
    rows = [
        [name, *(f"{server['median'][key]:.{digits}f}" for key, _, digits in FIGURES)]
        for name, server in servers.items()
    ]
    ratios = [
        [name, *(f"{server['ratio'][key]:.2f}" for key, _, _ in FIGURES)]
        for name, server in servers.items()
    ]
    lines = [
        f"Measured on {result['date']} at {result['revision']} by `{result['command']}`: "
        f"{CONNECTIONS} connections, a body of {result['body_bytes']} bytes.",
        "",
        f"Machine: {result['machine']}. {result['load']}.",
        "",
        *(f"- {name}: {server['version']}" for name, server in servers.items()),
        *(f"- {name}: not measured: {why}" for name, why in result["absent"].items()),
        "",
        table(["", *(head for _, head, _ in FIGURES)], rows),
        "",
        "As multiples of groundcrew's, in the same round:",
        "",
        table(["", *(head.split(",")[0] for _, head, _ in FIGURES)], ratios),
    ]
    return "\n".join(lines)


def candidates(arguments, google, folder):
    """Name to command, environment and version; and why others are not here."""
    rust = version("rustc", "--version")
    paths = {"PATH": os.environ["PATH"]}
    found = {
        FLOOR: ([f"{arguments.examples}/bare"], {}, f"runtime's example `bare`; {rust}"),
        OURS: ([f"{arguments.examples}/hello"], ours(google), "runtime's example `hello`"),
    }
    missing = {}
    for name, install in (("Node", peers.node), ("Python", peers.python)):
        try:
            command, environment, what = install(folder)
            found[name] = (command, paths | environment, what)
        except peers.Absent as error:
            missing[name] = str(error)
            absent(name, error)
    return found, missing


def rounds(arguments, found, missing, bench):
    """Name to the figures of each round. A peer that fails is left out."""
    figures = {name: [] for name in found}
    for number in range(arguments.rounds):
        for name, (command, environment, _) in found.items():
            if name in missing:
                continue
            try:
                one = bench.measure(command, environment)
            except (Failed, subprocess.SubprocessError) as error:
                if name == OURS:
                    raise
                missing[name] = str(error)
                absent(name, error)
                continue
            figures[name].append(one)
            short = ", ".join(f"{key} {one[key]:.1f}" for key, _, _ in FIGURES)
            print(f"round {number + 1}: {name}: {short}", file=sys.stderr)
    return {name: each for name, each in figures.items() if name not in missing}


def run(arguments, folder):
    google = Google(folder)
    headers = {
        "Authorization": f"Bearer {google.token(AUDIENCE, ACCOUNT)}",
        "traceparent": TRACE,
    }
    found, missing = candidates(arguments, google, folder)
    bench = Bench(arguments, headers)
    demand_authentication(*found[OURS][:2], bench)
    figures = rounds(arguments, found, missing, bench)
    keys = [key for key, _, _ in FIGURES]
    return {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "revision": revision(),
        "command": "tests/bench/frameworks.sh "
        f"--rounds {arguments.rounds} --seconds {arguments.seconds}",
        "machine": machine(),
        "load": version("sh", "-c", "wrk --version | head -n 1").partition(" Copyright")[0],
        "rounds": arguments.rounds,
        "seconds": arguments.seconds,
        "body_bytes": len(bench.body),
        "absent": missing,
        "servers": {
            name: {
                "version": found[name][2],
                "median": {key: median(each, key) for key in keys},
                "ratio": {key: ratio(each, figures[OURS], key) for key in keys},
                "rounds": each,
            }
            for name, each in figures.items()
        },
    }


def parse():
    parser = argparse.ArgumentParser(prog="tests/bench/frameworks.sh", description=__doc__)
    parser.add_argument("--examples", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--json", help="where to write everything measured")
    parser.add_argument("--rounds", type=int, default=5, help="how many (%(default)s)")
    parser.add_argument("--seconds", type=int, default=5, help="of load each (%(default)s)")
    return parser.parse_args()


def main():
    arguments = parse()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    if not shutil.which("wrk") and os.geteuid() == 0:
        subprocess.run(["apt-get", "install", "-y", "-qq", "wrk"], stdout=subprocess.DEVNULL)
    for needed in ("wrk", "openssl"):
        if not shutil.which(needed):
            sys.exit(f"{needed} is needed: install it from the system's packages")
    with tempfile.TemporaryDirectory() as folder:
        try:
            result = run(arguments, folder)
        except Failed as error:
            sys.exit(f"{OURS}: {error}")
    if arguments.json:
        with open(arguments.json, "w", encoding="utf-8") as file:
            json.dump(result, file, indent=2)
    text = page(result)
    print(text)
    write("frameworks", text)


main()
