"""Google's functions-framework for Node and Python, installed to be measured."""

import json
import os
import shutil
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
# Of the signatures that decode a push; "cloudevent" costs as much or more.
FUNCTION = ["--target=hello", "--signature-type=event"]
PATIENCE = 300


class Absent(Exception):
    """Why a peer is not here."""


def said(command, folder):
    name = os.path.basename(command[0])
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=PATIENCE
        )
    except FileNotFoundError as error:
        raise Absent(f"{name} is not installed") from error
    except subprocess.TimeoutExpired as error:
        raise Absent(f"{name} took over {PATIENCE} s") from error
    if done.returncode != 0:
        lines = (done.stderr or done.stdout).strip().splitlines() or ["without a word"]
        raise Absent(f"{name} failed: {lines[-1]}")
    return done.stdout.strip()


def handler(folder, language):
    target = os.path.join(folder, language)
    shutil.copytree(os.path.join(HERE, "peers", language), target)
    return target


def node(folder):
    """The command that serves, its environment, and the versions."""
    home = handler(folder, "node")
    package = "@google-cloud/functions-framework"
    said(["npm", "install", "--no-audit", "--no-fund", "--no-save", package], home)
    module = os.path.join(home, "node_modules", package)
    with open(os.path.join(module, "package.json"), encoding="utf-8") as file:
        version = json.load(file)["version"]
    main = os.path.join(module, "build", "src", "main.js")
    return (
        ["node", main, *FUNCTION, f"--source={home}"],
        {"NODE_ENV": "production"},
        f"functions-framework {version} on Node {said(['node', '--version'], home)}",
    )


def python(folder):
    """The command that serves, its environment, and the versions."""
    home = handler(folder, "python")
    said(["python3", "-m", "venv", "venv"], home)
    binaries = os.path.join(home, "venv", "bin")
    said([f"{binaries}/pip", "install", "--quiet", "functions-framework"], home)
    ask = (
        "import importlib.metadata as m, platform;"
        "print(m.version('functions-framework'), 'on Python', platform.python_version(),"
        "'with gunicorn', m.version('gunicorn'))"
    )
    return (
        [f"{binaries}/functions-framework", *FUNCTION, f"--source={home}/main.py"],
        {"WORKERS": "1"},
        f"functions-framework {said([f'{binaries}/python', '-c', ask], home)}",
    )
