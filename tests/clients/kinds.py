"""Every kind of page, in one place: for pictures, and for the checks in a browser that go through all of them.

The corpus is this repository's own pages, with its decisions made public, and a few pages more, so that each kind is
there. It is committed twice, so that there is something to compare.
"""

import os
import pathlib
import shutil
import subprocess

from served import Served

ROOT = pathlib.Path(__file__).resolve().parents[2]

# Where each is: a path, or a page and what leads on from there.
KINDS = {
    "home": "",
    "folder": "playbook",
    "bare-folder": "guides/deep",
    "page": "playbook/loop",
    "long-page": "playbook/wrong-answers",
    "everything": "guides/everything",
    "mirrored": "guides/arabic",
    "stale": "guides/stale",
    "superseded": "guides/superseded",
    "pack": "playbook/packs/agent-run",
    "journey": "journeys/beside-qmd-and-fts5",
    "bars": "guides/faster",
    "decision": "adr/0003-json-lines-ledger",
    "decisions": "decisions",
    "search": "search?q=how+do+we+review+a+page",
    "ask": "search",
    "narrowed": "search?q=review&type=playbook",
    "nothing-found": "search?q=tag%3Anothing+at+all",
    "tags": "tags",
    "tag": "tags/search-quality",
    "changes": "changes",
    "glossary": "glossary",
    "missing": "playbook/there-is-no-such-page",
    "gone": "guides/gone",
    "history": "history/playbook/loop",
    "compare": ("history/playbook/loop", "a[href^='/compare/']"),
    "api": "docs/api",
    "problems": "docs/problems",
    "problem": ("docs/problems", "a[href^='/docs/problems/']"),
    "sign-in": "session",
}

# Those that are shown to who is signed in.
CONSOLE = {
    "who": "private",
    "ledger": "private/ledger",
    "tail": "private/ledger/tail",
    "trace": ("private/ledger?verb=search", "td.what a"),
    "feedback": "private/feedback",
    "reports": "private/reports",
    "report": ("private/reports", "a[href^='/private/reports/']"),
}

# What a page of that kind is answered with, where it isn't 200.
STATUS = {"missing": 404, "gone": 410}

COLLECTIONS = "".join(
    f'[[collection]]\nname = "{name}"\npath = "{name}"\nvisibility = "public"\n\n'
    for name in ("playbook", "journeys", "adr", "guides")
)

EVERYTHING = """---
description: Everything that a page may hold, so that one can look at it.
owner: ada
tags: [looks, writing]
verified: {by: ada, at: 2026-11-01}
sources: ["https://spec.commonmark.org/", "everything.md"]
---
# Everything a page may hold

Running text with *stress*, **weight**, ~~what is struck~~, `code`, a [link](stale.md), [one out](https://example.org/), a
page that is [not there](gone-for-good.md), <kbd>Ctrl</kbd>-<kbd>K</kbd>, a <placeholder>, H<sub>2</sub>O, a note[^1] and math
in a line, $e^{i\\pi} + 1 = 0$.

## Callouts

> [!NOTE]
> A note, as GitHub writes it.

> [!tip] With a title
> - and a list
> - in it

> [!WARNING]
> A warning with `code` and a [link](stale.md).

> [!caution]- Folded
> What is folded.

:::important What is kept in a container
- has its own title
:::

![[two]]

> A quotation of more than a line, which goes on until it has to be broken, as running text does, on a screen that is not
> very wide.

## Lists and tables

1. First
   1. First of first
   2. Second of first
2. Second

- [x] done
- [ ] not done

Term
: What it means.

| Left | Middle | Right | A column with a long heading | And another one that needs room |
| --- | :---: | ---: | --- | --- |
| a | b | 1.5 | `a_long_name_in_code_without_a_blank_in_it` | Text that goes on for a while |
| c | d | 22.25 | words | more words in a cell |

## Code

```rust
/// A comment.
fn main() -> Result<(), Error> {
    let greeting = format!("{}, {}!", "Hello", 42); // a line that is so long that it has to be scrolled on a phone and on others
    Ok(())
}
```

```mermaid
flowchart LR
    write[Write] --> check{Clean?} -->|yes| serve[Serve] --> ask[Ask]
    check -->|no| write
```

```mermaid
sequenceDiagram
    autonumber
    actor Reader
    participant Server as Context server
    Reader->>+Server: What do we do with a refund?
    Note over Reader,Server: The question stands in the ledger
    alt a page says it
        Server-->>Reader: A passage, with its page and owner
    else no page does
        loop past a wrong letter
            Server->>Server: Ask again
        end
        Server--xReader: Nothing was found
    end
    deactivate Server
    Reader-)Server: It was useful
```

$$
\\sum_{n=1}^{\\infty} \\frac{1}{n^2} = \\frac{\\pi^2}{6}
$$

### A heading that is long enough to need a second line on a phone, and `code` in it

<details><summary>More</summary>

Hidden until it is opened.

</details>

A paragraph in another script stands in a page of this one: see below.

זוהי פסקה בעברית, עם מילה English באמצע, והיא נכתבת מימין לשמאל.

---

[^1]: The note itself.
"""

