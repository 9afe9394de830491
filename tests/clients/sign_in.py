"""Headless Chromium signs in with a token, sees who it is, and signs out; the cookie is one no script can read.

Usage: sign_in.py path/to/cairn path/to/chromium
"""

import subprocess
import sys
import tempfile

from chrome import Browser
from served import Served


def main(binary, chromium):
    with Served(binary) as served, tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [binary, "token", "new", "--root", served.root, "--name", "reader", "--collections", "corpus"]
        token = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
        browser = Browser(chromium, profile)
        browser.open(served.url + "private")
        browser.wait_for("Sign in")
        form = "document.querySelector('form.ask')"
        browser.js(f"{form}.elements.token.value = '{token}x'; {form}.querySelector('button').click()")
        browser.until("document.readyState === 'complete' && document.body.innerText.includes('the token is not valid')")
        browser.js(f"{form}.elements.token.value = '{token}'; {form}.querySelector('button').click()")
        browser.wait_for("Who you are here")
        page = browser.js("document.body.innerText")
        assert "reader" in page and "the public shelf, corpus" in page, page
        assert browser.js("document.cookie") == "", "a script can read the cookie"
        cookies = browser.call("Network.getCookies")["cookies"]
        seen = [(cookie["name"], cookie["secure"], cookie["httpOnly"], cookie["sameSite"]) for cookie in cookies]
        assert seen == [("__Host-cairn", True, True, "Strict")], seen
        browser.js(f"{form}.querySelector('button').click()")
        browser.wait_for("Sign in")
        browser.visit(served.url + "private")
        browser.wait_for("Sign in")
        browser.close()
        print("sign_in: in with a token, out with a button, and nothing a script could read: good")


main(sys.argv[1], sys.argv[2])
