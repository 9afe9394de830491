//! Cuts a text to a budget, at the best border that leaves enough of it.
//!
//! What is kept is a prefix, byte for byte, so that it can be found again in its file; how it ends is told beside it.

use super::count_tokens;

/// No token of prose, code or markup is longer on average: more of a text than this is never counted.
const TOKEN_BYTES_MAX: usize = 16;

/// Less of a text says nothing.
const LEAST_BYTES: usize = 24;

/// Where a text was cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cut {
    /// Between two blocks.
    Block,
    /// At the end of a sentence.
    Sentence,
    /// At the end of a line: between two items of a list or two rows of a table.
    Line,
    /// At the end of a line inside a code block, which stays open.
    Code,
    /// In the middle of a sentence or of a row.
    Word,
}

impl Cut {
    /// Every border, the best first.
    const ALL: [Self; 5] = [Self::Block, Self::Sentence, Self::Line, Self::Code, Self::Word];

    /// The word that answers use.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Block => "block",
            Self::Sentence => "sentence",
            Self::Line => "line",
            Self::Code => "code",
            Self::Word => "word",
        }
    }
}

/// The longest prefix of `text` that fits and ends at a border; the best kind of border that leaves `enough`, else the
/// kind that leaves most. `None` when nothing fits. `fits` must hold for every prefix of what it holds for; it is asked
/// as often as a binary search takes.
pub fn cut(text: &str, mut fits: impl FnMut(&str) -> bool, enough: impl Fn(&str) -> bool) -> Option<(&str, Cut)> {
    let mut ends = borders(text);
    ends.truncate(ends.partition_point(|border| text.get(..border.end).is_some_and(&mut fits)));
    // What only leads over is nothing to end with, as long as there is anything else.
    if ends.iter().any(|border| !border.leads) {
        ends.retain(|border| !border.leads);
    }
    let mut most: Option<(&str, Cut)> = None;
    for worst in Cut::ALL {
        let Some(&Border { end, cut: kind, .. }) = ends.iter().rev().find(|border| border.cut <= worst) else {
            continue;
        };
        let kept = text.get(..end).unwrap_or_default();
        if most.is_some_and(|(known, _)| kept.len() <= known.len()) {
            continue;
        }
        most = Some((kept, kind));
        if enough(kept) {
            break;
        }
    }
    most
}

/// The least part of a text that is worth to be cut to: all of it, where it has no border behind so much.
#[must_use]
pub fn least(text: &str) -> &str {
    let borders = borders(text);
    let first = borders.iter().find(|border| !border.leads && border.end >= LEAST_BYTES);
    first.and_then(|border| text.get(..border.end)).unwrap_or(text)
}

/// Cuts `text` to at most `budget` tokens: at the end of a block if that leaves half of the budget, else of a sentence,
/// a line, a word. Returns the text that is kept and what it costs.
#[must_use]
pub fn cut_to_budget(text: &str, budget: usize) -> (&str, usize) {
    let most = (0..=text.len().min(budget.saturating_mul(TOKEN_BYTES_MAX)))
        .rev()
        .find(|&end| text.is_char_boundary(end))
        .unwrap_or(0);
    let head = text.get(..most).unwrap_or_default();
    let tokens = count_tokens(head);
    if tokens <= budget && head.len() == text.len() {
        return (text, tokens);
    }
    let fits = |part: &str| count_tokens(part) <= budget;
    let kept = cut(head, fits, |part| count_tokens(part) * 2 >= budget).map_or("", |(kept, _)| kept);
    if !kept.is_empty() {
        return (kept, count_tokens(kept));
    }
    // No border at all: one endless line, or a script without blanks. Cut between characters, so that whoever reads on
    // comes to an end.
    let ends: Vec<usize> = head.char_indices().map(|(at, _)| at).collect();
    let fitting = ends.partition_point(|&end| head.get(..end).is_some_and(fits));
    let kept = fitting.checked_sub(1).and_then(|last| head.get(..*ends.get(last)?)).unwrap_or_default();
    (kept, count_tokens(kept))
}

