"""Four clients on one data folder: a server, two agents on stdio and the command line get the same answers and one
ledger, also when the owner is killed. Prints the figures of journeys/one-process-four-clients.md.

Usage: four_clients.py path/to/cairn path/to/a/corpus
"""

import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

QUESTIONS = [
    "who owns a page", "what counts as verified", "when is a page stale", "how do I retire a page", "risk tiers",
    "stop conditions for an agent", "who approves a rollback", "what may be public", "customer names in journeys",
    "how to write a judged question", "what does must_not mean", "read the retrieval log", "zero results",
    "handle a wrong answer", "first week", "capture knowledge", "escalation", "checklist", "supersede a decision",
    "measure a change", "names of things", "how long may a section be", "tables for agents", "review cadence", "contract",
]
ROUNDS = 5
# Each form of an answer keeps to the budget by itself; with room for every passage all forms hold the same ones.
TOKENS = 8000


class Agent:
    """A client that speaks MCP, one message a line."""

    def __init__(self, cairn, root, data):
        command = [cairn, "mcp", "--root", root, "--data", data]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.number = 0
        hello = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "agent", "version": "1"}}
        self.ask("initialize", hello)
        self.send({"jsonrpc": "2.0", "method": "notifications/initialized"})

    def send(self, message):
        self.process.stdin.write(json.dumps(message) + "\n")
        self.process.stdin.flush()

    def ask(self, method, params):
        self.number += 1
        self.send({"jsonrpc": "2.0", "id": self.number, "method": method, "params": params})
        while True:
            answer = json.loads(self.process.stdout.readline())
            if answer.get("id") == self.number:
                return answer["result"]

    def search(self, question):
        result = self.ask("tools/call", {"name": "search_context", "arguments": {"query": question, "detail": "full", "max_tokens": TOKENS}})
        assert not result.get("isError"), result
        return result["structuredContent"]


def serve(cairn, root, data):
    command = [cairn, "serve", root, "--data", data, "--listen", "127.0.0.1:0", "--json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return process, json.loads(process.stdout.readline())


def over_http(banner, token, question):
    query = urllib.parse.urlencode({"q": question, "max_tokens": TOKENS})
    request = urllib.request.Request(f"{banner['url']}api/v1/search?{query}", headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)


def on_command_line(cairn, root, data, question):
    command = [cairn, "search", question, "--json", "--max-tokens", str(TOKENS), "--root", root, "--data", data]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def cited(answer):
    return [(hit["citation"]["document"], tuple(hit["citation"]["lines"]), hit["citation"]["sha256"]) for hit in answer["hits"]]


def resident_mb(pid):
    with open(f"/proc/{pid}/status") as status:
        return int(next(line for line in status if line.startswith("VmRSS")).split()[1]) / 1024


def main(cairn, root):
    with tempfile.TemporaryDirectory() as data:
        server, banner = serve(cairn, root, data)
        token = banner["admin_token"]
        agents = [Agent(cairn, root, data), Agent(cairn, root, data)]
        ids, equal = [], 0
        for question in QUESTIONS:
            answers = [over_http(banner, token, question), on_command_line(cairn, root, data, question)]
            answers += [agent.search(question) for agent in agents]
            ids += [answer["retrieval_id"] for answer in answers]
            equal += all(cited(answer) == cited(answers[0]) for answer in answers)
        print(f"questions asked in each of 4 clients: {len(QUESTIONS)}, equal answers: {equal}")
        memory = resident_mb(agents[0].process.pid), resident_mb(server.pid)
        print(f"memory of an attached process: {memory[0]:.0f} MB, of the owner: {memory[1]:.0f} MB")
        waits = []
        for _ in range(ROUNDS):
            os.kill(server.pid, signal.SIGKILL)
            server.wait()
            began = time.monotonic()
            ids += [agents[0].search(QUESTIONS[0])["retrieval_id"]]
            waits.append((time.monotonic() - began) * 1000)
            ids += [agent.search(QUESTIONS[1])["retrieval_id"] for agent in agents]
            server, banner = serve(cairn, root, data)
            ids += [agent.search(QUESTIONS[2])["retrieval_id"] for agent in agents]
        print(f"owner killed {ROUNDS} times: no request failed, first answer after {statistics.median(waits):.0f} ms (median)")
        command = [cairn, "log", "tail", "-n", "100000", "--json", "--root", root, "--data", data]
        records = [json.loads(line) for line in subprocess.run(command, capture_output=True, text=True).stdout.splitlines()]
        written = {record["id"] for record in records if record["kind"] == "retrieval"}
        print(f"answers: {len(ids)}, with a record: {len([id for id in ids if id in written])}")
        verdict = subprocess.run([cairn, "log", "verify", "--root", root, "--data", data], capture_output=True, text=True)
        print(f"ledger: {verdict.stdout.strip()}")
        server.terminate()
        server.wait()
        for agent in agents:
            agent.process.stdin.close()
            agent.process.wait()
        assert equal == len(QUESTIONS) and set(ids) <= written and verdict.returncode == 0


main(sys.argv[1], os.path.abspath(sys.argv[2]))
