//! The figure of a drawing: the drawing in a box that scrolls, with its source below for who cannot see it.
//!
//! What Mermaid's diagrams have in common stands here: how words become lines, and how much room they take.

use super::writer::Writer;

/// No label is longer.
const LIMIT_LABEL_CHARS: usize = 200;

/// From one line of words to the next.
pub(super) const LINE_HEIGHT: f64 = 18.0;

/// What a figure says of its drawing.
#[derive(Debug, Clone, Copy)]
pub(super) struct Caption<'a> {
    /// What kind of drawing it is.
    pub(super) kind: &'a str,
    /// What is in it, for who cannot see it.
    pub(super) label: &'a str,
    /// What stands over its source.
    pub(super) summary: &'a str,
}

/// Writes a figure; `draw` writes what is in the drawing, which has a width and a height.
pub(super) fn write(
    caption: Caption<'_>,
    size: (f64, f64),
    source: &str,
    writer: &mut Writer,
    draw: impl FnOnce(&mut Writer),
) {
    let (width, height) = (n(size.0), n(size.1));
    writer.start("figure", &[]);
    writer.start("div", &[("class", "drawing"), ("role", "group"), ("aria-label", caption.kind), ("tabindex", "0")]);
    writer.start(
        "svg",
        &[
            ("class", "flow"),
            ("role", "img"),
            ("aria-label", caption.label),
            ("width", &width),
            ("height", &height),
            ("viewBox", &format!("0 0 {width} {height}")),
        ],
    );
    draw(writer);
    writer.end();
    writer.end();
    writer.start("details", &[]);
    writer.element("summary", &[("class", "quiet")], caption.summary);
    writer.start("pre", &[("tabindex", "0")]);
    writer.element("code", &[("class", "language-mermaid")], source);
    writer.end();
    writer.end();
    writer.end();
}

/// A number of the drawing.
pub(super) fn n(number: f64) -> String {
    format!("{number:.1}")
}

/// So many of something that has an `s` when there are several.
pub(super) fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// A count as a number of the drawing.
pub(super) fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// Where words stand at their place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
}

/// Writes words, line below line, with the middle of all of them at `y`.
pub(super) fn write_lines(
    lines: &[String],
    class: Option<&str>,
    (x, y): (f64, f64),
    anchor: Anchor,
    writer: &mut Writer,
) {
    let anchor = match anchor {
        Anchor::Start => "start",
        Anchor::Middle => "middle",
    };
    let mut baseline = y - (number(lines.len()) - 1.0) * LINE_HEIGHT / 2.0 + 4.8;
    let class = class.map(|class| ("class", class));
    for line in lines {
        let (x, y) = (n(x), n(baseline));
        let place = [("x", x.as_str()), ("y", y.as_str()), ("text-anchor", anchor)];
        writer.element("text", &class.into_iter().chain(place).collect::<Vec<_>>(), line);
        baseline += LINE_HEIGHT;
    }
}

/// How wide a text is, roughly and rather too much: fonts differ.
pub(super) fn text_width(text: &str) -> f64 {
    let width = |c: char| match c {
        'i' | 'j' | 'l' | 't' | 'f' | 'r' | '.' | ',' | ':' | ';' | '|' | '!' | '\'' | '(' | ')' | ' ' => 5.2,
        'm' | 'w' | 'M' | 'W' | '@' => 12.5,
        'A'..='Z' => 9.8,
        '\u{2E80}'..='\u{FFFF}' | '\u{1F000}'..='\u{1FAFF}' => 14.5,
        _ => 8.0,
    };
    text.chars().map(width).sum()
}

/// How wide the widest of some lines is.
pub(super) fn lines_width(lines: &[String]) -> f64 {
    lines.iter().map(|line| text_width(line)).fold(0.0, f64::max)
}

/// Words of a label, line by line: `<br>` breaks one, and so does a length that nobody likes to read. Nothing for a label
/// that is too long.
pub(super) fn lines(words: &str, line_chars: usize) -> Option<Vec<String>> {
    if words.chars().count() > LIMIT_LABEL_CHARS {
        return None;
    }
    let words = words.replace("<br/>", "\n").replace("<br />", "\n").replace("<br>", "\n").replace("\\n", "\n");
    let mut lines = Vec::new();
    for part in words.split('\n') {
        let mut line = String::new();
        for word in part.split_whitespace() {
            if !line.is_empty() && line.chars().count() + word.chars().count() >= line_chars {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        lines.push(line);
    }
    Some(lines)
}
