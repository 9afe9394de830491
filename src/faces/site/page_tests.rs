//! Whole pages.

use super::fixture::{drawn, page};
use super::front::{Found, Representation, find};

fn redirect(files: &[(&str, &str)], path: &str) -> Option<String> {
    match drawn(files, |view| find(view, path, Representation::Html)).unwrap() {
        Found::Redirect(to) => Some(to),
        _ => None,
    }
}

const FILES: [(&str, &str); 6] = [
    ("playbook/README.md", "# Playbook\n\nHow we work. See [the loop](loop.md)."),
    (
        "playbook/loop.md",
        "---\nowner: ada\nstatus: accepted\ntags: [a]\n---\n# The loop\n\nFirst.\n\n## One\n\n## Two\n",
    ),
    (
        "playbook/old.md",
        "---\nstatus: superseded\nsuperseded_by: playbook/loop\n---\n# Old\n\nSee [secret](secret.md), [gone](gone.md).\n",
    ),
    ("playbook/secret.md", "---\nvisibility: private\n---\n# Hush\n\n[loop](loop.md)\n"),
    ("playbook/guides/two words.md", "# Two words\n"),
    ("journeys/first.md", "# First\n\n[loop](../playbook/loop.md)\n"),
];

#[test]
fn a_page_is_found_by_any_extension_and_stands_under_its_own() {
    let files = [
        ("docs/Index.markdown", "# Docs"),
        ("docs/x.markdown", "# X"),
        ("docs/y.md", "# Y"),
        ("docs/y.mdx", "# Other Y"),
        ("docs/deep/a.md", "# A\n\n![pic](pic.png)"),
        ("docs/deep.markdown", "# Deep"),
    ];
    for (path, to) in [
        ("/docs", None),
        ("/docs/README.html", Some("/docs")),
        ("/docs/Index.markdown", Some("/docs")),
        ("/docs/index", Some("/docs")),
        ("/docs/x", Some("/docs/x.markdown")),
        ("/docs/x.md", Some("/docs/x.markdown")),
        ("/docs/X.html", Some("/docs/x.markdown")),
        ("/docs/x.markdown", None),
        ("/docs/x.markdown/", Some("/docs/x.markdown")),
        ("/docs/y", None),
        ("/docs/y.md", None),
        ("/docs/y.mdx", None),
        ("/docs/y.txt", Some("/docs/y")),
        // A folder and an image have their addresses, whatever is called nearly so.
        ("/docs/deep", None),
        ("/docs/deep.markdown", None),
        ("/docs/deep.md", Some("/docs/deep.markdown")),
        ("/docs/deep/pic.png", None),
    ] {
        assert_eq!(redirect(&files, path).as_deref(), to, "{path}");
        let stands = drawn(&files, |view| find(view, to.unwrap_or(path), Representation::Html)).unwrap();
        assert!(matches!(stands, Found::Page(..) | Found::Image(_) | Found::File(..)), "{path}: {stands:?}");
    }
}

#[test]
fn every_path_has_one_page_and_the_others_lead_to_it() {
    for (path, to) in [
        ("/playbook/", Some("/playbook")),
        ("/playbook/README", Some("/playbook")),
        ("/playbook/readme.md", Some("/playbook")),
        ("/playbook/index.html", Some("/playbook")),
        ("/playbook/loop/", Some("/playbook/loop")),
        ("/playbook/loop.html", Some("/playbook/loop")),
        ("/playbook/guides/", Some("/playbook/guides")),
        ("/playbook/guides/two words.html", Some("/playbook/guides/two%20words")),
        ("/playbook/loop", None),
        ("/playbook", None),
        ("/playbook/guides", None),
        ("/journeys", None),
    ] {
        assert_eq!(redirect(&FILES, path).as_deref(), to, "{path}");
        assert_ne!(
            page(&FILES, to.map_or(path, |to| if to.contains('%') { "/playbook/guides/two words" } else { to })),
            ""
        );
    }
    for path in [
        "/playbook/secret",
        "/playbook/secret.md",
        "/playbook/gone",
        "/corpus",
        "//playbook",
        "/playbook//loop",
        "/../x",
        "",
    ] {
        assert!(
            matches!(drawn(&FILES, |view| find(view, path, Representation::Html)).unwrap(), Found::Missing),
            "{path}"
        );
    }
}

