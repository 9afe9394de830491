//! Footnotes: their marks in the text, and their texts at its end.

use std::collections::HashMap;
use std::ops::Range;

use pulldown_cmark::{Event, Tag};

use super::{Pass, end_of};

impl Pass<'_> {
    /// Writes the mark of a footnote.
    pub(super) fn mention(&mut self, label: &str) {
        let number = match self.mentioned.iter().position(|(known, _)| known == label) {
            Some(number) => number,
            None => {
                self.mentioned.push((label.to_owned(), 0));
                self.mentioned.len() - 1
            }
        };
        let Some((_, times)) = self.mentioned.get_mut(number) else { return };
        *times += 1;
        let (number, times) = (number + 1, *times);
        let within = &self.within;
        let id = if times == 1 { format!("{within}fnref:{number}") } else { format!("{within}fnref:{number}:{times}") };
        self.writer.start("sup", &[("class", "footnote"), ("id", &id)]);
        let (href, label) = (format!("#{within}fn:{number}"), format!("Footnote {number}"));
        self.writer.element(
            "a",
            &[("href", &href), ("role", "doc-noteref"), ("aria-label", &label)],
            &number.to_string(),
        );
        self.writer.end();
    }

    /// Writes the footnotes: those that were mentioned, in that order, and then the others.
    pub(super) fn endnotes(&mut self) {
        if self.footnotes.is_empty() {
            return;
        }
        let mut silent: Vec<(usize, String)> =
            self.footnotes.iter().map(|(label, span)| (span.start, label.clone())).collect();
        silent.sort_unstable();
        self.writer.start("section", &[("class", "footnotes"), ("role", "doc-endnotes"), ("aria-label", "Footnotes")]);
        self.writer.start("ol", &[]);
        let mut number = 0;
        // A footnote may mention others: the list grows while it is written.
        while let Some((label, times)) = self.mentioned.get(number).cloned().or_else(|| {
            let next = silent.iter().find(|(_, label)| !self.mentioned.iter().any(|(known, _)| known == label));
            next.map(|(_, label)| (label.clone(), 0))
        }) {
            if number == self.mentioned.len() {
                self.mentioned.push((label.clone(), 0));
            }
            number += 1;
            self.writer.start("li", &[("id", &format!("{}fn:{number}", self.within))]);
            if let Some(span) = self.footnotes.get(&label).cloned() {
                self.span(span);
            }
            if times > 0 {
                let (href, label) =
                    (format!("#{}fnref:{number}", self.within), format!("Back to the text of footnote {number}"));
                self.writer.element("a", &[("href", &href), ("role", "doc-backlink"), ("aria-label", &label)], "↩");
            }
            self.writer.end();
        }
        self.writer.end();
        self.writer.end();
    }
}

/// The footnotes: the events between each one's start and end, by label. The first of a label counts.
pub(super) fn definitions(events: &[(Event<'_>, Range<usize>)]) -> HashMap<String, Range<usize>> {
    let mut found: HashMap<String, Range<usize>> = HashMap::new();
    for (at, (event, _)) in events.iter().enumerate() {
        if let Event::Start(Tag::FootnoteDefinition(label)) = event {
            found.entry(label.to_string()).or_insert_with(|| at + 1..end_of(events, at));
        }
    }
    found
}
