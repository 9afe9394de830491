//! Each dialect, as it comes out; and nothing a reader should see is lost.

use proptest::prelude::{ProptestConfig, prop_assert, proptest};

use crate::site::fixture::{body, documents};

fn check(text: &str, expected: &str) {
    let html = body(&format!("# page\n\n{text}\n"));
    assert_eq!(html.replace('\n', ""), expected, "{text}");
}

#[test]
fn headings_have_anchors_and_no_level_is_skipped() {
    let link = |anchor: &str, words: &str| {
        format!(" <a class=\"anchor\" href=\"#{anchor}\" aria-label=\"Link to “{words}”\">#</a>")
    };
    check("## A `b`", &format!("<h2 id=\"a-b\">A <code>b</code>{}</h2>", link("a-b", "A b")));
    check(
        "### Deep\n\n### Deep\n\n##### Deeper",
        &format!(
            "<h2 id=\"deep\">Deep{}</h2><h2 id=\"deep-1\">Deep{}</h2><h3 id=\"deeper\">Deeper{}</h3>",
            link("deep", "Deep"),
            link("deep-1", "Deep"),
            link("deeper", "Deeper")
        ),
    );
    check("## Own {#mine}", &format!("<h2 id=\"mine\">Own{}</h2>", link("mine", "Own")));
    check("# Second", &format!("<h2 id=\"second\">Second{}</h2>", link("second", "Second")));
    check("## Über uns", &format!("<h2 id=\"über-uns\">Über uns{}</h2>", link("%C3%BCber-uns", "Über uns")));
}

#[test]
fn links_lead_to_pages_outside_or_are_text() {
    check("[x](other%20page.md#part)", "<p><a href=\"/playbook/other%20page#part\">x</a></p>");
    check("[[other page]]", "<p><a href=\"/playbook/other%20page\">other page</a></p>");
    check("[[other page#Part|x]]", "<p><a href=\"/playbook/other%20page#part\">x</a></p>");
    check("![[other page]]", "<p><a href=\"/playbook/other%20page\" class=\"embed\">other page</a></p>");
    check(
        "[x](gone.md) [[Gone]]",
        "<p><span class=\"unavailable\">x</span> <span class=\"unavailable\">Gone</span></p>",
    );
    let outside = |url: &str, text: &str| format!("<a href=\"{url}\" rel=\"noopener noreferrer\">{text}</a>");
    check("[x](https://example.org)", &format!("<p>{}</p>", outside("https://example.org", "x")));
    check(
        "See https://example.org/a_b. `https://example.org`",
        &format!(
            "<p>See {}. <code>https://example.org</code></p>",
            outside("https://example.org/a_b", "https://example.org/a_b")
        ),
    );
    check("<a@example.org>", &format!("<p>{}</p>", outside("mailto:a@example.org", "a@example.org")));
    check("[a [b](other%20page.md)](x.md)", "<p>[a <a href=\"/playbook/other%20page\">b</a>](x.md)</p>");
}

#[test]
fn callouts_of_all_dialects_are_one_element() {
    let callout = |kind: &str, title: &str, rest: &str| {
        format!(
            "<div class=\"callout callout-{kind}\" role=\"note\"><p class=\"callout-title\">{title}</p>{rest}</div>"
        )
    };
    check("> [!NOTE]\n> x", &callout("note", "Note", "<p>x</p>"));
    check("> [!tip] A *good* one\n> x", &callout("tip", "A <em>good</em> one", "<p>x</p>"));
    check("> [!danger]-\n> x", &callout("caution", "Caution", "<p>x</p>"));
    check("> [!bug]\n> x\n>\n> y", &callout("caution", "Bug", "<p>x</p><p>y</p>"));
    check("> [!example] Only a title", &callout("note", "Only a title", ""));
    check("> [x] y", "<blockquote><p>[x] y</p></blockquote>");
    check(":::note\nx\n:::\ny", &format!("{}<p>y</p>", callout("note", "Note", "<p>x</p>")));
    check(":::tip[A *good* one]\n\nx\n\n:::", &callout("tip", "A good one", "<p>x</p>"));
    check("!!! danger\n    x\n\n    - y\n", &callout("caution", "Danger", "<p>x</p><ul><li>y</li></ul>"));
    let inner = callout("warning", "<b>", "<p>x</p>").replace("<b>", "&lt;b&gt;");
    check("::::info\n:::warning `<b>`\nx\n:::\n::::", &callout("note", "Info", &inner));
    let list = "<ul><li>x</li></ul>";
    check(":::note\n- x\n:::\n\ny", &format!("{}<p>y</p>", callout("note", "Note", list)));
    check(
        "<details>\n\n:::note\nx\n:::\n\n</details>",
        &format!("<details>{}</details>", callout("note", "Note", "<p>x</p>")),
    );
}

