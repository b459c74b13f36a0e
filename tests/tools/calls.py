"""Calls that are judged one by one: each is a line."""

import os
import traceback

failures = 0


def check(name, call, expected=None):
    global failures
    try:
        found = call()
        if expected is not None and found != expected:
            raise AssertionError(f"{found!r} instead of {expected!r}")
        print("works ", name, flush=True)
        return found
    except Exception as error:  # the next call is tried all the same
        failures += 1
        print("FAILED", name, type(error).__name__, str(error).replace("\n", " ")[:300], flush=True)
        if os.environ.get("TRACE"):
            traceback.print_exc()


def refused(call, *words, **arguments):
    """The name of the error that the call must end with."""
    try:
        call(*words, **arguments)
    except Exception as error:
        return type(error).__name__


def result():
    """The exit status."""
    print(f"{failures} failed")
    return bool(failures)
