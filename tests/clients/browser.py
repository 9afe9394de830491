"""Headless Chromium: the pages load, say what they are about without a script, and the console stays silent.

Usage: browser.py path/to/cairn path/to/chromium
"""

import subprocess
import sys
import tempfile
import urllib.request

from served import Served

PAGES = {
    "": "Playbook",
    "playbook/kite": "against the wind",
    "search?q=kite+string": "string",
}


def load(chromium, url):
    with tempfile.TemporaryDirectory() as profile:
        command = [
            chromium, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
            "--disable-background-networking", "--no-first-run", "--enable-logging=stderr", "--v=0",
            f"--user-data-dir={profile}", "--dump-dom", url,
        ]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
    console = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    return done.stdout, console


def main(binary, chromium):
    with Served(binary) as served:
        for path, wanted in PAGES.items():
            url = served.url + path
            with urllib.request.urlopen(url, timeout=20) as answer:
                assert answer.status == 200, f"{path}: {answer.status}"
                assert b"<script" not in answer.read(), f"/{path}: needs a script"
            drawn, console = load(chromium, url)
            assert wanted in drawn, f"/{path}: {wanted!r} is not on the page:\n{drawn[:2000]}"
            assert "private" not in drawn, f"/{path}: shows a private page"
            assert not console, f"/{path}: {console}"
            print(f"browser: /{path}: good")


main(sys.argv[1], sys.argv[2])
