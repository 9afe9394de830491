"""Headless Chromium signs in with a token, sees who it is, and signs out; the cookie is one no script can read.

Speaks the browser's debugging protocol over its pipe, one JSON message before each NUL.

Usage: sign_in.py path/to/cairn path/to/chromium
"""

import json
import os
import subprocess
import sys
import tempfile
import time

from served import Served


class Browser:
    def __init__(self, chromium, profile):
        to_browser, self.write = os.pipe()
        self.read, from_browser = os.pipe()
        # The browser reads its file descriptor 3 and writes to 4.
        arguments = [
            chromium, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
            "--disable-background-networking", "--no-first-run", "--remote-debugging-pipe", f"--user-data-dir={profile}",
        ]
        script = f'exec 3<&{to_browser} 4>&{from_browser}; exec "$@"'
        self.process = subprocess.Popen(
            ["bash", "-c", script, "bash", *arguments], pass_fds=(to_browser, from_browser),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        os.close(to_browser)
        os.close(from_browser)
        self.last, self.rest, self.session = 0, b"", None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]

    def call(self, method, **params):
        self.last += 1
        message = {"id": self.last, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.write, json.dumps(message).encode() + b"\0")
        while True:
            while b"\0" not in self.rest:
                part = os.read(self.read, 65536)
                assert part, "the browser ended"
                self.rest += part
            line, self.rest = self.rest.split(b"\0", 1)
            answer = json.loads(line)
            if answer.get("id") == self.last:
                assert "error" not in answer, answer
                return answer["result"]

    def js(self, expression):
        return self.call("Runtime.evaluate", expression=expression)["result"].get("value")

    def open(self, url):
        self.call("Page.navigate", url=url)

    def wait_for(self, title):
        end = time.monotonic() + 60
        while time.monotonic() < end:
            if self.js("document.readyState") == "complete" and self.js("document.title").startswith(title):
                return
            time.sleep(0.05)
        raise AssertionError(f"no page {title!r}: {self.js('document.body.innerText')}")

    def close(self):
        self.session = None
        self.call("Browser.close")
        self.process.wait(timeout=30)


def main(binary, chromium):
    with Served(binary) as served, tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [binary, "token", "new", "--root", served.root, "--name", "reader", "--collections", "corpus"]
        token = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
        browser = Browser(chromium, profile)
        browser.open(served.url + "private")
        browser.wait_for("Sign in")
        form = "document.querySelector('form.ask')"
        browser.js(f"{form}.elements.token.value = '{token}x'; {form}.querySelector('button').click()")
        end = time.monotonic() + 60
        while "the token is not valid" not in browser.js("document.body.innerText") and time.monotonic() < end:
            time.sleep(0.05)
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
        browser.open(served.url + "private")
        browser.wait_for("Sign in")
        browser.close()
        print("sign_in: in with a token, out with a button, and nothing a script could read: good")


main(sys.argv[1], sys.argv[2])
