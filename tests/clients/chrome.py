"""Drives a headless Chromium by its debugging protocol, over its pipe: one JSON message before each NUL."""

import json
import os
import subprocess
import time


class Navigated(Exception):
    """A question to a page that went away before it was answered."""


# What the protocol says of such a question.
GONE = ("Inspected target navigated or closed", "Cannot find context with specified id", "Execution context was destroyed")


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
        self.last, self.rest, self.session, self.events = 0, b"", None, []
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
                if answer.get("error", {}).get("message", "").startswith(GONE):
                    raise Navigated(answer)
                assert "error" not in answer, answer
                return answer["result"]
            if "method" in answer:
                self.events.append(answer)

    def js(self, expression):
        return self.call("Runtime.evaluate", expression=expression)["result"].get("value")

    def aside(self, library, expression):
        """Runs a library and an expression over it in the page, in a world of their own: beside the page's own scripts, and
        whatever its policy is. The expression gives JSON, or will."""
        frame = self.call("Page.getFrameTree")["frameTree"]["frame"]["id"]
        world = self.call("Page.createIsolatedWorld", frameId=frame)["executionContextId"]
        self.call("Runtime.evaluate", expression=library, contextId=world)
        answer = self.call("Runtime.evaluate", expression=expression, contextId=world, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return json.loads(answer["result"]["value"])

    def open(self, url):
        self.call("Page.navigate", url=url)

    def visit(self, url):
        """Opens an address and waits until all of it is there."""
        self.js("window.before = true")
        self.open(url)
        self.until("window.before !== true && document.readyState === 'complete' && location.href !== 'about:blank'")

    def key(self, key, text="", modifiers=0):
        """Presses a key as a person does; `modifiers` 2 is Ctrl."""
        # What a browser does by itself, such as going to the next link, it does by the key's number.
        number = {"Tab": 9, "Enter": 13}.get(key, 0)
        self.call("Input.dispatchKeyEvent", type="keyDown", key=key, text=text, modifiers=modifiers, windowsVirtualKeyCode=number)
        self.call("Input.dispatchKeyEvent", type="keyUp", key=key, modifiers=modifiers, windowsVirtualKeyCode=number)

    def type(self, text):
        for letter in text:
            self.key(letter, letter)

    def until(self, expression):
        """Waits until an expression is true in the page, or in the one that follows it, and gives it."""
        end = time.monotonic() + 60
        while time.monotonic() < end:
            try:
                value = self.js(expression)
            except Navigated:
                value = None
            if value:
                return value
            time.sleep(0.01)
        raise AssertionError(f"never true: {expression}: {self.js('document.body.innerText')}")

    def complaints(self):
        """What the console said since `Log.enable` and `Runtime.enable`: errors, warnings, policies that were broken."""
        said = [event for event in self.events if event["method"] in ("Log.entryAdded", "Runtime.exceptionThrown", "Runtime.consoleAPICalled")]
        return [event["params"] for event in said]

    def wait_for(self, title):
        """Waits until a page with such a title is there whole."""
        self.until(f"document.readyState === 'complete' && document.title.startsWith({json.dumps(title)})")

    def close(self):
        self.session = None
        self.call("Browser.close")
        self.process.wait(timeout=30)
