//! Tests of how sections are split.

use super::*;
use crate::corpus::parse::parse;

/// The spans and plain texts of a text's chunks.
fn chunks(text: &str) -> Vec<(String, String)> {
    let (chunks, plain) = split(text, &parse(text));
    let spans = chunks.iter().map(|chunk| slice(text, chunk.span.start as usize..chunk.span.end as usize).to_owned());
    spans.zip(plain).collect()
}

fn words(prefix: &str, count: usize) -> String {
    (0..count).map(|word| format!("{prefix}{word}")).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_section_is_a_chunk_and_its_plain_text_has_no_markdown() {
    for (text, span, plain) in [
        ("# T\n\nSome **bold** `code`.\n", "Some **bold** `code`.", "Some bold code."),
        ("# T\n[text](https://e.org) <https://a.org>", "[text](https://e.org) <https://a.org>", "text https://a.org"),
        ("# T\n![alt](x.png)", "![alt](x.png)", "alt"),
        ("# T\n|a|b|\n|-|-|\n|c|d|\n", "|a|b|\n|-|-|\n|c|d|", "a b\nc d"),
        ("# T\n- one\n- two\n", "- one\n- two", "one\ntwo"),
        ("# T\n```sh\nls -l\n```\n", "```sh\nls -l\n```", "ls -l"),
        ("# T\nfor <customer> only", "for <customer> only", "for <customer> only"),
        ("# T\n<div>\n<b>x</b> &amp; y\n</div>", "<div>\n<b>x</b> &amp; y\n</div>", "x & y"),
        ("# T\n> quoted\n> more", "> quoted\n> more", "quoted more"),
        ("# T\nnote[^1]\n\n[^1]: the foot", "note[^1]\n\n[^1]: the foot", "note\nthe foot"),
        ("# T\n$a+b$", "$a+b$", "a+b"),
        ("# T\n{{% alert %}}\ninner\n{{% /alert %}}", "{{% alert %}}\ninner\n{{% /alert %}}", "inner"),
        ("# T\nsee [it]({{< ref \"x.md\" >}}) now", "see [it]({{< ref \"x.md\" >}}) now", "see it now"),
        ("# T\n```\n{% raw %}\n```", "```\n{% raw %}\n```", "{% raw %}"),
        ("# T\n\n    indented\n", "    indented", "indented"),
        ("# Only a title\n", "# Only a title", ""),
    ] {
        let found = chunks(text);
        assert_eq!(found.len(), 1, "{text:?}: {found:?}");
        let plainly =
            found[0].1.split('\n').map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n");
        assert_eq!((found[0].0.as_str(), plainly.as_str()), (span, plain), "{text:?}");
    }
}

#[test]
fn short_sections_are_not_merged_and_empty_ones_give_nothing() {
    let found = chunks("before\n\n# A\n\n## B\n\nb\n\n## C\n\nc\n");
    let spans: Vec<&str> = found.iter().map(|(span, _)| span.as_str()).collect();
    assert_eq!(spans, ["before", "b", "c"]);
}

#[test]
fn a_long_section_is_cut_between_blocks_and_the_next_part_overlaps() {
    let (one, two) = (words("a", 200), words("b", 200));
    let found = chunks(&format!("# T\n\n{one}\n\n{two}\n"));
    assert_eq!(found.len(), 2);
    assert_eq!((found[0].0.as_str(), found[1].0.as_str()), (one.as_str(), two.as_str()));
    let overlap = one.get(one.find("a170").unwrap()..).unwrap();
    assert!(found[1].1.starts_with(overlap), "{}", found[1].1);
    assert!(found[1].1.ends_with("b199"));
}

#[test]
fn a_long_paragraph_is_cut_between_sentences() {
    let sentence = format!("{}. ", words("Word", 19));
    let found = chunks(&sentence.repeat(40));
    assert!(found.len() >= 3);
    assert!(found.iter().all(|(span, _)| span.ends_with('.') && span.starts_with("Word0")));
}

#[test]
fn a_code_block_and_a_table_are_kept_whole_up_to_600_words() {
    let code = format!("```\n{}```", format!("{}\n", words("x", 10)).repeat(50));
    let found = chunks(&format!("# T\n\n{}\n\n{code}\n\nend\n", words("a", 200)));
    assert!(found.iter().any(|(span, _)| span == &code || span.starts_with(&code)), "{found:?}");
    let table = format!("|a|b|\n|-|-|\n{}", format!("|{}|x|\n", words("x", 9)).repeat(90));
    let found = chunks(&table);
    assert!(found.len() > 2 && found.iter().all(|(span, _)| span.starts_with('|') && span.ends_with('|')));
}

#[test]
fn a_list_is_cut_between_items() {
    let item = format!("- {}\n", words("x", 30));
    let found = chunks(&item.repeat(20));
    assert!(found.len() >= 2 && found.iter().all(|(span, _)| span.starts_with("- x0")));
}
