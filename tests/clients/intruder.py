"""Headless Chromium on a repository of payloads, with the policy of the pages switched off: nothing runs, nothing is asked of
another host, and the search box that finds while one types writes text.

Usage: intruder.py path/to/cairn path/to/chromium
"""

import json
import pathlib
import shutil
import sys
import tempfile
import urllib.parse

from chrome import Browser
from hostile import FAULTS, PAYLOADS, RUN, build, pages
from served import Served


class Hostile(Served):
    def __init__(self, binary):
        # Hundreds of pages are opened one after the other, by one address.
        super().__init__(binary, "--loopback-rate", "0")
        for folder in pathlib.Path(self.root).iterdir():
            shutil.rmtree(folder)
        build(self.root)


def faults(browser, what):
    """What is wrong with the page that is open."""
    found = [f"{what}: {one}" for one in json.loads(browser.js(f"JSON.stringify({FAULTS})"))]
    for event in browser.events:
        if event["method"] == "Page.javascriptDialogOpening":
            found.append(f"{what}: opened a dialog")
        if event["method"] == "Network.requestWillBeSent":
            url = urllib.parse.urlsplit(event["params"]["request"]["url"])
            if url.hostname not in ("127.0.0.1", None):
                found.append(f"{what}: asked {url.hostname}")
    browser.events.clear()
    return found


def typed(browser, served):
    """Payloads typed into the box, among titles and headings that are payloads."""
    found = []
    for payload in PAYLOADS:
        browser.visit(served.url)
        browser.key("/", "/")
        browser.type(payload.replace("\n", " ")[:40])
        browser.until("document.activeElement.value.length > 0 && document.querySelectorAll('.found:not([hidden]) li').length > 0")
        browser.key("ArrowDown")
        found += faults(browser, f"typed {payload!r}")
    return found


def main(binary, chromium):
    with Hostile(binary) as served, tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = Browser(chromium, profile)
        for domain in ("Page", "Network"):
            browser.call(f"{domain}.enable")
        browser.call("Page.setBypassCSP", enabled=True)
        # Without the policy what may run does: else this check sees nothing.
        browser.visit(served.url)
        browser.js(f"document.body.append(Object.assign(document.createElement('script'), {{ textContent: {RUN!r} }}))")
        assert faults(browser, "a script of ours"), "the policy was not switched off"
        found, opened = [], 0
        for path in pages():
            browser.visit(served.url + path)
            found += faults(browser, f"/{path}")
            opened += 1
        found += typed(browser, served)
        browser.close()
    for fault in found:
        print(f"intruder: {fault}")
    assert not found, f"{len(found)} faults"
    print(f"intruder: {opened} pages and {len(PAYLOADS)} questions with the policy switched off: nothing ran: good")


main(sys.argv[1], sys.argv[2])
