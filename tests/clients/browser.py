"""Headless Chromium: without scripts every page says what it is about; with them the search box finds pages while one
types, by keyboard alone; and the console stays silent.

Usage: browser.py path/to/cairn path/to/chromium
"""

import functools
import http.server
import subprocess
import sys
import tempfile
import threading
import urllib.request

from chrome import Browser
from served import Served

PAGES = {
    "": "Playbook",
    "playbook/kite": "against the wind",
    "search?q=kite+string": "string",
    "journeys": "A flight",
    "changes": "Changes",
    "tags": "Tags",
    "no/such/page": "no such page",
}


def without_scripts(browser, served):
    browser.call("Emulation.setScriptExecutionDisabled", value=True)
    for path, wanted in PAGES.items():
        browser.open(served.url + path)
        browser.wait_for("")
        text = browser.until("document.body && document.body.innerText")
        assert wanted in text, f"/{path}: {wanted!r} is not on the page:\n{text[:2000]}"
        assert "private" not in text, f"/{path}: shows a private page"
        print(f"browser: /{path} without scripts: good")
    browser.call("Emulation.setScriptExecutionDisabled", value=False)


def by_keyboard(browser, served):
    found = "[...document.querySelectorAll('.found [role=option]')].map((row) => row.innerText).join('|')"
    browser.open(served.url)
    browser.wait_for("")
    browser.key("/", "/")
    browser.type("strnig")
    # A letter is in the wrong place, and the page is found all the same.
    assert "String" in browser.until(found), found
    assert browser.js("document.activeElement.getAttribute('aria-expanded')") == "true"
    browser.key("Escape")
    browser.until("document.querySelector('.found').hidden")
    browser.js("document.activeElement.value = ''")
    browser.key("k", modifiers=2)
    browser.type("kite")
    browser.until(f"{found}.includes('Kite')")
    assert "plan" not in browser.js(found).lower(), "a private page is in the list"
    browser.key("ArrowDown")
    chosen = browser.js("document.querySelector('[aria-selected=true] a').pathname")
    browser.key("Enter", "\r")
    browser.until(f"location.pathname === '{chosen}' && document.readyState === 'complete'")
    browser.js("history.back()")
    browser.until("location.pathname === '/' && document.readyState === 'complete'")
    # A whole question is the server's to answer.
    browser.key("/", "/")
    browser.type("how long is the string of a kite")
    browser.key("Enter", "\r")
    browser.until("location.pathname === '/search' && document.readyState === 'complete'")
    assert "string" in browser.js("document.querySelector('main').innerText")
    print("browser: search by keyboard, while typing and with Enter: good")


FOCUSED = """(() => {
  const at = document.activeElement, place = at.getBoundingClientRect();
  if (at === document.body) return "";
  const seen = getComputedStyle(at).outlineStyle !== "none" && place.width > 0 && place.bottom > 0 && place.top < innerHeight;
  return (seen ? "" : "NOT SEEN ") + at.outerHTML.slice(0, 200);
})()"""


def tab_to(browser, wanted):
    """Presses Tab until an element has the focus; whatever has it on the way is seen to have it."""
    for _ in range(60):
        browser.key("Tab")
        focused = browser.js(FOCUSED)
        assert not focused.startswith("NOT SEEN"), focused
        if wanted in focused:
            return
    raise AssertionError(f"no way to {wanted!r} with Tab")


def without_a_mouse(browser, served):
    """Search, open, read, back; without scripts, so that the browser's own keys are all there is."""
    browser.call("Emulation.setScriptExecutionDisabled", value=True)
    browser.visit(served.url)
    tab_to(browser, "#c:main")
    browser.key("Enter", "\r")
    tab_to(browser, "<input")
    browser.type("string")
    browser.key("Enter", "\r")
    browser.until("location.pathname === '/search' && document.readyState === 'complete'")
    tab_to(browser, 'href="/playbook/string')
    browser.key("Enter", "\r")
    browser.until("location.pathname === '/playbook/string' && document.readyState === 'complete'")
    assert "never cut" in browser.js("document.querySelector('main').innerText")
    browser.js("history.back()")
    browser.until("location.pathname === '/search' && document.readyState === 'complete'")
    browser.call("Emulation.setScriptExecutionDisabled", value=False)
    print("browser: search, open, read and back with the keyboard alone: good")


class Silent(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


def copy(browser, binary, served):
    """The site as files, behind a host that knows nothing of it."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([binary, "export", "site", folder, "--root", served.root], check=True, capture_output=True)
        files = functools.partial(Silent, directory=folder)
        host = http.server.ThreadingHTTPServer(("127.0.0.1", 0), files)
        threading.Thread(target=host.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{host.server_port}/"
        browser.open(url)
        browser.wait_for("")
        browser.until("document.querySelector('main') && document.querySelector('main').innerText.includes('Playbook')")
        browser.key("/", "/")
        browser.type("string")
        browser.key("Enter", "\r")
        browser.until("document.querySelector('#c\\\\:copy h2') && document.querySelector('#c\\\\:copy').innerText.includes('String')")
        browser.open(url + "playbook/kite")
        browser.until("document.body && document.body.innerText.includes('against the wind')")
        host.shutdown()
    print("browser: a copy of the site, and its search: good")


def main(binary, chromium):
    with Served(binary) as served, tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        with urllib.request.urlopen(served.url + "search-index.js", timeout=20) as answer:
            assert answer.status == 200 and b"plan" not in answer.read().lower()
        browser = Browser(chromium, profile)
        browser.call("Log.enable")
        browser.call("Runtime.enable")
        without_scripts(browser, served)
        by_keyboard(browser, served)
        without_a_mouse(browser, served)
        copy(browser, binary, served)
        for path in PAGES:
            browser.open(served.url + path)
            browser.wait_for("")
        # A page that is not there is one that the console tells of.
        complaints = [said for said in browser.complaints() if "404" not in str(said)]
        assert not complaints, complaints
        browser.close()


main(sys.argv[1], sys.argv[2])
