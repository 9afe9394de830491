"""Headless Chromium with axe-core: every kind of page, wide and light, narrow and dark, has no violation of WCAG 2.2 AA nor of good practice.

Usage: axe.py path/to/cairn path/to/chromium path/to/axe.min.js [--only WORD]
"""

import argparse
import pathlib
import tempfile

from chrome import Browser
from kinds import Showroom, each

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

# Width, and whether it is a phone's.
VIEWS = {"light": (1280, False), "dark": (390, True)}

RUN = """
axe.run(document, {runOnly: TAGS, resultTypes: ["violations"]}).then((found) => JSON.stringify(found.violations.map((one) =>
  `${one.id}: ${one.help}\\n` + one.nodes.slice(0, 4).map((node) => `    ${node.target}: ${node.html.slice(0, 200)}\\n    ${node.failureSummary}`).join("\\n")
)))
""".replace("TAGS", str(TAGS))


def main():
    arguments = argparse.ArgumentParser(description="axe-core on every kind of page")
    arguments.add_argument("binary")
    arguments.add_argument("chromium")
    arguments.add_argument("axe", type=pathlib.Path)
    arguments.add_argument("--only", default="")
    given = arguments.parse_args()
    violations, checked = [], 0
    with Showroom(given.binary) as served, tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = Browser(given.chromium, profile)
        axe = given.axe.read_text()
        for name in each(browser, served):
            if given.only not in name:
                continue
            for scheme, (width, mobile) in VIEWS.items():
                browser.call("Emulation.setDeviceMetricsOverride", width=width, height=840, deviceScaleFactor=1, mobile=mobile)
                browser.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
                found = browser.aside(axe, RUN)
                checked += 1
                violations += [f"{name}, {scheme}: {one}" for one in found]
        browser.close()
    for violation in violations:
        print(f"axe: {violation}")
    assert not violations, f"{len(violations)} violations"
    print(f"axe: {checked} pages, no violations: good")


main()
