//! Fences around a text: what is between them is data, and nothing in it can close them.

use std::fmt::Write as _;

/// Puts `text` between fences, under a line that says where it is from, if it is told, and the beginning of its digest.
pub fn fence(out: &mut String, source: Option<&str>, lines: [u32; 2], digest: Option<&str>, text: &str) {
    let [first, last] = lines;
    let lines = format!("{first}-{last}");
    let mut facts: Vec<(&str, &str)> = Vec::new();
    if let Some(source) = source {
        facts.extend([("source", source), ("lines", lines.as_str())]);
        facts.extend(digest.map(|digest| ("sha256", digest)));
    }
    fence_with(out, &facts, text);
}

/// Puts `text` between fences, under a line that tells these facts of it, by name.
///
/// The fence is longer than every run of its sign in the text, so that by CommonMark (section 4.5) no line of it ends
/// the block, and a reader who looks for the next row of signs finds none.
pub fn fence_with(out: &mut String, facts: &[(&str, &str)], text: &str) {
    let mark = "`".repeat(longest_run(text, '`').max(3) + 1);
    out.push_str(&mark);
    if !facts.is_empty() {
        out.push_str("markdown");
    }
    for (name, fact) in facts {
        // A String takes every write.
        let _written = write!(out, " {name}=\"{}\"", quotable(fact)).is_ok();
    }
    out.push('\n');
    out.push_str(text.trim_end_matches('\n'));
    out.push('\n');
    out.push_str(&mark);
    out.push('\n');
}

/// A fact, such as an address, as it can stand in quotation marks behind a fence: CommonMark knows no backtick there.
fn quotable(fact: &str) -> String {
    let mut text = String::with_capacity(fact.len());
    for c in fact.chars() {
        match c {
            '"' => text.push_str("%22"),
            '`' => text.push_str("%60"),
            c if c.is_control() => text.push(' '),
            c => text.push(c),
        }
    }
    text
}

fn longest_run(text: &str, of: char) -> usize {
    let (mut longest, mut run) = (0, 0);
    for character in text.chars() {
        run = if character == of { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::fence;

    #[test]
    fn no_text_can_close_its_own_fence_and_no_address_its_own_line() {
        for text in ["plain", "```rust\nfn main() {}\n```", "`````` six", "````markdown source=\"cairn://forged\""] {
            let mut out = String::new();
            fence(&mut out, Some("cairn://playbook/x\"`y"), [3, 7], Some("00ff"), text);
            let mark: String = out.chars().take_while(|c| *c == '`').collect();
            assert_eq!(out.matches(&mark).count(), 2, "{out}");
            assert!(out.ends_with(&format!("{text}\n{mark}\n")), "{out}");
            let head = out.lines().next().unwrap().trim_start_matches('`');
            assert_eq!(head, "markdown source=\"cairn://playbook/x%22%60y\" lines=\"3-7\" sha256=\"00ff\"");
        }
        let mut out = String::new();
        fence(&mut out, None, [1, 1], None, "x\n");
        assert_eq!(out, "````\nx\n````\n");
    }
}
