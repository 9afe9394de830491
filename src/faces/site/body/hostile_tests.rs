//! Payloads in every slot: nothing that a browser would run comes out.

use crate::site::fixture::{answer, body, drawn, page};
use crate::site::{
    Asked, changes_page, decisions_page, folder_page, glossary_page, home_page, missing_page, search_page, tags_page,
};

const PAYLOADS: [&str; 27] = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)><g/onload=alert(2)//</svg>",
    "<svg><script>alert(1)</script></svg>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<a href=\"javascript:alert(1)\">x</a>",
    "<a href=\"java&#10;script:alert(1)\">x</a>",
    "<a href=\" &#14; javascript:alert(1)\">x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt&colon;alert(1))",
    "[x](https://e.example \"\\\" onmouseover=\\\"alert(1)\")",
    "![x\" onerror=\"alert(1)](x.png)",
    "</title><script>alert(1)</script>",
    "\"><script>alert(1)</script>",
    "<div style=\"background:url(javascript:alert(1))\" onclick=alert(1)>x</div>",
    "<details open ontoggle=alert(1)>x</details>",
    "<form action=javascript:alert(1)><input type=submit formaction=javascript:alert(2)></form>",
    "<base href=//evil.example><meta http-equiv=refresh content=0;url=//evil.example><link rel=stylesheet href=//evil.example>",
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
    "<math><annotation-xml encoding=text/html><img src=x onerror=alert(1)></annotation-xml></math>",
    "<math><mi xlink:href=javascript:alert(1)>x</mi></math>",
    "</annotation></semantics></math><script>alert(1)</script>",
    "</span></code></pre><script>alert(1)</script>",
    "\\href{javascript:alert(1)}{x}",
];

/// Takes out what a page says as JSON-LD, which no browser runs, and makes sure that it is JSON and nothing else.
fn without_json(html: &str, slot: &str) -> String {
    const OPEN: &str = "<script type=\"application/ld+json\">";
    let Some((before, rest)) = html.split_once(OPEN) else { return html.to_owned() };
    let (json, after) = rest.split_once("</script>").unwrap();
    assert!(!json.contains('<'), "{slot}: {json}");
    assert!(serde_json::from_str::<serde_json::Value>(json).is_ok(), "{slot}: {json}");
    assert!(!after.contains(OPEN), "{slot}: one block a page");
    format!("{before}{after}")
}

/// Takes out the one script that every page loads, which is ours.
fn without_finder(html: &str) -> String {
    let ours = format!("<script src=\"{}\" defer></script>", crate::site::assets::finder_script());
    html.replacen(&ours, "", 1)
}

/// The payload in every parameter of the search page.
fn hostile(payload: &str) -> Asked {
    let names = ["q", "collection", "type", "tag", "fresh"];
    Asked::read(&names.map(|name| (name.to_owned(), payload.to_owned())))
}

