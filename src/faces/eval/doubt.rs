//! What is doubtful about a set once the corpus is known: names that nothing has, and questions that nobody could have
//! answered as they were asked.
//!
//! A doubt is a finding, not an error: the judgement stands, and counts as not found.

use std::collections::BTreeSet;

use crate::access::{Grant, Private, Visibility};
use crate::corpus::DocumentId;
use crate::library::Aside;

use super::set::{Asker, Place, Question, Set};

/// How different a name may be to be held for a slip of the pen: one letter in three.
const LETTERS_A_SLIP: usize = 3;

/// Something doubtful, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubt {
    /// Where.
    pub place: Place,
    /// What, the thing first.
    pub message: String,
}

/// What is known of the corpus' names.
struct Known<'a> {
    aside: &'a Aside,
    owner: &'a Grant<Private>,
    ids: BTreeSet<String>,
}

/// Holds the names in sets against the corpus.
#[must_use]
pub fn doubts(sets: &[Set], aside: &Aside, owner: &Grant<Private>) -> Vec<Doubt> {
    let public = aside.public().documents().iter().map(|document| document.record().id.to_string());
    let mut ids: BTreeSet<String> = public.collect();
    for shelf in aside.private(owner) {
        ids.extend(shelf.documents().iter().map(|document| document.record().id.to_string()));
    }
    let known = Known { aside, owner, ids };
    let questions = sets.iter().flat_map(|set| &set.questions);
    questions.flat_map(|question| known.doubts(question)).collect()
}

impl Known<'_> {
    fn doubts(&self, question: &Question) -> Vec<Doubt> {
        let names = question.relevant.keys().chain(question.must_not.iter().map(|forbidden| &forbidden.name));
        let mut messages: Vec<String> = names.filter_map(|name| self.unknown(name)).collect();
        if question.asker == Some(Asker::Stranger) {
            let private = question.relevant.keys().filter(|name| self.is_private(name));
            messages.extend(private.map(|name| {
                format!("{name}: is private, and a stranger is to find it; ask as the owner, or judge a public page")
            }));
        }
        messages.into_iter().map(|message| Doubt { place: question.place.clone(), message }).collect()
    }

    fn unknown(&self, name: &str) -> Option<String> {
        let (document, anchor) = name.split_once('#').unwrap_or((name, ""));
        let found = DocumentId::parse(document).ok().and_then(|id| self.aside.document(self.owner, &id));
        let Some(found) = found else {
            let near = nearest(document, self.ids.iter().map(String::as_str));
            let near = near.map(|near| format!("; the nearest is {near}")).unwrap_or_default();
            return Some(format!("{document}: no document has this id{near}"));
        };
        let anchors = || found.record().sections.iter().map(|section| section.anchor.as_str());
        if anchor.is_empty() || anchors().any(|other| other == anchor) {
            return None;
        }
        let near = nearest(anchor, anchors());
        let near = near.map(|near| format!("; the nearest is #{near}")).unwrap_or_default();
        Some(format!("{name}: the document has no such section{near}"))
    }

    fn is_private(&self, name: &str) -> bool {
        let document = name.split_once('#').map_or(name, |(document, _)| document);
        let found = DocumentId::parse(document).ok().and_then(|id| self.aside.document(self.owner, &id));
        found.is_some_and(|document| document.record().visibility() == Visibility::Private)
    }
}

/// The name that is most like another: the fewest letters differ, or it is the other one in another folder.
fn nearest<'a>(name: &str, among: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let last = |name: &str| name.rsplit('/').next().unwrap_or_default().to_owned();
    let wanted = last(name);
    let far = |other: &str| {
        let moved = if last(other) == wanted { 1 } else { usize::MAX };
        edits(name, other).min(moved)
    };
    let (distance, near) = among.filter(|other| !other.is_empty()).map(|other| (far(other), other)).min()?;
    (distance <= name.chars().count().div_ceil(LETTERS_A_SLIP)).then_some(near)
}

/// How many letters must be put in, taken out or changed (Levenshtein, 1966).
fn edits(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.chars().enumerate() {
        let mut corner = std::mem::replace(&mut row[0], i + 1);
        for (j, b) in to.iter().enumerate() {
            let kept = corner + usize::from(a != *b);
            corner = row[j + 1];
            row[j + 1] = kept.min(corner + 1).min(row[j] + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::{edits, nearest};

    #[test]
    fn the_nearest_name_is_a_slip_away_or_in_another_folder() {
        let ids = ["playbook/refunds", "playbook/loop", "journeys/refunds-told", "corpus/old/holidays"];
        let near = |name| nearest(name, ids.into_iter());
        assert_eq!(near("playbook/refund"), Some("playbook/refunds"));
        assert_eq!(near("playbook/holidays"), Some("corpus/old/holidays"));
        assert_eq!(near("somewhere/else-entirely"), None);
        assert_eq!((edits("kitten", "sitting"), edits("", "abc"), edits("a", "a")), (3, 3, 0));
    }
}