#[test]
fn a_page_says_what_it_is_and_where_it_stands() {
    let html = page(&FILES, "/playbook/loop");
    for part in [
        "<title>The loop · Cairn</title>",
        "<h1 id=\"the-loop\">The loop</h1>",
        "<span class=\"kind\">playbook</span>",
        "<span class=\"status status-accepted\">accepted</span>",
        "<span class=\"owner\">ada</span>",
        "<time datetime=\"2026-03-04T05:06:07Z\">2026-03-04</time>",
        "aria-current=\"page\">The loop</a>",
        "<nav class=\"outline\"",
        "href=\"/journeys/first\">First</a>",
        "rel=\"next\"",
        "lang=\"en\"",
    ] {
        assert!(html.contains(part), "{part} is not in {html}");
    }
    assert_eq!(html.matches("<h1").count(), 1);
    assert!(!html.contains("Hush"), "a private page that links here is not told of");
}

#[test]
fn a_superseded_page_names_its_successor() {
    let html = page(&FILES, "/playbook/old");
    assert!(html.contains("This page is superseded"), "{html}");
    assert!(html.contains("Read instead: <a href=\"/playbook/loop\">The loop</a>"), "{html}");
}

#[test]
fn what_is_private_and_what_is_missing_look_alike() {
    let html = page(&FILES, "/playbook/old");
    assert!(
        html.contains("<span class=\"unavailable\">secret</span>, <span class=\"unavailable\">gone</span>"),
        "{html}"
    );
    let without: Vec<_> = FILES.into_iter().filter(|(path, _)| *path != "playbook/secret.md").collect();
    for path in ["/playbook/old", "/playbook/loop", "/playbook", "/playbook/guides", "/journeys/first"] {
        assert_eq!(page(&FILES, path), page(&without, path), "{path}");
    }
    let home = |files: &[(&str, &str)]| drawn(files, super::home_page::draw).unwrap().into_string();
    assert_eq!(home(&FILES), home(&without));
}

#[test]
fn the_front_page_shows_collections_changes_and_how_to_connect() {
    let html = drawn(&FILES, super::home_page::draw).unwrap().into_string();
    for part in [
        "How we work. See the loop.",
        "https://cairn.example/mcp",
        "href=\"/journeys\"",
        "action=\"/search\"",
        "Changed last",
    ] {
        assert!(html.contains(part), "{part} is not in {html}");
    }
    let empty = drawn(&[], super::home_page::draw).unwrap().into_string();
    assert!(empty.contains("Nothing is public here yet"));
}

