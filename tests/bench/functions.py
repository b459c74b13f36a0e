"""Size, start and idle memory of servers: NAME=BINARY ... as a Markdown table.

Each is configured for the local deployment, with nothing behind it. Nothing
is asked of a server while it is measured.
"""

import os
import statistics
import sys
import time

from server import Server, listens, table

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


def measure(binary):
    """Medians of milliseconds, RSS and PSS."""
    runs = []
    for _ in range(RUNS):
        with Server([binary], ENVIRONMENT) as server:
            start = server.until(listens)
            time.sleep(0.2)
            runs.append((start, *server.memory()))
    return [statistics.median(column) for column in zip(*runs)]


def main():
    rows = []
    for argument in sys.argv[1:]:
        name, binary = argument.split("=", 1)
        figures = [os.path.getsize(binary) / 2**20, *measure(binary)]
        rows.append([name, *(f"{figure:.1f}" for figure in figures)])
    head = ["", "binary, MiB", "exec to listening, ms", "idle RSS, MiB", "idle PSS, MiB"]
    print(table(head, rows))


main()
