"""The systems that are compared. Each is opened on a folder of Markdown and ranks documents for a question.

`ask` returns paths from that folder, best first, without repeats; a document stands where its best passage or row
stands. Nothing is downloaded, and each keeps what it writes in a temporary folder.
"""

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import time
import urllib.parse
from pathlib import Path

# Lucene's list for English.
STOP_WORDS = frozenset(
    "a an and are as at be but by for if in into is it no not of on or such that the their then there these they this "
    "to was will with".split()
)
# Rows or passages asked for: enough for ten documents, even when the best have several each.
ROWS = 50
START_SECONDS = 60
# qmd takes no more lines in one query.
QMD_LINES = 10


def words(text):
    """The words of a question, lower case."""
    return [word.lower() for word in re.findall(r"\w+", text)]


def keywords(text):
    """The words of a question without stop words, in order and once each; all of them if nothing else is there."""
    found = list(dict.fromkeys(words(text)))
    return [word for word in found if word not in STOP_WORDS] or found


def unique(paths):
    """Paths in order, once each."""
    return list(dict.fromkeys(paths))


class Server:
    """A process that answers HTTP on a loopback port, and one connection to it."""

    def __init__(self, command, port, environment, log):
        self.log = log.open("wb")
        # Some start others, which go with them.
        streams = {"stdout": self.log, "stderr": self.log}
        self.process = subprocess.Popen(command, **streams, env=environment, start_new_session=True)
        self.port = port
        self.connection = None
        deadline = time.monotonic() + START_SECONDS
        while self.connection is None:
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.close()
                raise SystemExit(f"{command[0]}: did not start; see {log}:\n{log.read_text(errors='replace')[-2000:]}")
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            except OSError:
                time.sleep(0.05)

    def get(self, path, query):
        """Gets JSON."""
        return self.send("GET", f"{path}?{urllib.parse.urlencode(query)}", None)

    def post(self, path, body):
        """Posts JSON and gets JSON."""
        return self.send("POST", path, json.dumps(body))

    def send(self, method, path, body):
        headers = {"Content-Type": "application/json"} if body else {}
        self.connection.request(method, path, body, headers)
        response = self.connection.getresponse()
        text = response.read()
        if response.status != 200:
            raise SystemExit(f"{path}: {response.status}: {text[:500].decode(errors='replace')}")
        return json.loads(text)

    def close(self):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait()
        self.log.close()


def free_port():
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Cairn:
    """`cairn serve` over one public collection, asked over HTTP. Each answer is recorded in the ledger, as always."""

    def __init__(self, program, folder, scratch):
        port = free_port()
        command = [program, "serve", str(folder.parent), "--public", folder.name, "--data", str(scratch / "data")]
        command += ["--listen", f"127.0.0.1:{port}"]
        self.server = Server(command, port, os.environ, scratch / "cairn.log")
        self.wait()

    def wait(self):
        """Waits until it says that it is ready: the collection is indexed then."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            self.server.connection.request("GET", "/readyz")
            response = self.server.connection.getresponse()
            response.read()
            if response.status == 200:
                return
            time.sleep(0.05)
        self.close()
        raise SystemExit("cairn: was not ready in time")

    def rank(self, query):
        hits = self.server.get("/api/v1/search", query)["hits"]
        return unique(hit["citation"]["path"] for hit in hits)

    def ask(self, text):
        """As deep as other systems are asked, with the largest budget there is."""
        return self.rank({"q": text, "limit": ROWS, "max_tokens": 8000})

    def ask_default(self, text):
        """What an agent gets that says nothing but its question."""
        return self.rank({"q": text})

    def close(self):
        self.server.close()


class Qmd:
    """qmd's own HTTP server in lexical mode: no embeddings, no reranking, since no model can be had offline."""

    def __init__(self, program, folder, scratch):
        environment = dict(os.environ)
        environment |= {"XDG_CACHE_HOME": str(scratch / "cache"), "XDG_CONFIG_HOME": str(scratch / "config")}
        # Its launcher asks for a `node` on the path; npm puts the right one beside it.
        environment["PATH"] = f"{Path(program).parent}{os.pathsep}{environment['PATH']}"
        add = [program, "collection", "add", str(folder), "--name", "handbook"]
        subprocess.run(add, env=environment, check=True, capture_output=True)
        port = free_port()
        self.server = Server([program, "mcp", "--http", "--port", str(port)], port, environment, scratch / "qmd.log")
        # It makes names for links out of paths; the same is done here to find back.
        self.paths = {slug(path.relative_to(folder)): str(path.relative_to(folder)) for path in folder.rglob("*.md")}

    def rank(self, lines):
        searches = [{"type": "lex", "query": line} for line in lines]
        body = {"searches": searches, "limit": ROWS, "rerank": False}
        results = self.server.post("/query", body)["results"]
        return unique(self.paths[slug(result["file"].removeprefix("qmd://handbook/"))] for result in results)

    def ask(self, text):
        """The question as typed, as in `qmd search`: a document must hold all of its words."""
        return self.rank([text])

    def ask_lines(self, text):
        """Several lexical lines, fused by qmd: all keywords, pairs of neighbours, single ones, up to its limit.

        Its manual says that agents should write such lines; this is what can be written without knowing the pages.
        """
        found = keywords(text)
        pairs = [" ".join(pair) for pair in zip(found, found[1:])]
        return self.rank(unique([" ".join(found), *pairs, *found])[:QMD_LINES])

    def close(self):
        self.server.close()


