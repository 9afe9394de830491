#!/usr/bin/env python3
"""The binary with an embedding endpoint: what is sent there, what is not, and what is left when it goes away.

Usage: endpoint.py CAIRN
"""

import http.server
import json
import pathlib
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

CAIRN = sys.argv[1]
KEY = "a-key-that-nobody-may-see"


class Endpoint(http.server.BaseHTTPRequestHandler):
    """Counts letters for vectors; busy at first; away when told."""

    sent, keys, away, busy = [], set(), False, 1
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        cls = type(self)
        cls.keys.add(self.headers.get("authorization"))
        if cls.away or cls.busy > 0:
            cls.busy -= 1
            return self.answer(503 if cls.away else 429, {"error": "later"}, [("Retry-After", "0")])
        cls.sent += body["input"]
        vector = lambda text: [text.lower().count(letter) + 0.1 for letter in "abcdefghijklmnop"]
        data = [{"index": at, "embedding": vector(text)} for at, text in enumerate(body["input"])]
        self.answer(200, {"object": "list", "data": data[::-1]}, [])

    def answer(self, status, body, headers):
        text = json.dumps(body).encode()
        self.send_response(status)
        for name, value in [("Content-Length", str(len(text))), *headers]:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


def ask(url, question, token=None):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    request = urllib.request.Request(f"{url}api/v1/search?explain=true&q={question}", headers=headers)
    began = time.monotonic()
    with urllib.request.urlopen(request) as response:
        return json.load(response)["hits"], time.monotonic() - began


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for name, text in [("playbook/oak.md", "# Oak\n\nThe oak is publicword.\n"), ("corpus/sale.md", "# Sale\n\nThe oak is secretword.\n")]:
            (root / name).parent.mkdir()
            (root / name).write_text(text)
        (root / "cairn.toml").write_text(f'[embedder]\nurl = "http://127.0.0.1:{server.server_port}"\nmodel = "small"\nkey_env = "ENDPOINT_KEY"\n')
        # The first question, which learns how long vectors are, is not asked twice: the index remembers it later.
        Endpoint.busy = 0
        log = open(root / "log", "w+")
        process = subprocess.Popen([CAIRN, "serve", "--root", folder, "--listen", "127.0.0.1:0", "--json"], stdout=subprocess.PIPE, stderr=log,
                                   env={"ENDPOINT_KEY": KEY, "CAIRN_LOG": "debug"}, text=True)
        try:
            banner = json.loads(process.stdout.readline())
            url, token = banner["url"], banner["admin_token"]
            assert "small@" in banner["embedder"] and "private shelves stay here" in banner["embedder"], banner
            Endpoint.busy = 1
            (root / "playbook/ash.md").write_text("# Ash\n\nThe ash is tall, busyword.\n")
            end = time.monotonic() + 30
            while not any("busyword" in text for text in Endpoint.sent) and time.monotonic() < end:
                time.sleep(0.05)
            sent = "\n".join(Endpoint.sent)
            assert "publicword" in sent and "busyword" in sent and "secretword" not in sent, sent
            hits, _ = ask(url, "oak+strangersquestion")
            assert hits and any("strangersquestion" in text for text in Endpoint.sent)
            assert any(hit["why"]["vector"] for hit in hits), hits
            hits, _ = ask(url, "oak+ownersquestion", token)
            assert {hit["citation"]["document"] for hit in hits} >= {"corpus/sale", "playbook/oak"}, hits
            assert not any("ownersquestion" in text for text in Endpoint.sent)
            Endpoint.away = True
            for _ in range(20):
                hits, took = ask(url, "publicword+oak")
                assert hits and hits[0]["citation"]["document"] == "playbook/oak" and took < 3, (hits, took)
            assert Endpoint.keys == {f"Bearer {KEY}"}, "the key is sent with every request"
        finally:
            process.terminate()
            process.wait(20)
        log.seek(0)
        shown = log.read() + json.dumps(banner)
        assert KEY not in shown and "ownersquestion" not in shown, shown
        assert all(KEY.encode() not in path.read_bytes() for path in root.rglob("*") if path.is_file())
    print("endpoint: public texts are sent, private ones are not, and answers go on without it")


main()
