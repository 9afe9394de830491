"""A repository with a payload in every slot that an author, a file's name or a reader's request can fill, and what a
browser is asked afterwards: nothing ran, and nothing is there that would.

`build(folder)` writes the repository; it is served like any other. `pages()` are the paths to open, escaped for an
address. `FAULTS` is an expression for the page: a list of what should not be there, empty when all is well. With
scripts of others allowed to run (no Content-Security-Policy), whatever runs sets `window.ran`.

Usage: hostile.py FOLDER
"""

import pathlib
import sys
import urllib.parse

RUN = "window.ran=1"

# Each has a place of its own in the list, and so a file of its own; add at the end.
PAYLOADS = [
    f"<script>{RUN}</script>",
    "<SCRIPT SRC=/x.js></SCRIPT>",
    f"<img src=x onerror={RUN}>",
    f"<svg onload={RUN}><g/onload={RUN}//</svg>",
    f"<svg><script>{RUN}</script></svg>",
    f"<math><mtext></form><form><mglyph><style></math><img src onerror={RUN}>",
    f"<math><annotation-xml encoding=text/html><img src=x onerror={RUN}></annotation-xml></math>",
    f"<math><mi xlink:href=javascript:{RUN}>x</mi></math>",
    f"<iframe src=javascript:parent.ran=1></iframe>",
    f'<a href="javascript:{RUN}">x</a>',
    f'<a href="java&#10;script:{RUN}">x</a>',
    f'<a href=" &#14; javascript:{RUN}">x</a>',
    f"<a href='data:text/html,<script>{RUN}</script>'>x</a>",
    f"[x](javascript:{RUN})",
    f"[x](JaVaScRiPt&colon;{RUN})",
    f'[x](https://e.example "\\" onmouseover=\\"{RUN}")',
    f'![x" onerror="{RUN}](x.png)',
    f"</title><script>{RUN}</script>",
    f'"><script>{RUN}</script>',
    f"'><img src=x onerror={RUN}>",
    f'<div style="background:url(javascript:{RUN})" onclick={RUN}>x</div>',
    f"<details open ontoggle={RUN}>x</details>",
    f"<input autofocus onfocus={RUN}>",
    f"<form action=javascript:{RUN}><input type=submit formaction=javascript:{RUN}></form>",
    "<base href=//evil.example><meta http-equiv=refresh content=0;url=//evil.example>"
    "<link rel=stylesheet href=//evil.example>",
    f'<noscript><p title="</noscript><img src=x onerror={RUN}>">',
    f"<template><script>{RUN}</script></template>",
    f"</script><script>{RUN}</script>",
    f"--><script>{RUN}</script>",
    f"]]><script>{RUN}</script>",
    f"{{{{constructor.constructor('{RUN}')()}}}}",
    f"\\href{{javascript:{RUN}}}{{x}}",
    f"\\text{{<img src=x onerror={RUN}>}}",
    f"\\color{{red;background:url(//evil.example)}}x",
    f"%%{{init: {{'securityLevel': 'loose'}}}}%%\ngraph TD\n  A[<img src=x onerror={RUN}>] -->|<b onclick={RUN}>| B",
    f'graph LR\n  A --> B\n  click A href "javascript:{RUN}"\n  click B call {RUN}',
]

# What a browser is asked on each page: elements that run or load, handlers, addresses that run, and whether any ran.
FAULTS = r"""(() => {
  const faults = [];
  if (window.ran) faults.push('ran: ' + window.ran);
  const data = (script) => script.type === 'application/ld+json';
  const ours = (script) => script.src && new URL(script.src).origin === location.origin
    && /^\/(assets\/|search-index\.js$)/.test(new URL(script.src).pathname);
  for (const script of document.querySelectorAll('script'))
    if (!data(script) && !ours(script)) faults.push(script.outerHTML.slice(0, 200));
  for (const one of document.querySelectorAll('iframe, object, embed, base, style, template, noscript, [srcdoc], [formaction], meta[http-equiv], annotation-xml, foreignObject'))
    faults.push(one.outerHTML.slice(0, 200));
  for (const one of document.querySelectorAll('*'))
    for (const { name, value } of one.attributes) {
      if (/^on/i.test(name) || name === 'style') faults.push(one.outerHTML.slice(0, 200));
      if (/^(xlink:)?href$|^src$|^action$/i.test(name)) {
        const address = new URL(value, location.href);
        if (!['http:', 'https:', 'mailto:'].includes(address.protocol)) faults.push(one.outerHTML.slice(0, 200));
        const loads = ['IMG', 'LINK', 'SCRIPT', 'FORM', 'VIDEO', 'AUDIO', 'SOURCE'].includes(one.tagName);
        const states = one.tagName === 'LINK' && ['canonical', 'license'].includes(one.rel);
        if (loads && !states && address.origin !== location.origin) faults.push(one.outerHTML.slice(0, 200));
      }
    }
  if (document.querySelectorAll('h1').length !== 1) faults.push('not one h1');
  return faults;
})()"""

SETTINGS = "".join(
    f'[[collection]]\nname = "{name}"\npath = "{name}"\nvisibility = "public"\n\n'
    for name in ("playbook", "journeys", "words", "records")
)