#[test]
fn lists_tables_notes_and_terms() {
    let box_of =
        |name: &str, sign: &str| format!("<span class=\"task\" role=\"img\" aria-label=\"{name}\">{sign}</span> ");
    check(
        "- [x] a\n- [ ] b",
        &format!(
            "<ul><li class=\"task-item\">{}a</li><li class=\"task-item\">{}b</li></ul>",
            box_of("Done", "☑"),
            box_of("To do", "☐")
        ),
    );
    check(
        "| a | b |\n| - | -: |\n| 1 | 2 |",
        "<div class=\"table\" role=\"group\" aria-label=\"Table\" tabindex=\"0\"><table><thead><tr><th scope=\"col\">a</th>\
         <th scope=\"col\" class=\"end\">b</th></tr></thead><tbody><tr><td>1</td><td class=\"end\">2</td></tr></tbody></table></div>",
    );
    check("3. a\n4. b", "<ol start=\"3\"><li>a</li><li>b</li></ol>");
    check("Term\n: What it is", "<dl><dt>Term</dt><dd>What it is</dd></dl>");
    check(
        "a[^n]\n\n[^n]: b\n\n[^silent]: c",
        "<p>a<sup class=\"footnote\" id=\"fnref:1\"><a href=\"#fn:1\" role=\"doc-noteref\" aria-label=\"Footnote 1\">1</a></sup></p>\
         <section class=\"footnotes\" role=\"doc-endnotes\" aria-label=\"Footnotes\"><ol><li id=\"fn:1\"><p>b</p>\
         <a href=\"#fnref:1\" role=\"doc-backlink\" aria-label=\"Back to the text of footnote 1\">↩</a></li>\
         <li id=\"fn:2\"><p>c</p></li></ol></section>",
    );
}

#[test]
fn pictures_of_the_site_are_drawn_and_others_are_what_they_say() {
    let image = |path: &str, alt: &str, more: &str| {
        format!("<img src=\"/playbook/{path}\" alt=\"{alt}\" loading=\"lazy\"{more}>")
    };
    check("![A \"cairn\"](c.png)", &format!("<p>{}</p>", image("c.png", "A &quot;cairn&quot;", "")));
    check("![](pics/a%20b.jpg 'T')", &format!("<p>{}</p>", image("pics/a%20b.jpg", "", " title=\"T\"")));
    check("![[c.svg|300]]", &format!("<p>{}</p>", image("c.svg", "c.svg", " width=\"300\"")));
    check("![[pics/c.webp|Words]]", &format!("<p>{}</p>", image("pics/c.webp", "Words", "")));
    check(
        "<img src=\"c.gif\" alt='x' width=40 height=\"1e9\" onerror=alert(1) style=x srcset=y>",
        &image("c.gif", "x", " width=\"40\""),
    );
    check(
        "[![x](c.png)](other%20page.md)",
        &format!("<p><a href=\"/playbook/other%20page\">{}</a></p>", image("c.png", "x", "")),
    );
    check("![x](https://example.org/c.png)", "<p><span class=\"image\">x</span></p>");
    check(
        "![x](data:image/png;base64,AAAA) ![y](//e.example/c.png)",
        "<p><span class=\"image\">x</span> <span class=\"image\">y</span></p>",
    );
}

