"""Headless Chromium goes through every kind of page, wide and on a phone: nothing moves while it loads, nothing is asked of
another host, no policy is broken, the console is silent, the weight is within its bounds, no page is wider than its
window, lines have the length that reads well, and what stands there without scripts is what stands there with them.

Usage: budgets.py path/to/cairn path/to/chromium
"""

import json
import sys
import tempfile
import urllib.parse

from chrome import Browser
from kinds import Showroom, each

KB = 1000
# Bytes as they are sent.
MOST = {"Document": 60 * KB, "Stylesheet": 12 * KB, "Script": 15 * KB}
# The list that the search box looks through is loaded when the box is entered, and is no part of a page.
APART = "/search-index.js"

# Letters on a line of running text, in the middle of all lines.
LINE = (65, 75)

WATCH = """
window.moved = [];
window.broken = [];
new PerformanceObserver((list) => list.getEntries().forEach((one) => window.moved.push(
  one.value + ' ' + one.sources.map((source) => source.node?.outerHTML?.slice(0, 120)).join(' | ')
))).observe({ type: 'layout-shift', buffered: true });
document.addEventListener('securitypolicyviolation', (event) => window.broken.push(event.violatedDirective + ' ' + event.blockedURI));
"""

# The middle number of letters on a line that is not a paragraph's last.
LENGTH = """(() => {
  const lengths = [];
  // A formula has lines of its own.
  for (const block of document.querySelectorAll('.prose > p:not(:has(math))')) {
    const walker = document.createTreeWalker(block, NodeFilter.SHOW_TEXT), range = document.createRange();
    let line = 0, top = null, lines = [];
    for (let node; (node = walker.nextNode());)
      for (let at = 0; at < node.length; at++) {
        range.setStart(node, at); range.setEnd(node, at + 1);
        const place = range.getBoundingClientRect();
        if (top !== null && place.top > top + 8) { lines.push(line); line = 0; }
        if (place.height) top = place.top;
        line++;
      }
    lengths.push(...lines);
  }
  lengths.sort((a, b) => a - b);
  return lengths.length < 5 ? 0 : lengths[lengths.length >> 1];
})()"""

TEXT = "document.querySelector('main').innerText.split(/\\s+/).join(' ').trim()"

VIEWS = {"wide": (1280, 800, False), "phone": (360, 740, True)}


def weigh(browser, seen):
    """Bytes of each thing that a page loads, by its type; and where it came from."""
    types, weights, hosts = {}, {}, set()
    for event in seen:
        params = event["params"]
        if event["method"] == "Network.requestWillBeSent":
            hosts.add(urllib.parse.urlsplit(params["request"]["url"]).netloc)
            if urllib.parse.urlsplit(params["request"]["url"]).path != APART:
                types[params["requestId"]] = params.get("type")
        elif event["method"] == "Network.loadingFinished":
            kind = types.get(params["requestId"])
            weights[kind] = max(weights.get(kind, 0), params["encodedDataLength"])
    return weights, hosts


def with_scripts(browser, served, view, texts):
    faults, heaviest = [], {}
    here = urllib.parse.urlsplit(served.url).netloc
    browser.events.clear()
    lengths = {}
    for name in each(browser, served):
        moved, broken = (json.loads(browser.js(f"JSON.stringify(window.{what})")) for what in ("moved", "broken"))
        faults += [f"{name}: moved by {one}" for one in moved] + [f"{name}: policy: {one}" for one in broken]
        weights, hosts = weigh(browser, browser.events)
        faults += [f"{name}: asked {host}" for host in hosts - {here}]
        faults += [f"{name}: {kind} of {weights[kind]} bytes" for kind, most in MOST.items() if weights.get(kind, 0) > most]
        heaviest |= {kind: max(heaviest.get(kind, 0), weights.get(kind, 0)) for kind in MOST}
        # A page that is missing, retired or refused is one that the console tells of.
        faults += [f"{name}: said {said}" for said in browser.complaints() if "status of 4" not in str(said)]
        if browser.js("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            faults.append(f"{name}: is wider than its window")
        lengths[name] = browser.js(LENGTH)
        texts[name] = browser.js(TEXT)
        browser.events.clear()
    known = sorted(length for length in lengths.values() if length)
    if view == "wide":
        faults += [f"{name}: lines of {length} letters" for name, length in lengths.items() if length and not LINE[0] <= length <= LINE[1]]
        assert known, "no page has running text"
        print(f"budgets: lines of {known[0]} to {known[-1]} letters")
    print(f"budgets: {view}: at most {heaviest}")
    return faults


def without_scripts(browser, served, texts):
    """The same words stand there. The console is left out: what was asked is more each time."""
    faults = []
    browser.call("Network.clearBrowserCookies")
    browser.call("Emulation.setScriptExecutionDisabled", value=True)
    for name in each(browser, served, console=False):
        text = browser.js(TEXT)
        if text != texts[name]:
            faults.append(f"{name}: says something else without scripts: {text!r}, not {texts[name]!r}")
    browser.call("Emulation.setScriptExecutionDisabled", value=False)
    return faults


def main(binary, chromium):
    faults, texts = [], {}
    with Showroom(binary) as served:
        for view, (width, height, mobile) in VIEWS.items():
            with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
                browser = Browser(chromium, profile)
                for domain in ("Log", "Runtime", "Network", "Page"):
                    browser.call(f"{domain}.enable")
                browser.call("Page.addScriptToEvaluateOnNewDocument", source=WATCH)
                browser.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=mobile)
                faults += [f"{view}, {fault}" for fault in with_scripts(browser, served, view, texts)]
                if view == "phone":
                    faults += without_scripts(browser, served, texts)
                browser.close()
    for fault in faults:
        print(f"budgets: {fault}")
    assert not faults, f"{len(faults)} faults"
    print(f"budgets: {len(texts)} pages, wide and on a phone: good")


main(sys.argv[1], sys.argv[2])