#[test]
fn an_image_is_found_if_and_only_if_a_public_page_draws_it() {
    const FILES: [(&str, &str); 5] = [
        (
            "playbook/shown.md",
            "# Shown\n\n![a](pics/a.png) ![b](</playbook/pics/b b.png>)\n\n<div>\n<template><img src=pics/no.png></template>\n</div>\n",
        ),
        (
            "playbook/also.md",
            "# Also\n\n![a](pics/a.png) [not shown](pics/linked.png) `![x](pics/code.png)` ![page](shown.png)\n",
        ),
        ("playbook/shown.png.md", "# A page with the name of an image\n"),
        ("playbook/held.md", "---\nvisibility: private\n---\n# Held\n\n![c](pics/held.png)\n"),
        ("playbook/nested.md", "# Nested\n\n![outer ![inner](pics/inner.png)](pics/outer.png)\n"),
    ];
    let found =
        |files: &[(&str, &str)], path: &str| drawn(files, |view| find(view, path, Representation::Html)).unwrap();
    for path in ["/playbook/pics/a.png", "/playbook/pics/b b.png", "/playbook/pics/outer.png"] {
        assert!(matches!(found(&FILES, path), Found::Image(_)), "{path}");
    }
    for path in [
        "/playbook/pics/held.png",
        "/playbook/pics/linked.png",
        "/playbook/pics/code.png",
        "/playbook/pics/no.png",
        "/playbook/pics/inner.png",
        "/playbook/pics/gone.png",
        "/playbook/pics/a.png/",
        "/playbook//pics/a.png",
        "//playbook/pics/a.png",
        "/playbook/./pics/a.png",
        "/playbook/x/../pics/a.png",
        "/PLAYBOOK/pics/a.png",
        "/playbook/pics/A.png",
        "/playbook/pics/a.png\0",
        "/playbook\\pics\\a.png",
        "/playbook/pics/a%2epng",
        "/pics/a.png",
    ] {
        assert!(matches!(found(&FILES, path), Found::Missing), "{path}");
    }
    assert!(matches!(found(&FILES, "/playbook/shown.png"), Found::Page(..)), "a page has its address");
    assert!(page(&FILES, "/playbook/also").contains("<span class=\"image\">page</span>"));

    let alone = &FILES[..1];
    assert!(matches!(found(alone, "/playbook/pics/a.png"), Found::Image(_)));
    let narrowed = [("playbook/shown.md", "---\ndraft: true\n---\n![a](pics/a.png)\n")];
    assert!(matches!(found(&narrowed, "/playbook/pics/a.png"), Found::Missing), "it goes with its page");
}

#[test]
fn every_page_is_there_for_machines() {
    let file = |path: &str, form| match drawn(&FILES, |view| find(view, path, form)).unwrap() {
        Found::File(file, Some(_)) => file,
        other => panic!("{path}: {other:?}"),
    };
    let text = file("/playbook/loop.md", Representation::Html);
    assert_eq!((text.media_type, text.page.as_deref()), ("text/markdown", Some("https://cairn.example/playbook/loop")));
    assert_eq!(text.text, "# The loop\n\nFirst.\n\n## One\n\n## Two\n");
    assert_eq!(file("/playbook", Representation::Markdown), file("/playbook/README.md", Representation::Html));
    let json = file("/playbook/loop.json", Representation::Html);
    assert_eq!(json, file("/playbook/loop", Representation::Json));
    let json: serde_json::Value = serde_json::from_str(&json.text).unwrap();
    assert_eq!((&json["owner"], &json["status"], &json["tags"][0]), (&"ada".into(), &"accepted".into(), &"a".into()));
    let linking: Vec<_> =
        json["backlinks"].as_array().unwrap().iter().map(|one| one["url"].as_str().unwrap()).collect();
    assert_eq!(
        linking,
        ["https://cairn.example/journeys/first", "https://cairn.example/playbook"],
        "public ones alone"
    );
    for path in ["/playbook/secret.md", "/playbook/secret.json", "/playbook/gone.json", "/playbook.json"] {
        assert!(
            matches!(drawn(&FILES, |view| find(view, path, Representation::Html)).unwrap(), Found::Missing),
            "{path}"
        );
    }
}

#[test]
fn what_is_retired_is_gone_and_names_what_took_its_place_through_every_step() {
    let files = [
        ("playbook/a.md", "---\nstatus: retired\nsuperseded_by: b\ntags: [x]\n---\n# A\n\nOld words.\n"),
        ("playbook/b.md", "---\nstatus: superseded\nsuperseded_by: c\n---\n# B\n"),
        ("playbook/c.md", "# C\n"),
    ];
    let Found::Gone(html, id) = drawn(&files, |view| find(view, "/playbook/a", Representation::Html)).unwrap() else {
        panic!("a retired page is gone");
    };
    let html = html.into_string();
    assert_eq!(id.as_str(), "playbook/a");
    assert!(html.contains("Read instead: <a href=\"/playbook/c\">C</a>"), "{html}");
    assert!(html.contains("<details class=\"retired\">") && html.contains("content=\"noindex\""), "{html}");
    for path in ["/playbook", "/tags"] {
        assert!(!page(&files, path).contains("/playbook/a\""), "{path}: what is retired stands in no list");
    }
}

