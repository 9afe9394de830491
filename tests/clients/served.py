"""A server on a small repository of its own, for the checks with third-party clients."""

import json
import os
import pathlib
import subprocess
import tempfile

FILES = {
    "playbook/kite.md": "# Kite\n\nThe kite rises against the wind.\n\n## String\n\nThe string of a kite is long.\n",
    "playbook/string.md": "# String\n\nThe string was never cut.\n",
    "playbook/fly.md": "---\ntype: prompt\narguments:\n  - {name: place, required: true, values: [the beach, the field]}\n---\n# Fly\n\nFly a kite at {{place}}.\n",
    "playbook/README.md": "# Playbook\n\nSee [the kite](kite.md).\n",
    "journeys/flight.md": "# A flight\n\nWe flew a kite on the beach.\n",
    "corpus/plan.md": "# Plan\n\nThe plan for the kite is private.\n",
}


class Served:
    """`with Served(binary) as served:` gives the banner's fields; the server ends with the block."""

    def __init__(self, binary, *more):
        self.binary = os.path.abspath(binary)
        self.more = more
        self.folder = tempfile.TemporaryDirectory()
        self.root = self.folder.name
        for path, text in FILES.items():
            file = pathlib.Path(self.root, path)
            file.parent.mkdir(exist_ok=True)
            file.write_text(text)

    def __enter__(self):
        command = [self.binary, "serve", self.root, "--listen", "127.0.0.1:0", "--json", *self.more]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        line = self.process.stdout.readline()
        assert line, "the server ended without a banner"
        banner = json.loads(line)
        self.url, self.mcp, self.token = banner["url"], banner["mcp"], banner.get("admin_token")
        return self

    def sign_in(self, browser):
        browser.visit(self.url + "session")
        form = "document.querySelector('form.ask')"
        browser.js(f"{form}.elements.token.value = '{self.token}'; {form}.querySelector('button').click()")
        browser.wait_for("Who you are here")

    def __exit__(self, *_):
        self.process.terminate()
        code = self.process.wait(timeout=20)
        self.folder.cleanup()
        assert code == 0, f"the server ended with {code}"