ARABIC = """---
lang: ar
description: كيف نراجع صفحة ومتى
owner: ليلى
tags: [مراجعة]
---
# كيف نراجع صفحة

تُقرأ كل صفحة مرة كل ستة أشهر، ويُكتب اسم من قرأها. انظر [الصفحة الأخرى](stale.md) واكتب `cairn check` قبل الإيداع.

## الخطوات

1. اقرأ الصفحة كلها.
2. صحّح ما تغيّر.
3. أودِع التغيير في git.

> [!NOTE]
> الصفحة القديمة أسوأ من صفحة غير موجودة.

```sh
cairn check --root .   # a comment
```

| العمود | العدد |
| --- | ---: |
| أول | 12 |
| ثانٍ | 7 |

## متى

عندما يتغيّر ما تصفه.
"""

FASTER = """---
type: journey
metric: Time from a save to an answer
unit: ms
baseline: a night
result: under two hundred milliseconds
baseline_value: 1800
result_value: 180
before: Pages were indexed each night, and what was written in the morning was found on the next day.
after: What is saved is found before one has changed the window.
quote: I stopped asking whether it was there yet.
quote_by: An editor
consent: {by: An editor, on: 2026-11-01, scope: public}
---
# From a night to the blink of an eye

We used [everything](everything.md) and [the page that is stale](stale.md).
"""

FILES = {
    "cairn.toml": 'name = "Handbook"\ncommits = "everyone"\nedit_url = "https://git.example.org/edit/main/{path}"\n\n' + COLLECTIONS,
    "guides/everything.md": EVERYTHING,
    "guides/arabic.md": ARABIC,
    "guides/faster.md": FASTER,
    "guides/stale.md": "---\nstale_after: 2024-01-01\nowner: ada\n---\n# A page past its review\n\nWhat it says may have changed.\n",
    "guides/superseded.md": "---\nstatus: superseded\nsuperseded_by: guides/everything\n---\n# An older way\n\nIt was done so.\n",
    "guides/gone.md": "---\nstatus: retired\nsuperseded_by: guides/everything\n---\n# What was retired\n\nNobody does this any more.\n",
    "adr/0090-nightly.md": "---\nsuperseded_by: adr/0091-at-once\n---\n# Index each night\n\nOnce a night.\n",
    "adr/0091-at-once.md": "---\nsupersedes: adr/0090-nightly\n---\n# Index at once\n\nWith each save.\n",
    "guides/deep/one.md": "# One\n\nThe first of a folder without a front page.\n",
    "guides/deep/two.md": "# Two\n\nThe second.\n",
}


class Showroom(Served):
    """`with Showroom(binary) as served:` serves a corpus that has every kind of page."""

    def __init__(self, binary):
        super().__init__(binary, "--loopback-rate", "0")
        root = pathlib.Path(self.root)
        shutil.rmtree(root / "playbook")
        shutil.rmtree(root / "journeys")
        shutil.rmtree(root / "corpus")
        for name, place in {"playbook": "playbook", "journeys": "journeys", "adr": "corpus/decisions"}.items():
            shutil.copytree(ROOT / place, root / name)
        for path, text in FILES.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text)
        self.git("init", "-q", "-b", "main")
        self.commit("the pages", "2026-11-02T09:00:00Z")
        loop = root / "playbook/loop.md"
        loop.write_text(loop.read_text().replace(". ", ". In short: ", 1) + "\nOne line more.\n")
        self.commit("playbook: the loop in short", "2026-11-20T09:00:00Z")

    def git(self, *arguments, **environment):
        subprocess.run(
            ["git", "-c", "user.name=Ada", "-c", "user.email=ada@example.org", *arguments],
            cwd=self.root, check=True, capture_output=True, env=environment or None,
        )

    def commit(self, message, date):
        self.git("add", ".")
        self.git("commit", "-q", "-m", message, **(os.environ | {"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}))


def each(browser, served, console=True):
    """Opens every kind of page, one after the other, and names it; signs in before those of the console."""
    for kinds in (KINDS, CONSOLE) if console else (KINDS,):
        if kinds is CONSOLE:
            served.sign_in(browser)
        for name, place in kinds.items():
            path, onward = place if isinstance(place, tuple) else (place, None)
            browser.visit(served.url + path)
            if onward:
                browser.visit(browser.until(f"document.querySelector(\"main {onward}\")?.href"))
            yield name
