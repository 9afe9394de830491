//! The few words of a passage that show why it was found.

use std::ops::Range;

use crate::engine::{Analyzer, WordQuery};

/// About how many characters a snippet has.
const SNIPPET_CHARS: usize = 240;

/// A part of a passage, in one line.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Snippet {
    /// The text, with `…` where something was left out.
    pub text: String,
    /// Byte ranges of `text` that match a word of the question.
    pub hits: Vec<Range<usize>>,
}

/// Finds the words of `text` that match a word of the question, as byte ranges that ascend and don't overlap.
#[must_use]
pub fn highlight(text: &str, query: &WordQuery, analyzer: &Analyzer) -> Vec<Range<usize>> {
    hits(text, query, analyzer).into_iter().map(|(range, _)| range).collect()
}

/// The words of `text` that match, each with the words of the question that it is, as bits. What overlaps, as an
/// identifier and its parts do, is one.
fn hits(text: &str, query: &WordQuery, analyzer: &Analyzer) -> Vec<(Range<usize>, u64)> {
    let mut found: Vec<(Range<usize>, u64)> = Vec::new();
    analyzer.visit(text, query, |range, term| {
        let words = query.terms.get(term).map_or(0, |term| term.words);
        match found.last_mut() {
            Some((last, known)) if range.start < last.end => {
                last.end = last.end.max(range.end);
                last.start = last.start.min(range.start);
                *known |= words;
            }
            _ => found.push((range, words)),
        }
    });
    found
}

/// Takes the window of a passage that holds the most distinct words of the question.
#[must_use]
pub fn snippet(passage: &str, query: &WordQuery, analyzer: &Analyzer) -> Snippet {
    let line = one_line(passage);
    let hits = hits(&line, query, analyzer);
    let window = best_window(&line, &hits);
    let (lead, tail) = (window.start > 0, window.end < line.len());
    let mut text = String::with_capacity(window.len() + 6);
    if lead {
        text.push('…');
    }
    let offset = text.len();
    text.push_str(line.get(window.clone()).unwrap_or_default());
    if tail {
        text.push('…');
    }
    let hits = hits
        .iter()
        .filter(|(range, _)| range.start >= window.start && range.end <= window.end)
        .map(|(range, _)| range.start - window.start + offset..range.end - window.start + offset)
        .collect();
    Snippet { text, hits }
}

/// Puts a passage in one line: runs of blanks become one, Markdown's line-leading signs go.
fn one_line(passage: &str) -> String {
    let mut line = String::with_capacity(passage.len().min(8 * 1024));
    for part in passage.lines() {
        // Fences and the rule under a table's head say nothing.
        if part.trim_start().starts_with("```") || part.chars().all(|c| "|-: ".contains(c)) {
            continue;
        }
        let part = part.trim().trim_start_matches(['#', '>', '|', '-', '*', ' ']);
        for word in part.split_whitespace() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    line
}

fn best_window(line: &str, hits: &[(Range<usize>, u64)]) -> Range<usize> {
    if line.len() <= SNIPPET_CHARS {
        return 0..line.len();
    }
    let mut best = (0, 0);
    for (at, (range, _)) in hits.iter().enumerate() {
        let inside = hits[at..].iter().take_while(|(other, _)| other.end <= range.start + SNIPPET_CHARS * 3 / 4);
        let distinct = inside.fold(0, |words, (_, more)| words | more).count_ones();
        if distinct > best.0 {
            best = (distinct, range.start);
        }
    }
    // A little context before the first hit, and never a torn word or character.
    let wanted = best.1.saturating_sub(SNIPPET_CHARS / 6);
    let start = border_at_or_after(line, wanted);
    let end = border_at_or_before(line, (start + SNIPPET_CHARS).min(line.len()));
    if end > start { start..end } else { start..line.len() }
}

fn border_at_or_after(line: &str, at: usize) -> usize {
    if at == 0 {
        return 0;
    }
    let at = (at..line.len()).find(|&at| line.is_char_boundary(at)).unwrap_or(line.len());
    line.get(at..).and_then(|rest| rest.find(' ')).map_or(at, |blank| at + blank + 1)
}

fn border_at_or_before(line: &str, at: usize) -> usize {
    if at == line.len() {
        return at;
    }
    let at = (0..=at).rev().find(|&at| line.is_char_boundary(at)).unwrap_or(0);
    line.get(..at).and_then(|head| head.rfind(' ')).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::{highlight, snippet};
    use crate::corpus::Language;
    use crate::engine::Analyzer;

    #[test]
    fn a_short_passage_is_its_own_snippet_with_its_hits() {
        let analyzer = Analyzer::english();
        let found =
            snippet("## Owners\n\n* An owner *reviews* each page.", &analyzer.query("review owners"), &analyzer);
        assert_eq!(found.text, "Owners An owner *reviews* each page.");
        let hits: Vec<&str> = found.hits.iter().map(|range| found.text.get(range.clone()).unwrap()).collect();
        assert_eq!(hits, ["Owners", "owner", "reviews"]);
    }

    #[test]
    fn a_long_passage_shows_the_window_with_the_most_words_of_the_question() {
        let analyzer = Analyzer::english();
        let long = format!(
            "{} the rollback of a failed deploy is automatic {}",
            "über lorem ".repeat(80),
            "ipsum ".repeat(80)
        );
        let found = snippet(&long, &analyzer.query("failed rollback"), &analyzer);
        assert!(found.text.starts_with('…') && found.text.ends_with('…'), "{}", found.text);
        assert_eq!(found.hits.len(), 2);
        assert!(found.text.chars().count() <= 245);
    }

    #[test]
    fn highlight_marks_identifiers_whole_and_scripts_without_spaces_by_what_matches() {
        let analyzer = Analyzer::english();
        let marked = |text: &str, question: &str, languages: &[Language]| -> Vec<String> {
            let ranges = highlight(text, &analyzer.query_in(question, languages), &analyzer);
            ranges.into_iter().map(|range| text.get(range).unwrap().to_owned()).collect()
        };
        assert_eq!(marked("see ADR-0042, .NET and C++", "adr-0042 .net c++", &[]), ["ADR-0042", ".NET", "C++"]);
        assert_eq!(marked("これはRust入門書です", "入門書", &[]), ["入門書"]);
        assert_eq!(marked("Alte Häuser", "haus", &[Language::German]), ["Häuser"]);
    }

    #[test]
    fn highlight_matches_by_stem() {
        let analyzer = Analyzer::english();
        assert_eq!(highlight("Running runs", &analyzer.query("run"), &analyzer).len(), 2);
    }
}
