//! Who looks at a report, and what of the figures they may see.
//!
//! The owner sees everything. Anybody else sees records whose shelves their grant all opens (those that were searched, or
//! that the author of feedback or of a gap could open), and documents that it opens today. What is left out is in no figure, and nothing says that something was.

use crate::ledger::Day;
use std::collections::BTreeMap;

use crate::access::{CollectionName, Grant, Principal, Private, Role};
use crate::corpus::{DocumentId, is_front_page};
use crate::library::{Fixes, Held, Library};

use super::Span;
use super::names::{Names, OTHERS};
use super::tally::{Answers, Missed, Place, Reached, Served, Tally};

/// The name of who keeps what nobody keeps.
pub(super) const NOBODY: &str = "nobody";

/// What one reader of reports may see.
#[derive(Debug)]
pub struct View {
    grant: Grant<Private>,
    everything: bool,
    pub(super) documents: BTreeMap<DocumentId, Held>,
    /// The commits that close mistakes.
    pub(super) fixes: Fixes,
}

impl View {
    /// What `principal` may see now; `None` for who may open nothing but what everybody may.
    #[must_use]
    pub fn of(library: &Library, principal: &Principal) -> Option<Self> {
        let grant = principal.private()?;
        let held = library.inventory(&grant).into_iter();
        let documents = held.map(|held| (held.document.record().id.clone(), held)).collect();
        Some(Self { grant, everything: principal.role() == Role::Owner, documents, fixes: library.fixes() })
    }

    /// Whether they may see everything.
    pub(super) fn is_owner(&self) -> bool {
        self.everything
    }

    /// Whether a record of a search over these shelves, with blanks between their names, may be seen.
    fn may_see(&self, shelves: &str) -> bool {
        self.everything || shelves.split(' ').all(|shelf| self.opens(shelf))
    }

    /// Whether what somebody typed who could open these shelves may be seen.
    pub(super) fn may_see_of(&self, shelves: &[String]) -> bool {
        self.everything || (!shelves.is_empty() && shelves.iter().all(|shelf| self.opens(shelf)))
    }

    fn opens(&self, shelf: &str) -> bool {
        shelf == "public" || CollectionName::parse(shelf).is_ok_and(|shelf| self.grant.opens(&shelf))
    }

    /// What is known of a document, by its id.
    pub(super) fn held(&self, id: &str) -> Option<&Held> {
        self.documents.get(&DocumentId::parse(id).ok()?)
    }

    /// Who keeps a document.
    pub(super) fn owner(&self, id: &str) -> &str {
        self.held(id).map_or(NOBODY, owner)
    }

    /// Who keeps a collection: who keeps its front page, else who keeps most of its documents.
    pub(super) fn owner_of_collection(&self, collection: &str) -> &str {
        let inside = || self.documents.values().filter(|held| held.document.record().id.collection() == collection);
        let top = |held: &&Held| {
            let path = held.document.record().path.as_str();
            !path.contains('/') && is_front_page(path)
        };
        if let Some(kept) = inside().filter(top).map(owner).find(|owner| *owner != NOBODY) {
            return kept;
        }
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for owner in inside().map(owner).filter(|owner| *owner != NOBODY) {
            *counts.entry(owner).or_default() += 1;
        }
        counts.into_iter().max_by_key(|(_, count)| *count).map_or(NOBODY, |(owner, _)| owner)
    }
}

/// Who keeps a document.
pub(super) fn owner(held: &Held) -> &str {
    held.document.record().meta.owner.as_deref().unwrap_or(NOBODY)
}

/// The part of the figures that a view may see of a span.
#[derive(Debug)]
pub(super) struct Slice<'a> {
    pub(super) tally: &'a Tally,
    pub(super) view: &'a View,
    pub(super) span: Span,
    /// By the number of a set of shelves.
    open: Vec<bool>,
    /// By the number of a document, whether it may be named; `None` for who may know of all, those that are gone as well.
    shown: Option<Vec<bool>>,
    /// By the number of an asker: its principal, and its process as far as that may be named.
    askers: Vec<(u32, u32)>,
}