def quoted(text):
    """A text as a YAML string."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def inline(text):
    """A payload for where a line break would end the slot."""
    return text.replace("\n", " ")


def body(payload):
    """A text with the payload in every slot that Markdown has."""
    line, cell = inline(payload), inline(payload).replace("|", "\\|")
    return "\n\n".join([
        f"# {line}", payload, f"a {line} b", f"## {line}", f"## Same {{#{line}}}",
        f"[{line}](https://example.org)", f"[x](<{line}>)", f"[x](https://example.org '{line}')", f"<{line}>",
        f"[x][ref]\n\n[ref]: <{line}> '{line}'",
        f"![{line}](x.png) <img src='x.png' alt='{line}' title='{line}'>", f"![x](x.png '{line}') ![[x.png|{line}]]",
        f'![x](<{line}>) <img src="{line}" width=\'{line}\'>', f"[[{line}]] ![[{line}]] [[other|{line}]] [[other#{line}]]",
        f"> [!{line}] {line}\n> {line}", f"> [!note] {line}", f"!!! note {line}\n    {line}", f":::note {line}\n{line}\n:::",
        f"```{line}\n{payload}\n```", f"~~~ {line}\n{payload}\n~~~", f"`{line}`",
        *(f"```{language}\n{payload}\n```" for language in ("js", "html", "bash", "json", "yaml", "math", "mermaid", "text")),
        f"```mermaid\ngraph TD\n  A[\"{line}\"] -->|{line}| B({line})\n```",
        f"```mermaid\nsequenceDiagram\n  participant A as {line}\n  A->>B: {line}\n  Note over A: {line}\n```",
        f"| {cell} |\n| --- |\n| {cell} |", f"x[^{line}]\n\n[^{line}]: {line}", f"{line}\n: {line}", f"- [x] {line}",
        f"$ {line} $ $${line}$$", f"$\\text{{{line}}}$", f"$${{{line}}}^2$$", f"<b>{line}</b>", f"<details><summary>{line}</summary>{line}</details>",
    ]) + "\n"


def front_matter(payload, **others):
    fields = {
        "title": payload, "description": payload, "owner": payload, "tags": [payload], "aliases": [payload],
        "sources": [payload], "updated": payload, "lang": payload, "custom field": payload,
    } | others
    shown = lambda value: "[" + ", ".join(map(quoted, value)) + "]" if isinstance(value, list) else quoted(value)
    return "---\n" + "".join(f"{name}: {shown(value)}\n" for name, value in fields.items()) + "---\n"


def journey(payload):
    return front_matter(
        payload, type="journey", metric=payload, unit=payload, baseline=payload, baseline_value="4", result=payload,
        result_value="2", before=payload, after=payload, quote=payload, quote_by=payload,
    ).replace("---\n", f"---\nconsent: {{by: {quoted(payload)}, on: 2026-01-02, scope: {quoted(payload)}}}\n", 1)


def file_name(payload):
    """A payload as a file can be called: without what separates paths, and of a length that disks take."""
    name = inline(payload).replace("/", "∕").replace("\\", "").strip(". ")
    return name.encode()[:180].decode(errors="ignore")


def files():
    """Paths and texts."""
    made = {"playbook/other.md": "# Other\n\n[the first](body-0.md)\n", "playbook/README.md": "# Playbook\n"}
    for number, payload in enumerate(PAYLOADS):
        made[f"playbook/body-{number}.md"] = body(payload)
        made[f"playbook/front-{number}.md"] = front_matter(payload) + f"[x](body-{number}.md)\n"
        made[f"playbook/gone-{number}.md"] = front_matter(payload, status="retired", superseded_by=payload) + "x\n"
        made[f"playbook/names/{file_name(payload)}.md"] = "# Its name\n\nx\n"
        made[f"playbook/names/{file_name(payload)}/inner.md"] = f"{inline(payload)}\n"
        made[f"journeys/proof-{number}.md"] = journey(payload) + f"# x\n\n[x](../playbook/body-{number}.md)\n"
        made[f"words/term-{number}.md"] = front_matter(payload, type="term") + f"**{inline(payload)}**: {inline(payload)}\n"
        made[f"records/{number:04}-a.md"] = front_matter(payload, type="decision", superseded_by=f"{number:04}-b") + "x\n"
        made[f"records/{number:04}-b.md"] = front_matter(payload, type="decision", status="accepted") + "x\n"
    return made


def build(folder):
    """Writes the repository into a folder that is there."""
    folder = pathlib.Path(folder)
    (folder / "cairn.toml").write_text(SETTINGS)
    for path, text in files().items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def pages():
    """The paths of all pages, and of requests whose echo is the payload; without the first slash."""
    made = ["", "playbook", "playbook/names", "journeys", "words", "records", "tags", "changes", "glossary", "decisions"]
    made += [urllib.parse.quote(path.removesuffix(".md")) for path in files() if not path.endswith("README.md")]
    for payload in PAYLOADS:
        whole = urllib.parse.quote(payload, safe="")
        made += [f"search?q={whole}", f"search?q=x&collection={whole}", f"tags/{whole}", f"no/{whole}", f"?{whole}", f"playbook?{whole}={whole}"]
    return made


if __name__ == "__main__":
    build(sys.argv[1])
    print(f"hostile: {len(files())} files, {len(pages())} pages")
