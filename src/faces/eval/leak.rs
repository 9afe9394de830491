//! Private text that a set forbids and that stands on the public shelf.
//!
//! A forbidden name is private when the set says so, or when the corpus says so, now or as it was before. It has leaked
//! when its document is on the public shelf, whatever its rank, or when one of its passages stands there word for word
//! in another document.

use std::collections::HashMap;

use crate::access::{Grant, Private, Visibility};
use crate::corpus::{Digest, DocumentId, Lines, Record};
use crate::library::Aside;

use super::set::{Forbidden, Place, Set};

/// A shorter passage may stand in two documents by chance: `See above.`
const COPY_BYTES_MIN: u32 = 60;

/// Something private that is on the public shelf.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leak {
    /// What was forbidden.
    pub name: String,
    /// Where the set forbids it.
    pub place: Place,
    /// The public document it stands in.
    pub document: DocumentId,
    /// The lines of that document's file; `None` for the whole of it.
    pub lines: Option<Lines>,
}

/// Looks for what must not be public on the public shelf of `now`. `before` may know what was private then.
#[must_use]
pub fn leaks(sets: &[Set], now: &Aside, before: Option<&Aside>, owner: &Grant<Private>) -> Vec<Leak> {
    let mut found: Vec<Leak> = Vec::new();
    let copies = Copies::of(now);
    for question in sets.iter().flat_map(|set| &set.questions) {
        for forbidden in &question.must_not {
            let states = [Some(now), before];
            let records: Vec<_> =
                states.into_iter().flatten().filter_map(|aside| record(aside, owner, forbidden)).collect();
            let was_private = records.iter().any(|record| record.visibility() == Visibility::Private);
            if !forbidden.private && !was_private {
                continue;
            }
            for (document, lines) in reached(forbidden, &records, now, &copies) {
                let leak = Leak { name: forbidden.name.clone(), place: question.place.clone(), document, lines };
                // Two questions may forbid the same; it leaks once.
                let same = |other: &Leak| (&other.name, &other.document) == (&leak.name, &leak.document);
                if !found.iter().any(same) {
                    found.push(leak);
                }
            }
        }
    }
    found
}

/// Where on the public shelf a forbidden document or section stands.
fn reached(
    forbidden: &Forbidden,
    records: &[std::sync::Arc<Record>],
    now: &Aside,
    copies: &Copies,
) -> Vec<(DocumentId, Option<Lines>)> {
    let (document, anchor) = parts(&forbidden.name);
    let mut places = Vec::new();
    let itself = DocumentId::parse(document).ok().and_then(|id| now.public().document(&id));
    if let Some(itself) = itself {
        let has = |record: &Record| record.sections.iter().any(|section| section.anchor == anchor);
        if anchor.is_empty() || has(itself.record()) {
            places.push((itself.record().id.clone(), None));
        }
    }
    for record in records.iter().filter(|record| record.visibility() == Visibility::Private) {
        let wanted = |section: u32| {
            anchor.is_empty() || record.sections.get(section as usize).is_some_and(|section| section.anchor == anchor)
        };
        for chunk in record.chunks.iter().filter(|chunk| wanted(chunk.section)) {
            let known = copies.0.get(&chunk.sha256).into_iter().flatten();
            let elsewhere = known.filter(|(id, _)| id.as_str() != document);
            places.extend(elsewhere.map(|(id, lines)| (id.clone(), Some(*lines))));
        }
    }
    places
}

fn record(aside: &Aside, owner: &Grant<Private>, forbidden: &Forbidden) -> Option<std::sync::Arc<Record>> {
    let id = DocumentId::parse(parts(&forbidden.name).0).ok()?;
    aside.document(owner, &id).map(|document| std::sync::Arc::clone(document.record()))
}

fn parts(name: &str) -> (&str, &str) {
    name.split_once('#').unwrap_or((name, ""))
}

/// The passages of the public shelf, by what they say.
struct Copies(HashMap<Digest, Vec<(DocumentId, Lines)>>);

impl Copies {
    fn of(aside: &Aside) -> Self {
        let mut copies: HashMap<Digest, Vec<(DocumentId, Lines)>> = HashMap::new();
        for document in aside.public().documents() {
            let record = document.record();
            for chunk in record.chunks.iter().filter(|chunk| chunk.span.end - chunk.span.start >= COPY_BYTES_MIN) {
                copies.entry(chunk.sha256).or_default().push((record.id.clone(), chunk.lines));
            }
        }
        Self(copies)
    }
}

#[cfg(test)]
#[path = "leak_tests.rs"]
mod tests;
