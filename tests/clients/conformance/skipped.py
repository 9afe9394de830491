"""Compares the checks that the conformance suite left out with the list of those that may be left out.

Usage: skipped.py path/to/results path/to/list
"""

import json
import pathlib
import sys


def left_out(results):
    for file in pathlib.Path(results).rglob("checks.json"):
        for check in json.loads(file.read_text()):
            if check["status"] == "SKIPPED":
                yield check["id"]


def main(results, known):
    lines = [line.split("#")[0].strip() for line in pathlib.Path(known).read_text().splitlines()]
    allowed, skipped = {line for line in lines if line}, set(left_out(results))
    for check in sorted(skipped - allowed):
        print(f"conformance: {check}: was left out and is not on the list of such checks", file=sys.stderr)
    for check in sorted(allowed - skipped):
        print(f"conformance: {check}: is on the list of checks that are left out, and was not", file=sys.stderr)
    if skipped != allowed:
        sys.exit(1)
    print(f"conformance: {len(skipped)} checks are left out, as listed")


main(sys.argv[1], sys.argv[2])
