"""A server that is measured: a process, those it starts, and its port."""

import os
import signal
import socket
import subprocess
import sys
import time

PATIENCE = 30
TICKS = os.sysconf("SC_CLK_TCK")


class Failed(Exception):
    """A server did not start or did not answer as it should."""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def kib(path, name):
    with open(path, encoding="ascii") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith(name))


def children(pid):
    found = [pid]
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/children", encoding="ascii") as line:
            for child in line.read().split():
                found += children(int(child))
    return found


class Server:
    """Ends with the `with` block. `cpu`, if given, is the one it runs on."""

    def __init__(self, command, environment, cpu=None, stderr=None):
        self.port = free_port()
        command = [part.replace("$PORT", str(self.port)) for part in command]
        environment = environment | {"PORT": str(self.port)}
        before = os.sched_getaffinity(0)
        self.began = time.perf_counter()
        try:
            # A child inherits it; a preexec_fn would cost the start more.
            os.sched_setaffinity(0, before if cpu is None else {cpu})
            self.process = subprocess.Popen(
                command,
                env=environment,
                start_new_session=True,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=stderr,
            )
        finally:
            os.sched_setaffinity(0, before)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for sent in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self.process.pid, sent)
                self.process.wait(5)
            except (ProcessLookupError, subprocess.TimeoutExpired):
                continue

    def until(self, attempt):
        """The milliseconds from the start until `attempt` of the port holds."""
        while not attempt(self.port):
            if self.process.poll() is not None:
                raise Failed(f"{self.process.args[0]} ended with {self.process.returncode}")
            if time.perf_counter() - self.began > PATIENCE:
                raise Failed(f"{self.process.args[0]} does not answer after {PATIENCE} s")
            time.sleep(0.0002)
        return (time.perf_counter() - self.began) * 1000

    def memory(self):
        """RSS and PSS in MiB; RSS counts what processes share once for each."""
        resident = shared_out = 0
        for pid in children(self.process.pid):
            resident += kib(f"/proc/{pid}/status", "VmRSS:")
            shared_out += kib(f"/proc/{pid}/smaps_rollup", "Pss:")
        return resident / 1024, shared_out / 1024

    def cpu_seconds(self):
        """In user and kernel, of all its processes, living and ended."""
        ticks = 0
        for pid in children(self.process.pid):
            with open(f"/proc/{pid}/stat", encoding="utf-8") as line:
                # After the name in brackets: state is field 3, utime 14.
                fields = line.read().rpartition(")")[2].split()
            ticks += sum(map(int, fields[11:15]))
        return ticks / TICKS


def listens(port):
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def table(head, rows):
    """A Markdown table: the first column is a name, the others are numbers."""
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def absent(what, why):
    print(f"{what}: not measured: {why}", file=sys.stderr)
