"""Headless Chromium: pictures of every kind of page, light and dark, wide and narrow, for people to look at.

Usage: screenshots.py path/to/cairn path/to/chromium FOLDER [--root ROOT] [--only WORD]

Without a root it shows the repository that this file is in. A server of its own is started and stopped.
"""

import argparse
import base64
import json
import os
import pathlib
import re
import subprocess
import tempfile
import urllib.request

from chrome import Browser

ROOT = pathlib.Path(__file__).resolve().parents[2]

PAGES = {
    "home": "",
    "folder": "playbook",
    "page": "playbook/loop",
    "pack": "playbook/packs/agent-run",
    "glossary-page": "playbook/glossary",
    "journey": "journeys/beside-qmd-and-fts5",
    "search": "search?q=how+do+we+review+a+page",
    "nothing-found": "search?q=tag%3Anothing+at+all",
    "tags": "tags",
    "tag": "tags/search-quality",
    "changes": "changes",
    "glossary": "glossary",
    "missing": "playbook/there-is-no-such-page",
    "session": "session",
    "api": "docs/api",
    "problems": "docs/problems",
    "history": "history/playbook/loop",
}

# Width and height of the window, and whether it is a phone's.
VIEWS = {"wide": (1440, 900, False), "phone": (390, 844, True)}
SCHEMES = ("light", "dark")


def serve(binary, root, data):
    command = [binary, "serve", root, "--data", data, "--listen", "127.0.0.1:0", "--json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    line = process.stdout.readline()
    assert line, "the server ended without a banner"
    return process, json.loads(line)["url"]


def comparison(url):
    """A comparison that some page's history links to."""
    for page in ("playbook/reading-the-log", "playbook/publishing", "journeys/save-to-searchable"):
        with urllib.request.urlopen(f"{url}history/{page}", timeout=20) as answer:
            found = re.search(r'href="/(compare/[^"]+)"', answer.read().decode())
        if found:
            return {"compare": found.group(1)}
    return {}


def shoot(browser, url, place, size, scheme):
    width, height, mobile = size
    browser.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=mobile)
    browser.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    browser.open(url)
    browser.until(f"location.href === {json.dumps(url)} && document.readyState === 'complete'")
    picture = browser.call("Page.captureScreenshot", format="png", captureBeyondViewport=True)["data"]
    place.write_bytes(base64.b64decode(picture))


def main():
    arguments = argparse.ArgumentParser(description="pictures of every kind of page")
    arguments.add_argument("binary")
    arguments.add_argument("chromium")
    arguments.add_argument("folder", type=pathlib.Path)
    arguments.add_argument("--root", default=str(ROOT))
    arguments.add_argument("--only", default="")
    given = arguments.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as data, \
            tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        process, url = serve(os.path.abspath(given.binary), given.root, data)
        browser = Browser(given.chromium, profile)
        try:
            for name, path in (PAGES | comparison(url)).items():
                for view, size in VIEWS.items():
                    for scheme in SCHEMES:
                        place = given.folder / f"{name}.{view}.{scheme}.png"
                        if given.only in place.name:
                            shoot(browser, url + path, place, size, scheme)
                            print(f"screenshots: {place}")
        finally:
            browser.close()
            process.terminate()
            process.wait(timeout=20)


main()