/// The number of a process that was not named, or may not be.
const NAMELESS: u32 = u32::MAX;

impl<'a> Slice<'a> {
    pub(super) fn new(tally: &'a Tally, view: &'a View, span: Span) -> Self {
        let numbers = 0..=u32::try_from(tally.scopes.len()).unwrap_or(OTHERS);
        let may_see =
            |number: u32| if number == OTHERS { view.everything } else { view.may_see(tally.scopes.name(number)) };
        let known = |names: &Names| {
            let held = |number| number != OTHERS && view.held(names.name(number)).is_some();
            (0..=u32::try_from(names.len()).unwrap_or(OTHERS)).map(held).collect::<Vec<bool>>()
        };
        let (shown, processes) = match view.everything {
            true => (None, None),
            false => (Some(known(&tally.documents)), Some(known(&tally.processes))),
        };
        let named = |process: u32| {
            let may = processes.as_ref().is_none_or(|known| known.get(process as usize).copied().unwrap_or(false));
            if may && !tally.processes.name(process).is_empty() { process } else { NAMELESS }
        };
        let askers = tally.pairs().map(|(principal, process)| (principal, named(process))).collect();
        Self { tally, view, span, open: numbers.map(may_see).collect(), shown, askers }
    }

    fn is_open(&self, scope: u16, day: Day) -> bool {
        self.open.get(usize::from(scope)).copied().unwrap_or(false) && self.span.has(day)
    }

    pub(super) fn answers(&self) -> impl Iterator<Item = (&'a Place, &'a Answers)> {
        self.tally.answers.iter().filter(|(place, _)| self.is_open(place.scope, place.day))
    }

    /// What was served, with the number of the document.
    pub(super) fn served(&self) -> impl Iterator<Item = (&'a Place, u32, &'a Served)> {
        let all = self.tally.served.iter().map(|((place, document), served)| (place, *document, served));
        all.filter(|(place, document, _)| self.is_open(place.scope, place.day) && self.shows(*document))
    }

    pub(super) fn missed(&self) -> impl Iterator<Item = &'a Missed> {
        self.tally.missed.iter().filter(|missed| self.is_open(missed.place.scope, missed.place.day))
    }

    /// What pages of the site brought, with the number of the document.
    pub(super) fn reached(&self) -> impl Iterator<Item = (Day, u32, &'a Reached)> {
        let all = self.tally.reached.iter().map(|((day, document), reached)| (*day, *document, reached));
        all.filter(|(day, document, _)| self.span.has(*day) && self.shows(*document))
    }

    /// Whether a document may be named: the owner may know of those that are gone, too.
    fn shows(&self, document: u32) -> bool {
        self.shown.as_ref().is_none_or(|shown| shown.get(document as usize).copied().unwrap_or(false))
    }

    pub(super) fn document(&self, number: u32) -> &'a str {
        self.tally.documents.name(number)
    }

    /// The numbers of an asker's principal and of its process.
    pub(super) fn asker(&self, asker: u32) -> (u32, u32) {
        self.askers.get(asker as usize).copied().unwrap_or((OTHERS, NAMELESS))
    }

    pub(super) fn principal(&self, number: u32) -> &'a str {
        self.tally.principals.name(number)
    }

    /// The name of a process, which may be that of a document; empty where none was named, or none may be.
    pub(super) fn process(&self, number: u32) -> &'a str {
        if number == NAMELESS { "" } else { self.tally.processes.name(number) }
    }

    /// What a reader of the figures has to know of them; the owner alone, because it is about all of them.
    pub(super) fn notes(&self) -> Vec<String> {
        let Tally { without_asker, without_document, unreadable, .. } = self.tally;
        let notes = [
            (
                *without_asker,
                "passages are counted among the others, because more askers and days came than are told apart",
            ),
            (*without_document, "passages are counted without their document, because more came than are told apart"),
            (*unreadable, "lines are no records and are left out: `cairn log verify` says where"),
        ];
        let told = notes.into_iter().filter(|(count, _)| *count > 0 && self.view.everything);
        told.map(|(count, note)| format!("{count} {note}")).collect()
    }
}
