"""Lighthouse on a phone of its choosing: the front page, a page and a journey have 95 of 100 or more in performance,
accessibility, best practices and SEO.

Usage: lighthouse.py path/to/cairn path/to/chromium path/to/lighthouse
"""

import json
import os
import subprocess
import sys
import tempfile

from kinds import KINDS, Showroom

CATEGORIES = ["performance", "accessibility", "best-practices", "seo"]
LEAST = 95


def measured(lighthouse, chromium, url):
    """The report on a page. A browser of its own is started for each."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [
            lighthouse, url, "--quiet", "--output=json", "--output-path=stdout", f"--only-categories={','.join(CATEGORIES)}",
            f"--chrome-flags=--headless=new --no-sandbox --disable-dev-shm-usage --user-data-dir={profile}",
        ]
        environment = os.environ | {"CHROME_PATH": chromium}
        done = subprocess.run(command, capture_output=True, text=True, timeout=180, env=environment)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def main(binary, chromium, lighthouse):
    missed = []
    with Showroom(binary) as served:
        for name in ("home", "page", "journey"):
            report = measured(lighthouse, chromium, served.url + KINDS[name])
            scores = {category: round(100 * report["categories"][category]["score"]) for category in CATEGORIES}
            print(f"lighthouse: {name}: {', '.join(f'{category} {score}' for category, score in scores.items())}")
            for category, score in scores.items():
                if score < LEAST:
                    audits = [report["audits"][one["id"]] for one in report["categories"][category]["auditRefs"] if one["weight"]]
                    poor = [f"{audit['id']}: {audit.get('displayValue', audit['title'])}" for audit in audits if (audit["score"] or 0) < 0.9]
                    missed.append(f"{name}: {category} {score}: {poor}")
    assert not missed, "\n".join(missed)
    print(f"lighthouse: {LEAST} or more on three pages: good")


main(sys.argv[1], sys.argv[2], sys.argv[3])
