"""Headless Chromium: pictures of every kind of page for people to look at, light and dark, wide and narrow.

Usage: screenshots.py path/to/cairn path/to/chromium FOLDER [--only WORD] [--also]

`--also` adds what one looks at less often: a very wide screen, print, high contrast, and the colours that a system
forces on pages.
"""

import argparse
import base64
import pathlib
import tempfile

from chrome import Browser
from kinds import Showroom, each

WIDE, PHONE, VERY_WIDE = (1440, 900, False), (390, 844, True), (2560, 1300, False)

# Width, height and whether it is a phone's; what else the system or the reader wants.
VIEWS = {
    "wide.light": (WIDE, {}),
    "wide.dark": (WIDE, {"prefers-color-scheme": "dark"}),
    "phone.light": (PHONE, {}),
    "phone.dark": (PHONE, {"prefers-color-scheme": "dark"}),
}
ALSO = {
    "very-wide": (VERY_WIDE, {}),
    "print": ((794, 1123, False), {"media": "print"}),
    "contrast.light": (WIDE, {"prefers-contrast": "more"}),
    "contrast.dark": (WIDE, {"prefers-contrast": "more", "prefers-color-scheme": "dark"}),
}
# These stay on what is drawn after them, and so have a browser of their own.
FORCED = {
    "forced": (PHONE, {"forced-colors": "active", "prefers-color-scheme": "dark"}),
}


def shoot(browser, place, size, wants):
    width, height, mobile = size
    browser.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=mobile)
    wants = {"prefers-color-scheme": "light", "prefers-contrast": "no-preference", "forced-colors": "none"} | wants
    media = wants.pop("media", "screen")
    features = [{"name": name, "value": value} for name, value in wants.items()]
    browser.call("Emulation.setEmulatedMedia", media=media, features=features)
    # What was drawn for other colours is drawn anew only when a frame is.
    browser.call("Runtime.evaluate", expression="new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))", awaitPromise=True)
    picture = browser.call("Page.captureScreenshot", format="png", captureBeyondViewport=True)["data"]
    place.write_bytes(base64.b64decode(picture))


def pictures(browser, served, given, views):
    for name in each(browser, served):
        for view, (size, wants) in views.items():
            place = given.folder / f"{name}.{view}.png"
            if given.only in place.name:
                shoot(browser, place, size, wants)
                print(f"screenshots: {place}")


def main():
    arguments = argparse.ArgumentParser(description="pictures of every kind of page")
    arguments.add_argument("binary")
    arguments.add_argument("chromium")
    arguments.add_argument("folder", type=pathlib.Path)
    arguments.add_argument("--only", default="")
    arguments.add_argument("--also", action="store_true")
    given = arguments.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    rounds = [VIEWS | ALSO, FORCED] if given.also else [VIEWS]
    with Showroom(given.binary) as served:
        for views in rounds:
            with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
                browser = Browser(given.chromium, profile)
                pictures(browser, served, given, views)
                browser.close()


main()
