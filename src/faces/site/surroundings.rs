//! What stands around the text of a page: where its links lead, and the texts of other pages that it embeds.
//!
//! Only documents of the public graph are found, so that a private target and a missing one can't differ. How deep texts
//! embed each other, and how much one page embeds in all, is bounded; beyond that an embed is a link.

use std::cell::Cell;
use std::ops::Range;
use std::rc::Rc;

use super::address::encoded;
use super::body::{Around, Embedded, Lead};
use super::edition::is_retired;
use super::front::View;
use super::links::Links;
use crate::corpus::{LinkKind, Record};

/// How deep texts may embed each other.
const DEPTH: usize = 3;

/// How much text is read for the embeds of one page.
const TOTAL_BYTES: usize = 256 * 1024;

/// The surroundings of one text.
pub(super) struct Surroundings<'v> {
    view: &'v View<'v>,
    record: &'v Record,
    /// The texts around it that embed it, the page first.
    within: Vec<&'v Record>,
    /// How many bytes may still be read for the page.
    left: Rc<Cell<usize>>,
}

impl<'v> Surroundings<'v> {
    /// Those of a page's own text.
    pub(super) fn of(view: &'v View<'v>, record: &'v Record) -> Self {
        Self { view, record, within: Vec::new(), left: Rc::new(Cell::new(TOTAL_BYTES)) }
    }

    fn links(&self) -> Links<'v> {
        Links { edition: self.view.edition, from: self.record }
    }
}

impl Around for Surroundings<'_> {
    fn lead(&self, kind: LinkKind, target: &str) -> Lead {
        let lead = self.links().lead(kind, target);
        match lead {
            // A place of the embedded page is none of the page it is shown on.
            Lead::Here(anchor) if !self.within.is_empty() && anchor.starts_with('#') => {
                let page = self.view.edition.address_of(&self.record.id).unwrap_or_default();
                Lead::Here(format!("{page}{anchor}"))
            }
            lead => lead,
        }
    }

    fn embedded(&self, target: &str) -> Option<Embedded<'_>> {
        let edition = self.view.edition;
        let (at, anchor) = self.links().embedded(target)?;
        let document = edition.document(at)?;
        let record: &Record = document.record();
        let is_around = self.within.iter().chain([&self.record]).any(|around| around.id == record.id);
        if is_around || self.within.len() >= DEPTH || is_retired(record) {
            return None;
        }
        let (lines, section) = match &anchor {
            Some(anchor) => lines(record, anchor).map(|(lines, title)| (lines, Some(title)))?,
            None => (1..u32::MAX, None),
        };
        // Without its text it is a link, and its own page says why.
        let text = (self.view.text)(document).ok()?;
        self.left.set(self.left.get().checked_sub(text.len())?);
        let fragment = anchor.map_or_else(String::new, |anchor| format!("#{}", encoded(&anchor)));
        let title = section.map_or_else(|| record.title.clone(), |section| format!("{} › {section}", record.title));
        let within = self.within.iter().copied().chain([self.record]).collect();
        let around = Surroundings { view: self.view, record, within, left: Rc::clone(&self.left) };
        let address = format!("{}{fragment}", edition.address(at));
        Some(Embedded { address, title, record, text, lines, around: Box::new(around) })
    }
}

/// The lines of a section with those below it, from 1, and its title.
fn lines<'r>(record: &'r Record, anchor: &str) -> Option<(Range<u32>, &'r str)> {
    let at = record.sections.iter().position(|section| section.level > 0 && section.anchor == anchor)?;
    let (section, rest) = record.sections.get(at..)?.split_first()?;
    let next = rest.iter().find(|next| next.level <= section.level);
    Some((section.line..next.map_or(u32::MAX, |next| next.line), &section.title))
}