/// The earliest place in `text` that fits as a beginning; the best kind of border that has enough behind it, else the
/// kind that has most. Never inside a line. `fits` must hold for every place behind one that it holds for; it is asked
/// as often as a binary search takes.
pub fn begun(text: &str, fits: impl Fn(usize) -> bool, enough: impl Fn(usize) -> bool) -> Option<usize> {
    let mut starts = starts(text);
    starts.drain(..starts.partition_point(|&(start, _)| !fits(start)));
    let mut most: Option<usize> = None;
    for worst in [Cut::Block, Cut::Sentence, Cut::Line] {
        let Some(&(start, _)) = starts.iter().find(|(_, cut)| *cut <= worst) else { continue };
        if most.is_some_and(|known| start >= known) {
            continue;
        }
        most = Some(start);
        if enough(start) {
            break;
        }
    }
    most
}

/// Where a part of a text may begin, ascending, each with the border before it: at its first line, and behind each end
/// of a block, a sentence or a line.
fn starts(text: &str) -> Vec<(usize, Cut)> {
    let behind = |Border { end, cut, .. }: Border| {
        let rest = text.get(end..)?;
        let word = rest.find(|c: char| !c.is_whitespace())?;
        // A line is taken with its indent.
        Some((end + rest.get(..word)?.rfind('\n').map_or(word, |line_end| line_end + 1), cut))
    };
    let word = text.find(|c: char| !c.is_whitespace());
    let line = |word: usize| text.get(..word)?.rfind('\n').map_or(Some(0), |line_end| Some(line_end + 1));
    let first = word.and_then(line).map(|line| (line, Cut::Block));
    let ends = borders(text).into_iter().filter(|border| border.cut <= Cut::Line);
    first.into_iter().chain(ends.filter_map(behind)).collect()
}

/// A place where a text may be cut.
#[derive(Clone, Copy)]
struct Border {
    end: usize,
    cut: Cut,
    /// Whether what stands before it only leads over to what is behind: a heading or a part of one, the line that opens
    /// code, the head of a table.
    leads: bool,
}

/// Where a text may be cut, ascending. Not at its end.
fn borders(text: &str) -> Vec<Border> {
    let mut borders: Vec<Border> = Vec::new();
    let mut fence: Option<(char, usize)> = None;
    let (mut at, mut end) = (0, 0);
    // The first border of the line before; as many as there are, where that is blank.
    let (mut line_before, mut before) = (0, "");
    for line in text.split_inclusive('\n') {
        let body = line.trim_end();
        let mark = fence_mark(body);
        let blank = body.is_empty();
        let from = borders.len();
        if fence.is_none() && blank {
            promote(&mut borders, end, Cut::Block);
        }
        let was_open = fence.is_some();
        fence = match (fence, mark) {
            (None, opened) => opened,
            (Some((sign, length)), Some((other, run))) if other == sign && run >= length => None,
            (open, _) => open,
        };
        if !blank {
            let in_code = was_open || fence.is_some();
            let in_row = body.trim_start().starts_with('|');
            let underlines = !in_code && line_before < from && may_be_title(before) && underlines(body);
            if underlines {
                borders.iter_mut().skip(line_before).for_each(|border| border.leads = true);
            }
            let leads =
                !in_code && heads(body) || underlines || in_code && !was_open || in_row && leads_row(before, body);
            inner(&mut borders, (at, leads), body, in_code || in_row);
            end = at + body.len();
            let cut = if fence.is_some() { Cut::Code } else { line_end(body, in_row || was_open) };
            borders.push(Border { end, cut, leads });
        }
        (line_before, before) = (from, if was_open || fence.is_some() { "" } else { body });
        at += line.len();
    }
    let last = text.trim_end().len();
    borders.retain(|border| border.end > 0 && border.end < last);
    borders
}

fn promote(borders: &mut [Border], end: usize, to: Cut) {
    if let Some(last) = borders.last_mut().filter(|last| last.end == end) {
        last.cut = last.cut.min(to);
    }
}