def slug(path):
    """A path without what qmd changes in it."""
    return re.sub(r"[^0-9a-z]+", "-", str(path).lower())


class Fts5:
    """SQLite's FTS5 with BM25, in this process."""

    def __init__(self, folder):
        self.database = sqlite3.connect(":memory:")
        self.database.execute(
            "create virtual table sections using fts5(path unindexed, title, body, tokenize = 'porter unicode61')"
        )
        self.database.execute("create virtual table files using fts5(path unindexed, body)")
        for path in sorted(folder.rglob("*.md")):
            name, text = str(path.relative_to(folder)), path.read_text(encoding="utf-8", errors="replace")
            self.database.execute("insert into files values (?, ?)", (name, text))
            rows = ((name, title, body) for title, body in sections(text, path.stem))
            self.database.executemany("insert into sections values (?, ?, ?)", rows)
        self.database.commit()

    def ask(self, text):
        """One row a section, stemmed, OR of the words without stop words, title and headings weighted 5."""
        query = " OR ".join(f'"{word}"' for word in keywords(text))
        return self.rank(query, "select path from sections where sections match ? order by bm25(sections, 0, 5, 1)")

    def ask_plain(self, text):
        """One row a file, FTS5 as it comes: all words must be there. Words are quoted, so that no sign is an error."""
        query = " ".join(f'"{word}"' for word in words(text))
        return self.rank(query, "select path from files where files match ? order by rank")

    def rank(self, query, statement):
        return unique(row[0] for row in self.database.execute(f"{statement} limit {ROWS}", (query,)))

    def close(self):
        self.database.close()


def sections(text, stem):
    """Cuts Markdown at its headings: yields (title and headings, body)."""
    title, fenced = stem, False
    front = re.match(r"---\n(.*?)\n---\n", text, re.S)
    if front:
        text = text[front.end() :]
        named = re.search(r"^title:[ \t]*\n?(.*(?:\n[ \t]+.*)*)", front.group(1), re.M)
        title = " ".join(named.group(1).strip(" \"'").split()) if named and named.group(1).strip() else stem
    path, body = [], []
    for line in [*text.splitlines(), "# "]:
        fenced ^= line.lstrip().startswith(("```", "~~~"))
        heading = None if fenced else re.match(r"(#{1,6})\s+(.*)|# $", line)
        if not heading:
            body.append(line)
            continue
        if any(part.strip() for part in body) or path:
            yield " ".join([title, *(name for _, name in path)]), "\n".join(body)
        level = len(heading.group(1) or "#")
        path = [part for part in path if part[0] < level] + [(level, heading.group(2) or "")]
        body = []