#[test]
fn code_math_pictures_and_placeholders_are_text() {
    check("```rust,ignore\na < b\n```", "<pre tabindex=\"0\"><code class=\"language-rust\">a &lt; b</code></pre>");
    check("```mermaid\na-->b\n```", "<pre tabindex=\"0\"><code class=\"language-mermaid\">a--&gt;b</code></pre>");
    check(
        "![A cairn](c.pdf) ![](d.pdf) ![x](../../above.png)",
        "<p><span class=\"image\">A cairn</span> <span class=\"image\">d.pdf</span> <span class=\"image\">x</span></p>",
    );
    check("![](https://example.org/pixel.gif)", "<p></p>");
    check("for <customer> and <your-name>", "<p>for &lt;customer&gt; and &lt;your-name&gt;</p>");
    check(
        "<customer>\n\nx",
        "<p>&lt;customer&gt;</p><p>x</p>".replace("<p>&lt;customer&gt;</p>", "&lt;customer&gt;").as_str(),
    );
}

#[test]
fn code_is_shown_in_colours() {
    check(
        "```rust\nlet a = \"<\";\n```",
        "<pre tabindex=\"0\"><code class=\"language-rust\"><span class=\"k\">let</span> a = <span class=\"s\">\"&lt;\"</span>;</code></pre>",
    );
    check(
        "> ```sh\n> ls -l\n> # x\n> ```",
        "<blockquote><pre tabindex=\"0\"><code class=\"language-sh\"><span class=\"f\">ls</span> <span class=\"v\">-l</span>\
         <span class=\"c\"># x</span></code></pre></blockquote>",
    );
    check("    let a = 1;", "<pre tabindex=\"0\"><code>let a = 1;</code></pre>");
}

#[test]
fn flowcharts_are_drawn_with_their_text_below() {
    let html = body("```mermaid\ngraph TD\n  A[One <b>] -->|so| B{Two}\n```");
    assert!(html.contains("<svg class=\"flow\" role=\"img\" aria-label=\"2 steps, 1 link between"), "{html}");
    assert!(html.contains(" viewBox=\"0 0 "), "{html}");
    assert!(html.contains(">One &lt;b&gt;</text>") && html.contains(">so</text>"), "{html}");
    assert!(
        html.contains("<details><summary class=\"quiet\">The flowchart as text</summary><pre tabindex=\"0\">"),
        "{html}"
    );
    assert!(html.contains("A[One &lt;b&gt;] --&gt;|so| B{Two}"), "{html}");
    let plain = "<pre tabindex=\"0\"><code class=\"language-mermaid\">";
    assert!(body("```mermaid\nclassDiagram\nA <|-- B\n```").contains(plain));
    // As large as one is drawn: every node with every other.
    let names: Vec<String> = (0..60).map(|at| format!("n{at}")).collect();
    let large = format!(
        "graph LR\n{}\n{}",
        names.join(" --> "),
        (0..60).map(|at| format!("n{at} --> n{}\n", (at + 37) % 60)).collect::<String>()
    );
    let started = std::time::Instant::now();
    assert!(body(&format!("```mermaid\n{large}```")).contains("<svg class=\"flow\""));
    assert!(started.elapsed().as_secs() < 10, "{:?}", started.elapsed());
}

#[test]
fn sequence_diagrams_are_drawn_with_their_text_below() {
    let html = body("```mermaid\nsequenceDiagram\n  Ann->>+Bob: Is it <b>so</b>?\n  Bob-->>-Ann: It is\n```");
    let svg = "<svg class=\"flow\" role=\"img\" aria-label=\"2 messages between 2 participants; the text is below\"";
    assert!(html.contains(svg) && html.contains(" viewBox=\"0 0 "), "{html}");
    assert!(html.contains(">Is it &lt;b&gt;so&lt;/b&gt;?</text>") && html.contains(">It is</text>"), "{html}");
    assert!(html.contains("<summary class=\"quiet\">The sequence diagram as text</summary>"), "{html}");
    assert!(html.contains("Ann-&gt;&gt;+Bob: Is it &lt;b&gt;so&lt;/b&gt;?"), "{html}");
    let plain = "<pre tabindex=\"0\"><code class=\"language-mermaid\">";
    assert!(body("```mermaid\nsequenceDiagram\nA->>B: x\nend\n```").contains(plain));
}