/// The borders inside a line: behind sentences, and between words.
fn inner(borders: &mut Vec<Border>, (at, leads): (usize, bool), body: &str, no_sentences: bool) {
    let lead = body.len() - body.trim_start().len();
    for (blank, _) in body.match_indices(' ').filter(|(blank, _)| *blank > lead) {
        let before = body.get(..blank).unwrap_or_default();
        let ended = before.trim_end_matches(['"', '\'', ')', '*', '_']).ends_with(['.', '!', '?', ':']);
        let cut = if ended && !no_sentences { Cut::Sentence } else { Cut::Word };
        if !before.ends_with(' ') {
            borders.push(Border { end: at + blank, cut, leads });
        }
    }
}

fn line_end(body: &str, row: bool) -> Cut {
    let ended = body.trim_end_matches(['"', '\'', ')', '*', '_']).ends_with(['.', '!', '?', ':', '。']);
    if ended && !row { Cut::Sentence } else { Cut::Line }
}

/// Whether a line is a heading, of those that begin with number signs.
fn heads(line: &str) -> bool {
    let Some(line) = no_code(line) else { return false };
    let rest = line.trim_start_matches('#');
    (1..=6).contains(&(line.len() - rest.len())) && rest.starts_with([' ', '\t'])
}

/// A line without its indent; none for one that is indented as code is.
fn no_code(line: &str) -> Option<&str> {
    Some(line.trim_start_matches(' ')).filter(|rest| line.len() - rest.len() <= 3 && !rest.starts_with('\t'))
}

/// Whether a line makes a heading of a title before it (CommonMark 0.31, section 4.3).
fn underlines(line: &str) -> bool {
    let is_row =
        |line: &str| !line.is_empty() && ["=", "-"].iter().any(|sign| line.trim_start_matches(sign).is_empty());
    no_code(line).is_some_and(is_row)
}

/// Whether a line is text of its own, which a line below it can make a heading of.
fn may_be_title(line: &str) -> bool {
    let is_marked = |line: &str| {
        let rest = line.trim_start_matches(|c: char| c.is_ascii_digit());
        let is_number = rest.len() < line.len() && rest.starts_with(['.', ')']);
        is_number || ["- ", "* ", "+ "].iter().any(|mark| line.starts_with(mark)) || line.starts_with(['>', '|', '#'])
    };
    let is_text = |text: &str| !text.is_empty() && !is_marked(text) && fence_mark(text).is_none();
    no_code(line).is_some_and(is_text) && !underlines(line)
}

/// Whether a row of a table is its head, or what stands below that.
fn leads_row(before: &str, row: &str) -> bool {
    !before.trim_start().starts_with('|') || row.bytes().all(|byte| matches!(byte, b'|' | b'-' | b':' | b' '))
}

/// The sign and the length of a fence that a line is.
fn fence_mark(line: &str) -> Option<(char, usize)> {
    let line = line.trim_start();
    let sign = line.chars().next().filter(|sign| matches!(sign, '`' | '~'))?;
    let run = line.chars().take_while(|c| *c == sign).count();
    (run >= 3).then_some((sign, run))
}

#[cfg(test)]
mod tests {
    use super::{Cut, begun, count_tokens, cut, cut_to_budget, least, starts};

    #[test]
    fn a_cut_ends_at_a_border_and_fits() {
        let text = "First paragraph, short.\n\nSecond paragraph that is rather longer than the first one.\n\nThird.";
        assert_eq!(cut_to_budget(text, 1_000).0, text);
        assert_eq!(cut_to_budget(text, 8).0, "First paragraph, short.");
        let (word, tokens) = cut_to_budget("one two three four five six seven", 3);
        assert_eq!((word, tokens), ("one two three", 3));
        let headed = "Some words first.\n\n## A heading\n\nWhat it is over.";
        assert_eq!(cut_to_budget(headed, 8).0, "Some words first.", "a heading stays with what it is over");
        let underlined = "Some words first.\n\nA heading\n---\n\nWhat it is over.";
        assert_eq!(cut_to_budget(underlined, 8).0, "Some words first.", "however it is written");
        assert_eq!(cut_to_budget("Some words, a rule.\n\n---\n\nAnd more of them.", 8).0, "Some words, a rule.\n\n---");
        assert_eq!(cut_to_budget("- one item of it\n---\n\nAnd more of them here.", 8).0, "- one item of it\n---");
        assert_eq!(cut_to_budget("Short.\n\n## 見出し\n\n手順手順手順手順手順手順", 12).0, "Short.");
        assert_eq!(
            cut_to_budget("Short.\n\n```sh\nan-endless-line-of-code-that-has-no-blank-in-it\n```", 8).0,
            "Short.",
            "nor is opened code"
        );
        assert_eq!(cut_to_budget("#hash\n\nand more of it", 3).0, "#hash");
        assert_eq!(least("a few words that say a little"), "a few words that say a little");
        assert_eq!(least("a few words that say rather more than something"), "a few words that say rather");
        assert_eq!(least("## A heading\n\n- an item that is long enough"), "## A heading\n\n- an item that");
        let endless = "手順".repeat(400);
        let (endless, tokens) = cut_to_budget(&endless, 4);
        assert!(tokens <= 4 && !endless.is_empty());
        assert_eq!(cut_to_budget("手順", 0).0, "");
    }