#[test]
fn a_page_is_superseded_whichever_side_says_so_and_names_no_successor_that_is_not_here() {
    let files = [
        ("playbook/old.md", "---\nstatus: accepted\n---\n# Old\n"),
        ("playbook/new.md", "---\nsupersedes: playbook/old\n---\n# New\n"),
        ("playbook/left.md", "---\nstatus: superseded\nsuperseded_by: [priv/hush, nonexist]\n---\n# Left\n"),
        ("playbook/out.md", "---\nstatus: superseded\nsuperseded_by: https://example.org/x\n---\n# Out\n"),
        ("priv/hush.md", "---\nvisibility: private\nsupersedes: playbook/new\n---\n# Hush\n"),
    ];
    let old = page(&files, "/playbook/old");
    for part in [
        "This page is superseded: another one has taken its place.",
        "Read instead: <a href=\"/playbook/new\">New</a>",
        "<span class=\"status status-superseded\">superseded</span> <span class=\"inferred\"",
    ] {
        assert!(old.contains(part), "{part} is not in {old}");
    }
    let json = match drawn(&files, |view| find(view, "/playbook/old.json", Representation::Html)).unwrap() {
        Found::File(json, _) => json,
        other => panic!("{other:?}"),
    };
    let json: serde_json::Value = serde_json::from_str(&json.text).unwrap();
    assert_eq!((&json["status"], &json["status_inferred"]), (&"superseded".into(), &true.into()));
    let new = page(&files, "/playbook/new");
    assert!(!new.contains("This page is superseded"), "{new}");
    let left = page(&files, "/playbook/left");
    assert!(left.contains("This page is superseded") && !left.contains("Read instead"), "{left}");
    assert!(!left.contains("hush") && !left.contains("nonexist"), "{left}");
    let out = page(&files, "/playbook/out");
    assert!(out.contains("Read instead: <a href=\"https://example.org/x\">"), "{out}");
}

#[test]
fn a_page_says_how_far_one_may_rely_on_it() {
    let shown = |front: &str| page(&[("playbook/p.md", &format!("---\n{front}\n---\n# P\n"))], "/playbook/p");
    let kept = shown("owner: ada\nverified: [{by: bo, at: 2026-10-01}]\nreview_every: 6 months");
    for part in ["Verified by bo", "good until <time datetime=\"2027-04-01\">", " by someone in <code class=\"commit\""]
    {
        assert!(kept.contains(part), "{part} is not in {kept}");
    }
    assert!(!kept.contains("was due for review"));
    let late = shown("owner: ada\nverified: [{by: bo, at: 2026-01-01}]\nreview_every: 6 months");
    assert!(late.contains("This page was due for review on 2026-07-01.") && late.contains("Ask ada"), "{late}");
    assert!(shown("status: draft").contains("This page is a draft"));
    let silent = shown("x: y");
    assert!(silent.contains("accepted</span> <span class=\"inferred\"") && !silent.contains("verified"), "{silent}");
    assert!(silent.contains("href=\"https://git.example/edit/docs/playbook/p\""), "{silent}");
}

#[test]
fn a_journey_is_drawn_against_its_baseline_and_its_pages_lead_back() {
    let files = [
        (
            "journeys/j.md",
            "---\nmetric: nDCG@10\nbaseline: words alone\nbaseline_value: .8\nresult: both\nresult_value: .9\nbefore: B\nafter: A\n---\n# J\n\n[loop](../playbook/loop.md)\n",
        ),
        ("playbook/loop.md", "# Loop\n"),
    ];
    let journey = page(&files, "/journeys/j");
    for part in [
        "<svg class=\"chart\" role=\"img\"",
        "+12.5 %",
        "<th scope=\"row\">Baseline</th><td class=\"end\">.8</td><td>words alone</td>",
        "Pages this journey used",
    ] {
        assert!(journey.contains(part), "{part} is not in {journey}");
    }
    let used = page(&files, "/playbook/loop");
    assert!(used.contains("Proved by</h2><ul class=\"proofs\"><li><a href=\"/journeys/j\">J</a>"), "{used}");
}

