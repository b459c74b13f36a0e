"""What a measurement says of itself, and how docs/benchmarks.md gets it."""

import os
import platform
import statistics
import subprocess
import sys

PAGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs", "benchmarks.md")


def version(*command):
    return subprocess.run(command, capture_output=True, text=True, timeout=60).stdout.strip()


def revision():
    return version("git", "describe", "--always", "--dirty")


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as lines:
        names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    cpu = f"{names[0] if names else platform.machine()}, {os.cpu_count()} cores"
    return f"{cpu}; {platform.system()} {platform.release()}"


def median(rounds, key):
    return statistics.median(figures[key] for figures in rounds)


def ratio(rounds, base, key):
    return statistics.median(a[key] / b[key] for a, b in zip(rounds, base))


def write(section, text):
    """Puts it between the markers of that section."""
    begin, last = (f"<!-- {section}: {mark} -->" for mark in ("begin", "end"))
    with open(PAGE, encoding="utf-8") as file:
        old = file.read()
    start, _, rest = old.partition(begin)
    _, found, end = rest.partition(last)
    if not found:
        sys.exit(f"{PAGE} lacks {begin} … {last}")
    with open(PAGE, "w", encoding="utf-8") as file:
        file.write(f"{start}{begin}\n{text}\n{last}{end}")
