//! Names alone: what documents are called when they are asked for as prompts or skills, and what may be offered to somebody
//! who is typing a name.
//!
//! Names are given over what one reader sees, public documents first: nobody's names depend on what they may not see, and a
//! public document has the same one for everybody, whatever private document takes its place.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use crate::access::Scope;
use crate::corpus::{Record, Status, is_front_page, stem};
use crate::retrieval::Directory;

use super::shelf::Shelves;
use super::{ReadError, Reader};

/// What names are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NamesOf {
    /// Collections.
    Collections,
    /// Paths of documents in their collection, or in this one alone.
    Paths(Option<String>),
    /// Titles of documents.
    Titles,
}

/// Names that begin as somebody typed, or have it in them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Suggested {
    /// Those that begin so first; each once.
    pub names: Vec<String>,
    /// How many there are, with those that were left out.
    pub total: usize,
}

impl Suggested {
    /// Takes of `all` those that fit what was typed, `most` at most. Case does not matter.
    #[must_use]
    pub fn of(all: impl IntoIterator<Item = String>, typed: &str, most: usize) -> Self {
        let typed = typed.trim().to_lowercase();
        let (mut begin, mut hold) = (BTreeSet::new(), BTreeSet::new());
        for name in all {
            let lower = name.to_lowercase();
            if lower.starts_with(&typed) {
                begin.insert(name);
            } else if lower.contains(&typed) {
                hold.insert(name);
            }
        }
        let total = begin.len() + hold.len();
        Self { names: begin.into_iter().chain(hold).take(most).collect(), total }
    }
}

impl<S: Scope> Reader<S> {
    /// The names that fit what somebody has typed. Gives no text, so that it leaves no record.
    ///
    /// # Errors
    /// `Busy` when too much is asked at once.
    pub(super) async fn suggest(&self, names: NamesOf, typed: String, most: usize) -> Result<Suggested, ReadError> {
        let shelves = self.shelves();
        let work = move || {
            let documents = shelves.documents();
            let records = documents.iter().map(|document| &**document.record());
            Ok(match names {
                NamesOf::Collections => {
                    Suggested::of(records.map(|record| record.id.collection().to_owned()), &typed, most)
                }
                NamesOf::Titles => Suggested::of(records.map(|record| record.title.clone()), &typed, most),
                NamesOf::Paths(collection) => {
                    let of = records
                        .filter(|record| collection.as_deref().is_none_or(|name| record.id.collection() == name));
                    Suggested::of(of.map(|record| record.id.path().to_owned()), &typed, most)
                }
            })
        };
        self.desk().offload.run(work).await
    }
}

/// The documents that `is_one` takes and that are in force, public ones first, each by id.
pub(super) fn those<S: Scope>(
    shelves: &Shelves<S>,
    directory: &Directory,
    is_one: impl Fn(&Record) -> bool,
) -> Vec<Arc<Record>> {
    let mut found = nameable(shelves, directory, is_one);
    found.retain(|record| is_in_force(record, directory));
    found
}

/// Those that take a name: public ones that are in force for everybody, and private ones that are for this reader.
fn nameable<S: Scope>(
    shelves: &Shelves<S>,
    directory: &Directory,
    is_one: impl Fn(&Record) -> bool,
) -> Vec<Arc<Record>> {
    let wanted = |record: &Record, directory: &Directory| is_one(record) && is_in_force(record, directory);
    let for_all = shelves.public.directory();
    let public = shelves.public.documents().iter().map(|document| document.record());
    let mut found: Vec<Arc<Record>> = public.filter(|record| wanted(record, for_all)).map(Arc::clone).collect();
    let mut own: Vec<Arc<Record>> = Vec::new();
    for (_, shelf) in &shelves.own {
        let records = shelf.documents().iter().map(|document| document.record());
        own.extend(records.filter(|record| wanted(record, directory)).map(Arc::clone));
    }
    own.sort_unstable_by(|a, b| a.id.cmp(&b.id));
    found.extend(own);
    found
}

/// Whether a document still holds, and nothing has taken its place by its own word or by that of its successor.
fn is_in_force(record: &Record, directory: &Directory) -> bool {
    !matches!(directory.standing(record).0, Status::Superseded | Status::Retired)
}

/// Gives each of [`those`] a name of its own: what its file is called, made a name by `made`; one whose name is taken is
/// called by its whole id; and if that is taken as well, it is numbered.
pub(super) fn named<S: Scope>(
    shelves: &Shelves<S>,
    directory: &Directory,
    is_one: impl Fn(&Record) -> bool,
    made: impl Fn(&str) -> String,
) -> Vec<(String, Arc<Record>)> {
    let records = nameable(shelves, directory, is_one);
    let mut taken = HashSet::new();
    let mut all = Vec::with_capacity(records.len());
    for record in records {
        let numbered = || (2..).map(|number| made(&format!("{number}-{}", record.id.as_str())));
        let names = [made(called(&record)), made(record.id.as_str())].into_iter().chain(numbered());
        let name = names.into_iter().find(|name| !name.is_empty() && !taken.contains(name));
        // There is always a number that is free.
        let Some(name) = name else { continue };
        taken.insert(name.clone());
        all.push((name, record));
    }
    // The name of a public document whose place a private one has taken is given to no other.
    all.retain(|(_, record)| is_in_force(record, directory));
    all
}

/// What a document's file is called; one that stands for its folder (`SKILL.md`, `README.md`) is called as that is.
fn called(record: &Record) -> &str {
    let path = record.path.as_str();
    let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
    if file.eq_ignore_ascii_case("SKILL.md") || is_front_page(file) {
        let folder = folder.rsplit('/').next().unwrap_or_default();
        return if folder.is_empty() { record.id.collection() } else { folder };
    }
    stem(file)
}

#[cfg(test)]
mod tests {
    use super::Suggested;

    #[test]
    fn what_begins_as_it_was_typed_is_offered_before_what_only_has_it_in_it() {
        let names = ["Runbook", "guides/run", "run", "other", "run"].map(str::to_owned);
        let offered = Suggested::of(names.clone(), " RUN", 2);
        assert_eq!((offered.names, offered.total), (vec!["Runbook".to_owned(), "run".to_owned()], 3));
        assert_eq!(Suggested::of(names, "", 100).total, 4, "each once");
    }
}
