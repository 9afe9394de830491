"""Headless Chromium: pictures of every kind of page, light and dark, wide and narrow, for people to look at.

Usage: screenshots.py path/to/cairn path/to/chromium FOLDER [--root ROOT] [--only WORD]

Without a root it shows the repository that this file is in. A server of its own is started and stopped.
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]

PAGES = {
    "home": "",
    "folder": "playbook",
    "page": "playbook/loop",
    "glossary-page": "playbook/glossary",
    "journey": "journeys/beside-qmd-and-fts5",
    "search": "search?q=how+do+we+review+a+page",
    "nothing-found": "search?q=zzqx",
    "tags": "tags",
    "tag": "tags/search-quality",
    "changes": "changes",
    "glossary": "glossary",
    "decisions": "decisions",
    "missing": "playbook/there-is-no-such-page",
    "session": "session",
}

# Width and height; the narrowest that a browser window gets is wider than a phone, so a phone is drawn at twice the scale.
VIEWS = {"wide": (1440, 1600, 1), "phone": (500, 1900, 1)}

SCHEMES = {"light": [], "dark": ["--blink-settings=preferredColorScheme=0"]}


def serve(binary, root, data):
    command = [binary, "serve", root, "--data", data, "--listen", "127.0.0.1:0", "--json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    line = process.stdout.readline()
    assert line, "the server ended without a banner"
    return process, json.loads(line)["url"]


def shoot(chromium, url, place, size, flags):
    width, height, scale = size
    with tempfile.TemporaryDirectory() as profile:
        command = [
            chromium, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
            "--disable-background-networking", "--no-first-run", f"--user-data-dir={profile}",
            f"--window-size={width},{height}", f"--force-device-scale-factor={scale}", f"--screenshot={place}", *flags, url,
        ]
        subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=120, check=True)


def history_pages(url):
    """A history, and a comparison that it links to."""
    pages = {"history": "history/playbook/loop"}
    try:
        with urllib.request.urlopen(url + pages["history"], timeout=20) as answer:
            found = re.search(r'href="/(compare/[^"]+)"', answer.read().decode())
    except OSError:
        return {}
    return pages | ({"compare": found.group(1)} if found else {})


def main():
    arguments = argparse.ArgumentParser(description="pictures of every kind of page")
    arguments.add_argument("binary")
    arguments.add_argument("chromium")
    arguments.add_argument("folder", type=pathlib.Path)
    arguments.add_argument("--root", default=str(ROOT))
    arguments.add_argument("--only", default="")
    given = arguments.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    data = tempfile.mkdtemp()
    process, url = serve(os.path.abspath(given.binary), given.root, data)
    try:
        for name, path in (PAGES | history_pages(url)).items():
            for view, size in VIEWS.items():
                for scheme, flags in SCHEMES.items():
                    place = given.folder / f"{name}.{view}.{scheme}.png"
                    if given.only in place.name:
                        shoot(given.chromium, url + path, place, size, flags)
                        print(f"screenshots: {place}")
    finally:
        process.terminate()
        process.wait(timeout=20)
        shutil.rmtree(data, ignore_errors=True)


main()
