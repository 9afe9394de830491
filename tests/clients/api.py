#!/usr/bin/env python3
"""The HTTP API held against its own description by Schemathesis: every check, no server error, as an owner and as a
stranger.

Usage: api.py CAIRN SCHEMATHESIS
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import urllib.request

from served import Served

HERE = pathlib.Path(__file__).resolve().parent

# How lines of JSON are written, which Schemathesis does not know; and a new key for each request that has a good one, or
# every write behind the first would be the same write.
HOOKS = '''
import json
import re
import uuid
import schemathesis

@schemathesis.serializer("application/x-ndjson")
def lines(ctx, value):
    return value if isinstance(value, bytes) else (value if isinstance(value, str) else json.dumps(value)).encode()

@schemathesis.hook
def before_call(ctx, case, kwargs):
    key = (case.headers or {}).get("Idempotency-Key")
    if isinstance(key, str) and re.fullmatch("[!-~]{1,255}", key):
        case.headers["Idempotency-Key"] = uuid.uuid4().hex
'''


def run(tool, served, folder, *more):
    command = [tool, "--config-file", str(HERE / "schemathesis.toml"), "run", served.url + "openapi.json",
               "--suppress-health-check", "all", "--seed", "1", "--request-timeout", "10", "--warnings", "off", *more]
    environment = {**os.environ, "SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": folder}
    done = subprocess.run(command, cwd=folder, env=environment, text=True, capture_output=True)
    if done.returncode != 0:
        print(done.stdout[-20000:], done.stderr[-4000:])
        sys.exit(f"api: the API is not as its description says ({' '.join(more)})")
    print("\n".join(line for line in done.stdout.splitlines() if "generated" in line or "Tested:" in line).strip())


def events(served, last=None):
    """The events of a stream, from where somebody left it: their names, what they say, and their ids."""
    headers = {} if last is None else {"Last-Event-ID": str(last)}
    request = urllib.request.Request(served.url + "api/v1/events", headers=headers)
    found = {}
    for line in urllib.request.urlopen(request, timeout=5):
        name, _, value = line.decode().rstrip("\n").partition(": ")
        if name:
            found[name] = value
        elif "data" in found:
            yield found["event"], json.loads(found["data"]), found["id"]
            found = {}


def listen(served):
    stream = events(served)
    began = next(stream)[2]
    pathlib.Path(served.root, "playbook/saved.md").write_text("# Saved\n\nJust now.\n")
    kind, told, _ = event = next(stream)
    assert kind == "generation" and told["changed"] == ["cairn://playbook/saved"] and not told["removed"], (kind, told)
    assert next(events(served, began)) == event, "who was away is told the same"
    kind, told, _ = next(events(served, 999_999))
    assert kind == "reset" and told["truncated"], (kind, told)
    print("api: what is saved is told to who listens, and to who comes back")


def main():
    binary, tool = sys.argv[1], os.path.abspath(sys.argv[2])
    with tempfile.TemporaryDirectory() as folder, Served(binary) as served:
        (pathlib.Path(folder) / "hooks.py").write_text(HOOKS)
        listen(served)
        run(tool, served, folder, "--header", f"Authorization: Bearer {served.token}", "--max-time", "60", "--max-examples", "20")
        run(tool, served, folder, "--phases", "coverage", "--include-tag", "Search and read", "--include-tag", "Server")
    print("api: every answer is as its description says, for an owner and for a stranger")


main()