#[test]
fn formulae_are_mathml_with_their_source() {
    let math = |display: &str, inner: &str, source: &str| {
        format!("<math display=\"{display}\"><semantics>{inner}<annotation>{source}</annotation></semantics></math>")
    };
    let less = "<mrow><mi>a</mi><mo>&lt;</mo><mi>b</mi></mrow>";
    check("$a<b$", &format!("<p>{}</p>", math("inline", less, "a&lt;b")));
    check("$$a<b$$", &format!("<p>{}</p>", math("block", less, "a&lt;b")));
    check("```math\na<b\n```", &format!("<p>{}</p>", math("block", less, "a&lt;b")));
    check("$\\nonsense{$", "<p>$\\nonsense{$</p>");
    check("$\\nonsense$", "<p><code class=\"math\">$\\nonsense$</code></p>");
    check("$$\\frac{1}$$", "<p><code class=\"math math-display\">$$\\frac{1}$$</code></p>");
    check("```math\n\\frac{1}\n```", "<pre tabindex=\"0\"><code class=\"language-math\">\\frac{1}</code></pre>");
    // What no author means is no formula: deep, long, or nothing.
    let deep = format!("{}x{}", "{".repeat(40), "}".repeat(40));
    check(
        &format!("```math\n{deep}\n```"),
        &format!("<pre tabindex=\"0\"><code class=\"language-math\">{deep}</code></pre>"),
    );
    let raised = "x^".repeat(3000);
    assert!(body(&format!("$${raised}x$$")).contains("<code class=\"math math-display\">"));
    assert!(body(&format!("$${}$$", "x+".repeat(3000))).contains("<code class=\"math math-display\">"));
}

#[test]
fn prices_and_variables_are_no_formulae() {
    for text in [
        "$5 and $10",
        "$5/$10 each",
        "from $20-$30",
        "US$5, or C$6",
        "$HOME/$USER:$PATH",
        "$5 for one, 4$",
        "${HOME}/bin:${PATH}",
        "a $ b $ c",
        "$ 5$",
    ] {
        check(text, &format!("<p>{text}</p>"));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_formula_is_shown_and_keeps_its_source(formula in "(\\\\(frac|sqrt|left|right|begin\\{align\\}|end\\{align\\}|text|alpha|color|def|[a-z]{1,3}|[,;:!|{}#%&_ ])|[{}()\\[\\]^_&~#%|.,0-9]|[a-z]|é| ){0,24}") {
        let html = body(&format!("```math\n{formula}\n```"));
        let kept = formula.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        prop_assert!(html.contains(kept.trim()), "{formula:?}: {html}");
    }
}

#[test]
fn raw_html_keeps_its_words_and_never_closes_a_part_of_the_page() {
    check(
        "<details><summary>More</summary>\n\n**x**\n\n</details>",
        "<details><summary>More</summary><p><strong>x</strong></p></details>",
    );
    check("<p align=\"center\">a <b>b</b></p>", "<p class=\"center\">a <b>b</b></p>");
    check("</div></main>x", "x");
    check("a <b>b\n\nc", "<p>a <b>b</b></p><p>c</p>");
    check("<ul><li>a<li>b</ul>", "<ul><li>a</li><li>b</li></ul>");
    check("<h1>Big</h1>", "<h2>Big</h2>");
    check(
        "<a name=\"x\"></a><a href=\"other%20page.md\">y</a>",
        "<p><a id=\"x\"></a><a href=\"/playbook/other%20page\">y</a></p>",
    );
    check("x<br>y<iframe>z</iframe>", "<p>x<br>yz</p>");
}

#[test]
fn every_visible_word_is_on_the_page() {
    let sample = include_str!("sample.md");
    let html = body(sample);
    // Who is not shown a picture reads its words.
    let words: String = html.split(" alt=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let shown = text_of(&html) + &words;
    let documents = documents(&[("playbook/sample.md", sample)]);
    let (document, _) = documents.first().unwrap();
    for word in include_str!("sample_words.txt").split_whitespace() {
        assert!(shown.contains(word) || document.record().title.contains(word), "{word:?} is lost in {shown}");
    }
}

/// What stands between the tags: a `<` in text and in values is escaped, and so is a `>`.
fn text_of(html: &str) -> String {
    let text: String = html.split('<').filter_map(|part| part.split_once('>').map(|(_, text)| text)).collect();
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&nbsp;", " ").replace("&amp;", "&")
}