    /// Cuts to so many bytes, content with so many.
    fn at(text: &str, bytes: usize, enough: usize) -> Option<(&str, Cut)> {
        cut(text, |part| part.len() <= bytes, |part| part.len() >= enough)
    }

    #[test]
    fn the_best_border_that_leaves_enough_is_taken() {
        let text = "One block.\n\nTwo sentences. In a second block, which is long.\n\nThree.";
        assert_eq!(at(text, 40, 10), Some(("One block.", Cut::Block)));
        assert_eq!(at(text, 40, 20), Some(("One block.\n\nTwo sentences.", Cut::Sentence)));
        assert_eq!(at(text, 40, 35), Some(("One block.\n\nTwo sentences. In a second", Cut::Word)));
        assert_eq!(at(text, 2, 1), None);
    }

    #[test]
    fn a_cut_inside_code_or_a_row_is_the_last_resort_and_says_so() {
        let code = "Text before.\n\n```sh\nfirst line\n\nsecond line\n```\n\nAfter.";
        assert_eq!(at(code, 40, 5), Some(("Text before.", Cut::Block)));
        assert_eq!(at(code, 40, 30), Some(("Text before.\n\n```sh\nfirst line", Cut::Code)));
        let table = "| a | b |\n|---|---|\n| long cell one | two |\n| three | four |";
        assert_eq!(at(table, 45, 20), Some(("| a | b |\n|---|---|\n| long cell one | two |", Cut::Line)));
        assert_eq!(at(table, 33, 25), Some(("| a | b |\n|---|---|\n| long cell", Cut::Word)));
    }

    #[test]
    fn a_beginning_is_taken_at_the_best_border_that_has_enough_behind_it() {
        let text = "# One\n\nText. And more\nof it.\n\n    indented\n\n```sh\na\n\nb\n```\n\nLast.\n";
        let of = |worst| -> Vec<&str> {
            let starts = starts(text).into_iter().filter(|(_, cut)| *cut <= worst);
            starts.map(|(at, _)| text.get(at..).unwrap().lines().next().unwrap()).collect()
        };
        assert_eq!(of(Cut::Block), ["# One", "Text. And more", "    indented", "```sh", "Last."]);
        assert_eq!(of(Cut::Sentence), ["# One", "Text. And more", "And more", "    indented", "```sh", "Last."]);
        assert_eq!(of(Cut::Line)[3], "of it.");
        assert!(starts(" \n").is_empty());

        let begun = |most: usize, least: usize| {
            let rest = |start: usize| text.len() - start;
            begun(text, |start| rest(start) <= most, |start| rest(start) >= least).map(|at| text.get(at..).unwrap())
        };
        assert_eq!(begun(12, 6), Some("Last.\n"));
        assert_eq!(begun(52, 46), Some("of it.\n\n    indented\n\n```sh\na\n\nb\n```\n\nLast.\n"));
        assert_eq!(begun(3, 1), None);
    }

    #[test]
    fn what_is_kept_is_counted() {
        let (kept, tokens) = cut_to_budget("Some words. And some more of them, to be cut off.", 6);
        assert_eq!(tokens, count_tokens(kept));
    }
}