#[test]
fn old_paths_lead_on_and_what_stands_now_comes_first() {
    let files = [
        ("playbook/new.md", "---\naliases: [/handbook/old.html, loop]\n---\n# New\n"),
        ("playbook/loop.md", "# Loop\n"),
        ("tags/own.md", "# Own\n"),
    ];
    assert_eq!(redirect(&files, "/handbook/old.html").as_deref(), Some("/playbook/new"));
    assert_eq!(redirect(&files, "/handbook/old/").as_deref(), Some("/playbook/new"));
    assert_eq!(redirect(&files, "/loop").as_deref(), Some("/playbook/new"));
    assert_eq!(redirect(&files, "/playbook/loop"), None);
    assert!(page(&files, "/tags").contains("in this folder"), "a collection may have the name of a list");
}

#[test]
fn pages_name_themselves_for_search_engines() {
    let html = page(&FILES, "/playbook/loop");
    for part in [
        "<link rel=\"canonical\" href=\"https://cairn.example/playbook/loop\">",
        "<link rel=\"alternate\" type=\"text/markdown\" href=\"/playbook/loop.md\"",
        "<link rel=\"alternate\" type=\"application/atom+xml\" href=\"/feeds/in/playbook.atom\"",
        "property=\"og:title\" content=\"The loop\"",
        "\"@type\":\"HowTo\"",
        "\"@type\":\"BreadcrumbList\"",
    ] {
        assert!(html.contains(part), "{part} is not in {html}");
    }
    let map = drawn(&FILES, super::sitemap::sitemap);
    assert!(
        map.contains("<loc>https://cairn.example/playbook/guides/two%20words</loc><lastmod>2026-03-04</lastmod>"),
        "{map}"
    );
    assert!(!map.contains("secret"), "{map}");
    assert!(drawn(&FILES, super::sitemap::robots).contains("Sitemap: https://cairn.example/sitemap.xml"));
}

#[test]
fn the_page_of_a_pack_lists_what_it_is_made_of_and_names_nothing_that_is_not_here() {
    let files = [
        (
            "playbook/start.md",
            "---\ntype: pack\npack:\n  - playbook/loop#one\n  - guides/two words.md\n  - playbook/secret\n  - query: who decides?\n    limit: 2\nbudget: 900\n---\n# Start here\n",
        ),
        ("playbook/loop.md", "# The loop\n\n## One\n"),
        ("playbook/guides/two words.md", "# Two words\n"),
        ("playbook/secret.md", "---\nvisibility: private\n---\n# Hush\n"),
    ];
    let html = page(&files, "/playbook/start");
    let (_, parts) = html.split_once("What this pack is made of").unwrap();
    for part in [
        "<a href=\"/playbook/loop#one\">The loop › One</a>",
        "<a href=\"/playbook/guides/two%20words\">Two words</a>",
        "What a search finds for <a href=\"/search?q=who%20decides%3F\">who decides?</a>",
        "up to 900 tokens. 1 part is not here.",
    ] {
        assert!(parts.contains(part), "{part}: {parts}");
    }
    assert!(!parts.contains("secret") && !parts.contains("Hush"), "{parts}");
}

