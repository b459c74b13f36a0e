"""Size, start and idle memory of servers: NAME=BINARY ... as a Markdown table.

Each is configured for the local deployment, with nothing behind it. Nothing
is asked of a server while it is measured.
"""

import os
import socket
import statistics
import subprocess
import sys
import time

RUNS = 20
PROJECT = "projects/groundcrew-local"
ENVIRONMENT = {
    "GROUNDCREW_PUSH_AUTH": "off",
    "GROUNDCREW_ENDPOINT": "http://127.0.0.1:9",
    "GROUNDCREW_DEAD_LETTER_TOPIC": f"{PROJECT}/topics/dead-letters",
    "GROUNDCREW_DATABASE": f"{PROJECT}/databases/jobs",
    "GROUNDCREW_CHANGES": f"{PROJECT}/topics/job-changed",
    "GROUNDCREW_REPORTS": f"{PROJECT}/topics/job-reported",
    "GROUNDCREW_AUDIENCE": "groundcrew/groundcrew-local",
    "GROUNDCREW_BUCKET": "demo-project-groundcrew",
    "GROUNDCREW_DEPLOYMENT": "local",
    "GROUNDCREW_PROJECT": "demo-project",
    "GROUNDCREW_ZONES": "us-central1-a,us-central1-b",
    "GROUNDCREW_RESOURCE_MANAGER": "resource-manager@groundcrew-local.iam.gserviceaccount.com",
    "GROUNDCREW_INSTANCES_ACCOUNT": "groundcrew-instances@demo-project.iam.gserviceaccount.com",
}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def started(binary):
    """The process, and the seconds from exec until it accepts a connection."""
    port = free_port()
    environment = ENVIRONMENT | {"PORT": str(port)}
    begin = time.perf_counter()
    process = subprocess.Popen([binary], env=environment, stdout=subprocess.DEVNULL)
    while True:
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return process, time.perf_counter() - begin
        if process.poll() is not None:
            sys.exit(f"{binary} ended with {process.returncode}")
        if time.perf_counter() - begin > 10:
            process.kill()
            sys.exit(f"{binary} does not listen after 10 s")
        time.sleep(0.0002)


def kib(path, name):
    with open(path, encoding="ascii") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith(name))


def measure(binary):
    starts, resident, shared_out = [], [], []
    for _ in range(RUNS):
        process, seconds = started(binary)
        starts.append(seconds * 1000)
        time.sleep(0.2)
        resident.append(kib(f"/proc/{process.pid}/status", "VmRSS:"))
        shared_out.append(kib(f"/proc/{process.pid}/smaps_rollup", "Pss:"))
        process.kill()
        process.wait()
    size = os.path.getsize(binary) / 2**20
    median = statistics.median
    return size, median(starts), median(resident) / 1024, median(shared_out) / 1024


def main():
    print("| | binary, MiB | exec to listening, ms | idle RSS, MiB | idle PSS, MiB |")
    print("|---|---:|---:|---:|---:|")
    for argument in sys.argv[1:]:
        name, binary = argument.split("=", 1)
        size, start, resident, shared_out = measure(binary)
        print(f"| {name} | {size:.1f} | {start:.1f} | {resident:.1f} | {shared_out:.1f} |")


main()