/// Looks at every tag of a page and fails on anything that runs, loads, or leads to where nobody may be led.
fn assert_harmless(html: &str, slot: &str) {
    let html = without_finder(&without_json(html, slot));
    for tag in tags(&html) {
        let name: String = tag.chars().take_while(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
        let runs =
            ["script", "iframe", "object", "embed", "svg", "math", "style", "base", "video", "template", "noscript"];
        let drawing = ["svg class=\"chart\"", "svg class=\"chain\"", "svg class=\"flow\""]
            .iter()
            .any(|ours| tag.starts_with(ours));
        let formula = ["math display=\"inline\"", "math display=\"block\""].contains(&tag);
        assert!(!runs.contains(&name.as_str()) || drawing || formula, "{slot}: <{tag}>");
        // What is loaded or sent to is of this site.
        let frame = ["form", "input", "button", "meta", "link", "label", "img"].contains(&name.as_str());
        for (key, value) in super::tags::attributes(tag.get(name.len()..).unwrap_or_default()) {
            assert!(
                !key.starts_with("on") && !["style", "formaction", "srcdoc", "http-equiv"].contains(&key.as_str()),
                "{slot}: <{tag}>"
            );
            if ["href", "src", "action"].contains(&key.as_str()) {
                let own = value.strip_prefix("https://cairn.example").unwrap_or(&value);
                assert!(!frame || own.starts_with('/') && !own.starts_with("//"), "{slot}: <{tag}>");
                let plain: String = value.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect();
                let scheme = plain.split_once(':').filter(|(before, _)| !before.contains(['/', '#', '?']));
                let allowed = scheme.is_none_or(|(scheme, _)| {
                    ["http", "https", "mailto"].contains(&scheme.to_ascii_lowercase().as_str())
                });
                assert!(allowed, "{slot}: <{tag}>");
            }
        }
    }
}

/// Every tag of a text, from its name to its `>`. Since `<` is escaped in text and `"` in values, this is exact for
/// what our templates write, and the stricter for what they should not.
fn tags(html: &str) -> Vec<&str> {
    let mut tags = Vec::new();
    for (at, _) in html.match_indices('<') {
        let rest = html.get(at + 1..).unwrap_or_default();
        let mut quoted = false;
        let end = rest.bytes().position(|byte| {
            quoted ^= byte == b'"';
            byte == b'>' && !quoted
        });
        let tag = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
        if tag.starts_with(|c: char| c.is_ascii_alphabetic()) {
            tags.push(tag);
        }
    }
    tags
}

#[test]
fn the_checker_sees_what_runs() {
    for bad in [
        "<p onclick=x>",
        "<script>",
        "<a href=\"javascript:x\">",
        "<p style=\"x\">",
        "<a href=\"java\tscript:x\">",
        "<img src=x>",
        "<img src=\"//evil.example/x.png\">",
        "<img src=\"/x.png\" onload=x>",
        "<img src=\"https://evil.example/x.png\">",
    ] {
        assert!(std::panic::catch_unwind(|| assert_harmless(bad, "")).is_err(), "{bad}");
    }
}

#[test]
fn nothing_runs_whatever_stands_in_a_document() {
    for payload in PAYLOADS {
        let yaml = payload.replace('\\', "\\\\").replace('"', "\\\"");
        let flat = payload.replace('\n', " ");
        for (slot, text) in [
            ("body", payload.to_owned()),
            ("inline", format!("a {payload} b")),
            ("heading", format!("# x\n\n## {payload}\n\ntext")),
            ("first heading", format!("# {payload}\n\n## two\n\n## three")),
            ("link text", format!("[{payload}](https://example.org)")),
            ("link target", format!("[x](<{payload}>)")),
            ("link title", format!("[x](https://example.org '{payload}')")),
            ("alt", format!("![{payload}](x.png) <img src='x.png' alt='{payload}' title='{payload}'>")),
            ("image title", format!("![x](x.png '{payload}') ![[x.png|{payload}]]")),
            ("image source", format!("![x](<{payload}>) <img src=\"{payload}\" width='{payload}'>")),
            ("wiki link", format!("[[{payload}]] ![[{payload}]]")),
            ("callout", format!("> [!{payload}] {payload}\n> {payload}")),
            ("code", format!("```{payload}\n{payload}\n```\n`{payload}`")),
            ("table", format!("| {payload} |\n| --- |\n| {payload} |")),
            ("footnote", format!("x[^{payload}]\n\n[^{payload}]: {payload}")),
            ("math", format!("$ {payload} $ $${payload}$$\n\n```math\n{payload}\n```")),
            ("inside of math", format!("$\\text{{{payload}}}$ $$\\frac{{{payload}}}{{2}}^{{{payload}}}$$")),
            (
                "commands of math",
                format!("$\\href{{{payload}}}{{x}}$ $\\color{{{payload}}}x$ $\\class{{{payload}}}{{x}}$"),
            ),
            (
                "code of known languages",
                ["html", "js", "rust", "sh", "yaml", "json", "md", "diff", "console"]
                    .map(|language| format!("```{language}\n{payload}\n```\n"))
                    .concat(),
            ),
            (
                "flowchart",
                format!(
                    "```mermaid\ngraph TD\nA[\"{flat}\"] -->|{flat}| B({flat})\nB -- {flat} --> C{{{flat}}}\nclick A href {flat}\nstyle A {flat}\n```\n\n```mermaid\n{payload}\n```"
                ),
            ),
            ("flowchart's words", format!("```mermaid\ngraph LR\nA[\"{}\"] --> B\n```", flat.replace('"', ""))),
            (
                "sequence diagram",
                format!(
                    "```mermaid\nsequenceDiagram\nparticipant A as {0}\nA->>B: {0}\nNote over A,B: {0}\nloop {0}\nend\n```",
                    flat.replace(['#', ';'], "")
                ),
            ),
            ("language", format!("```js {payload}\nx\n```\n\n~~~{{.{payload}}}\nx\n~~~")),
            (
                "front matter",
                format!(
                    "---\ntitle: \"{yaml}\"\nowner: \"{yaml}\"\ndescription: \"{yaml}\"\ntype: \"{yaml}\"\ntags: [\"{yaml}\"]\nlang: \"{yaml}\"\nupdated: \"{yaml}\"\nverified: [{{by: \"{yaml}\", at: \"{yaml}\"}}]\nstatus: superseded\nsuperseded_by: \"{yaml}\"\nreview_every: \"{yaml}\"\n---\nx"
                ),
            ),
            (
                "journey",
                format!(
                    "---\ntype: journey\nmetric: \"{yaml}\"\nunit: \"{yaml}\"\nbaseline: \"{yaml}\"\nbaseline_value: 1\nresult: \"{yaml}\"\nresult_value: 2\nbefore: \"{yaml}\"\nafter: \"{yaml}\"\nquote: \"{yaml}\"\nquote_by: \"{yaml}\"\nconsent: {{by: a, on: b, scope: \"{yaml}\"}}\nsources: [\"{yaml}\"]\naliases: [\"{yaml}\"]\nstale_after: 2020-01-01\nowner: \"{yaml}\"\n---\nx"
                ),
            ),
        ] {
            let html = page(&[("playbook/page.md", &text), ("playbook/other.md", "[x](page.md)")], "/playbook/page");
            assert_harmless(&html, &format!("{slot}: {payload}"));
            assert_eq!(html.matches("<h1").count(), 1, "{slot}: {payload}");
        }
    }
}

#[test]
fn nothing_runs_whatever_a_file_is_called_or_a_reader_asks() {
    for payload in PAYLOADS {
        // An id has no backslash.
        let name = payload.replace('/', "∕").replace('\\', "");
        let path = format!("playbook/{name}/{name}.md");
        let yaml = payload.replace('\\', "\\\\").replace('"', "\\\"");
        let said =
            |rest: &str| format!("---\ntitle: \"{yaml}\"\ntags: [\"{yaml}\"]\n{rest}---\n**{payload}**: {payload}\n");
        let (term, listed) = (said("type: term\n"), said("type: term\n").replace("title: \"", "title: \"Glossary "));
        let (earlier, later) = (said("superseded_by: 0002\n"), said("status: \"accepted\"\n"));
        let files = [
            (path.as_str(), payload),
            ("playbook/README.md", payload),
            ("journeys/x.md", "x"),
            ("words/term.md", &term),
            ("words/glossary.md", &listed),
            ("records/0001-a.md", &earlier),
            ("records/0002-b.md", &later),
        ];
        for html in [
            drawn(&files, home_page::draw).unwrap(),
            drawn(&files, changes_page::draw),
            drawn(&files, glossary_page::draw).unwrap().unwrap(),
            drawn(&files, decisions_page::draw).unwrap(),
            drawn(&files, tags_page::all),
            drawn(&files, |view| {
                let (key, tag) = view.edition.tags().iter().next().unwrap();
                tags_page::one(view, key, tag)
            }),
            drawn(&files, |view| folder_page::draw(view, view.edition.folder("records").unwrap())),
            drawn(&files, |view| missing_page::draw(view, payload)),
            drawn(&files, |view| search_page::draw(view, &hostile(payload), None, Some(payload))),
            drawn(&files, |view| {
                let mut answer = answer(view);
                for passage in &mut answer.passages {
                    passage.snippet.text = payload.to_owned();
                    passage.snippet.hits = std::iter::once(0..payload.len() / 2).collect();
                    passage.headings = vec![payload.to_owned()];
                    passage.citation.anchor = payload.to_owned();
                }
                search_page::draw(view, &hostile(payload), Some(&answer), None)
            }),
        ] {
            assert_harmless(&html.into_string(), payload);
        }
        assert_harmless(&page(&files, &format!("/playbook/{name}/{name}")), payload);
        assert_harmless(&page(&files, &format!("/playbook/{name}")), payload);
    }
}

#[test]
fn deep_nesting_is_flattened_in_no_time() {
    let started = std::time::Instant::now();
    for (what, text) in [
        ("quotes", ">".repeat(50_000) + " deep"),
        ("spaced quotes", "> ".repeat(25_000) + "deep"),
        ("lists", "- ".repeat(3_000) + "deep"),
        ("elements", "<div>".repeat(10_000) + "deep"),
        ("elements that close others", "<div></b>".repeat(6_000) + "deep"),
        ("inline", "<b><i>".repeat(8_000) + "deep"),
        ("strong", "**a ".repeat(10_000) + "deep" + &" b**".repeat(10_000)),
        ("brackets", "[".repeat(50_000) + "deep"),
        ("tables", "<table><tr><td>".repeat(4_000) + "deep"),
    ] {
        let html = body(&text);
        assert!(html.contains("deep"), "{what} lost its text");
        let mut depth = 0_i32;
        let deepest = tags_and_ends(&html)
            .map(|step| {
                depth += step;
                depth
            })
            .max()
            .unwrap_or(0);
        // HTML puts a `tbody` into each table that has none.
        assert!(deepest <= 150, "{what} nests {deepest} deep");
    }
    assert!(started.elapsed().as_secs() < 30, "{:?}", started.elapsed());
}

fn tags_and_ends(html: &str) -> impl Iterator<Item = i32> {
    html.match_indices('<').filter_map(|(at, _)| {
        let rest = html.get(at + 1..)?;
        let void = ["br", "hr", "wbr"].iter().any(|name| rest.starts_with(name));
        (!void).then(|| if rest.starts_with('/') { -1 } else { 1 })
    })
}
