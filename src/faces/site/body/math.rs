//! Formulae as MathML, which browsers and screen readers know, with their source beside it.
//!
//! pulldown-latex reads and writes them; what it wrote goes through the list of elements that a formula may have before
//! it comes into a page. A formula that it can't read, and one beyond the limits, is shown as its source.

use std::fmt::Write as _;

use maud::Escaper;
use pulldown_latex::config::{DisplayMode, RenderConfig};
use pulldown_latex::{Parser, ParserError, Storage, write_mathml};

use super::sanitise;
use super::writer::Writer;

/// A longer formula is shown as its source.
const LIMIT_BYTES: usize = 4096;

/// Groups that stand in each other; each becomes elements.
const LIMIT_DEPTH: usize = 24;

/// Writes a formula that stands in running text.
pub(super) fn write_inline(formula: &str, writer: &mut Writer) {
    match markup(formula, DisplayMode::Inline) {
        Some(markup) => writer.formula(&markup),
        // The dollars stay: many a one is a price.
        None => writer.element("code", &[("class", "math")], &format!("${formula}$")),
    }
}

/// Writes a formula that stands by itself.
pub(super) fn write_display(formula: &str, writer: &mut Writer) {
    match markup(formula, DisplayMode::Block) {
        Some(markup) => writer.formula(&markup),
        None => writer.element("code", &[("class", "math math-display")], &format!("$${formula}$$")),
    }
}

/// Writes a code block that is a formula; `false` leaves it to be shown as code.
pub(super) fn write_block(formula: &str, writer: &mut Writer) -> bool {
    let Some(markup) = markup(formula.trim(), DisplayMode::Block) else { return false };
    writer.start("p", &[]);
    writer.formula(&markup);
    writer.end();
    true
}

/// Whether what stands between two dollars is no formula, but prices or variables of a shell: `$5/$6`, `$HOME/$USER`,
/// `$5 for one, 4$`. `before` and `after` are the characters around the dollars.
pub(super) fn is_text(formula: &str, before: Option<char>, after: Option<char>) -> bool {
    let touches = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '{'));
    let amount = formula.starts_with(|c: char| c.is_ascii_digit());
    let is_word = |word: &str| word.len() > 1 && word.chars().all(char::is_alphabetic);
    touches(before) || touches(after) || amount && formula.split(' ').skip(1).any(is_word)
}

/// The MathML of a formula, of allowed elements alone and balanced.
fn markup(formula: &str, display_mode: DisplayMode) -> Option<String> {
    if formula.trim().is_empty() || formula.len() > LIMIT_BYTES || depth(formula) > LIMIT_DEPTH {
        return None;
    }
    let storage = Storage::new();
    let events: Vec<_> = Parser::new(formula, &storage).collect::<Result<_, _>>().ok()?;
    let mut source = String::with_capacity(formula.len());
    Escaper::new(&mut source).write_str(formula).ok()?;
    let config = RenderConfig { display_mode, annotation: Some(&source), ..RenderConfig::default() };
    let mut written = Vec::new();
    write_mathml(&mut written, events.into_iter().map(Ok::<_, ParserError>), config).ok()?;
    Some(sanitise::formula(&String::from_utf8(written).ok()?))
}

/// How deep groups stand in each other, at most: those of braces, and those that commands open.
fn depth(formula: &str) -> usize {
    let (mut depth, mut most) = (0_usize, 0_usize);
    for (at, byte) in formula.bytes().enumerate() {
        let opens = |command: &str| formula.get(at..).is_some_and(|rest| rest.starts_with(command));
        if byte == b'{' || byte == b'\\' && (opens("\\left") || opens("\\begin")) || matches!(byte, b'^' | b'_') {
            depth += 1;
            most = most.max(depth);
        } else if byte == b'}' || byte == b'\\' && (opens("\\right") || opens("\\end")) {
            depth = depth.saturating_sub(1);
        } else if byte.is_ascii_alphanumeric() && at > 0 && matches!(formula.as_bytes().get(at - 1), Some(b'^' | b'_'))
        {
            // `x^2`: what was raised is over.
            depth = depth.saturating_sub(1);
        }
    }
    most
}