const EMBEDDING: [(&str, &str); 6] = [
    (
        "playbook/all.md",
        "# All\n\n## First\n\n![[guides/loop]]\n\n## Second\n\n![[loop#Steps]]\n![[loop#^none]]\n\nIn a line ![[loop]] too.\n\nA note[^1].\n\n[^1]: Of all.\n",
    ),
    (
        "guides/loop.md",
        "# Loop\n\nRound[^1] it [goes](#steps), <span id=\"raw\">raw</span>.\n\n## Steps\n\n:::note\nMind.\n:::\n\n[other][ref]\n\n### Deep\n\nDown.\n\n## Rest\n\nBehind.\n\n[^1]: Of the loop.\n\n[ref]: other.md\n",
    ),
    ("guides/other.md", "# Other\n\n![[other]]\n\n![[round]]\n"),
    ("guides/round.md", "# Round\n\n![[other]]\n"),
    ("guides/hush.md", "---\nvisibility: private\n---\n# Hush\n\nUnheard\n"),
    ("guides/wants.md", "# Wants\n\n![[hush]]\n\n![[hush#Hush]]\n\n![[guides/hush|x]]\n\n![h](hush.md)\n"),
];

#[test]
fn an_embed_shows_the_text_of_a_page_or_of_a_section_as_it_stands_there() {
    let html = page(&EMBEDDING, "/playbook/all");
    let (first, second) = html.split_once("id=\"second\"").unwrap();
    for part in [
        "<div class=\"embedded\" role=\"group\" aria-label=\"From “Loop”\"><p class=\"quiet\"><a href=\"/guides/loop\">Loop</a></p>",
        "Round<sup class=\"footnote\" id=\"e1-fnref:1\"><a href=\"#e1-fn:1\"",
        "<a href=\"/guides/loop#steps\">goes</a>, <span>raw</span>",
        "<h3>Steps</h3>",
        "<h4>Deep</h4>",
        "Behind.",
        "<li id=\"e1-fn:1\"><p>Of the loop.</p>",
    ] {
        assert!(first.contains(part), "{part} is not in {first}");
    }
    for part in [
        "aria-label=\"From “Loop › Steps”\"><p class=\"quiet\"><a href=\"/guides/loop#steps\">Loop › Steps</a></p>",
        "<div class=\"callout callout-note\"",
        "<a href=\"/guides/other\">other</a>",
        "<h4>Deep</h4>",
        "<p><a href=\"/guides/loop\" class=\"embed\">",
        "In a line <a href=\"/guides/loop\" class=\"embed\">loop</a> too.",
        "<li id=\"fn:1\"><p>Of all.</p>",
    ] {
        assert!(second.contains(part), "{part} is not in {second}");
    }
    assert!(!second.contains("Behind.") && !second.contains("Of the loop."));
    assert!(html.matches("id=\"steps\"").count() == 0 && html.matches("id=\"raw\"").count() == 0);
}

#[test]
fn texts_that_embed_each_other_end_in_a_link() {
    let html = page(&EMBEDDING, "/guides/other");
    let embedded = html.split_once("class=\"prose\"").unwrap().1;
    assert_eq!(embedded.matches("class=\"embedded\"").count(), 1, "{embedded}");
    assert_eq!(embedded.matches("<a href=\"/guides/other\" class=\"embed\">").count(), 2, "{embedded}");
    // A page that embeds a page that embeds a page …, each twice: what one page takes in is bounded.
    let chain: Vec<(String, String)> = (0..12)
        .map(|at| {
            let next = format!("![[p{}]]\n\n", at + 1).repeat(20);
            (format!("docs/p{at}.md"), format!("# P{at}\n\n{}\n\n{next}", "words ".repeat(1_000)))
        })
        .collect();
    let chain: Vec<(&str, &str)> = chain.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let html = page(&chain, "/docs/p0");
    assert!(html.len() < 400_000 && html.contains("class=\"embedded\""), "{} bytes", html.len());
    assert!(!html.contains("From “P4”") && html.contains("From “P3”"), "three deep");
}

#[test]
fn an_embed_of_what_is_private_is_that_of_what_is_missing() {
    let html = page(&EMBEDDING, "/guides/wants");
    assert!(!html.contains("Unheard") && !html.contains("/guides/hush") && !html.contains("embedded"), "{html}");
    let without: Vec<_> = EMBEDDING.into_iter().filter(|(path, _)| *path != "guides/hush.md").collect();
    assert_eq!(html, page(&without, "/guides/wants"));
}
