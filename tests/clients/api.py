#!/usr/bin/env python3
"""The HTTP API held against its own description by Schemathesis: every check, no server error, as an owner and as a
stranger.

Usage: api.py CAIRN SCHEMATHESIS
"""

import os
import pathlib
import subprocess
import sys
import tempfile

from served import Served

HERE = pathlib.Path(__file__).resolve().parent

# How a line of JSON is written, which Schemathesis does not know.
HOOKS = '''
import json
import schemathesis

@schemathesis.serializer("application/x-ndjson")
def lines(ctx, value):
    return value if isinstance(value, bytes) else (value if isinstance(value, str) else json.dumps(value)).encode()
'''


def run(tool, served, folder, *more):
    command = [tool, "--config-file", str(HERE / "schemathesis.toml"), "run", served.url + "openapi.json", "--checks", "all",
               "--suppress-health-check", "all", "--seed", "1", "--request-timeout", "10", "--warnings", "off", *more]
    environment = {**os.environ, "SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": folder}
    done = subprocess.run(command, cwd=folder, env=environment, text=True, capture_output=True)
    if done.returncode != 0:
        print(done.stdout[-20000:], done.stderr[-4000:])
        sys.exit(f"api: the API is not as its description says ({' '.join(more)})")
    print("\n".join(line for line in done.stdout.splitlines() if "generated" in line or "Tested:" in line).strip())


def main():
    binary, tool = sys.argv[1], os.path.abspath(sys.argv[2])
    with tempfile.TemporaryDirectory() as folder, Served(binary) as served:
        (pathlib.Path(folder) / "hooks.py").write_text(HOOKS)
        run(tool, served, folder, "--header", f"Authorization: Bearer {served.token}", "--max-time", "40", "--max-examples", "20")
        run(tool, served, folder, "--phases", "coverage", "--include-tag", "Search and read", "--include-tag", "Server")
    print("api: every answer is as its description says, for an owner and for a stranger")


main()
