"""Headless Chromium, signed in: what is asked appears on the page of the live tail by itself, its trace is one click
away, and the form there takes feedback; a stranger's browser sees none of it.

Usage: console.py path/to/cairn path/to/chromium
"""

import json
import sys
import tempfile
import urllib.request

from chrome import Browser
from served import Served


def ask(served, words):
    with urllib.request.urlopen(f"{served.url}api/v1/search?q={words}", timeout=20) as answer:
        return json.load(answer)["retrieval_id"]


def live_tail(browser, served):
    browser.open(served.url + "private/ledger/tail")
    browser.wait_for("As it comes")
    browser.until("document.getElementById('c:state').innerText.includes('by themselves')")
    before = browser.js("document.querySelectorAll('#c\\\\:tail tbody tr').length")
    retrieval = ask(served, "kite+string")
    rows = "document.querySelectorAll('#c\\\\:tail tbody tr')"
    browser.until(f"{rows}.length === {before + 1} && {rows}[0].innerText.includes('kite string')")
    print("console: what is asked appears by itself: good")
    return retrieval


def feedback(browser, served, retrieval):
    browser.open(f"{served.url}private/ledger/{retrieval}")
    browser.until("document.querySelector('form.say') && document.readyState === 'complete'")
    text = browser.js("document.querySelector('main').innerText")
    for part in ("kite string", "playbook/kite", "words", "meaning"):
        assert part in text, f"{part!r} is not on the trace:\n{text}"
    # Bad without a reason is sent back with what is missing, and nothing that was typed is lost.
    form = "document.querySelector('form.say, form.ask')"
    browser.js(f"{form}.elements.verdict.value = 'bad'; {form}.requestSubmit()")
    browser.until("document.querySelector('[role=alert]') && document.readyState === 'complete'")
    browser.js(f"{form}.elements.why.value = 'the string is longer now'; {form}.requestSubmit()")
    browser.until("document.readyState === 'complete' && document.querySelector('main').innerText.includes('It is in the ledger')")
    browser.open(f"{served.url}private/ledger/{retrieval}")
    browser.until("document.querySelector('main') && document.querySelector('main').innerText.includes('the string is longer now')")
    print("console: a trace, and feedback by its form: good")


def main(binary, chromium):
    with Served(binary) as served, tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = Browser(chromium, profile)
        browser.call("Log.enable")
        browser.call("Runtime.enable")
        for path in ("private/ledger", "private/ledger/tail", "private/reports"):
            browser.open(served.url + path)
            browser.wait_for("Sign in")
        served.sign_in(browser)
        retrieval = live_tail(browser, served)
        feedback(browser, served, retrieval)
        complaints = [said for said in browser.complaints() if "40" not in str(said)]
        assert not complaints, complaints
        browser.close()


main(sys.argv[1], sys.argv[2])
