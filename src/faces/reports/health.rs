//! *health*: how well the corpus answers, on one page. Every measure is a share between 0 and 1, and more is better.
//!
//! What a document is, it is today: whether it is verified, overdue or kept by somebody is not looked up in the past.

use crate::ledger::Day;
use std::collections::{BTreeMap, HashMap};

use crate::library::Held;

use super::book::Sources;
use super::report::{Cell, Rest, Series, Table, quoted, share};
use super::tally::{Answers, Served};
use super::view::{NOBODY, Slice, owner};
use super::{Report, ReportKind, scores};

/// A measure: a part of a whole, and what to do for more.
struct Measure<'a> {
    name: &'static str,
    title: &'static str,
    part: u64,
    whole: u64,
    /// The document that takes most away from it.
    worst: Option<&'a Held>,
    /// What to do, with the document or without one.
    next: &'static str,
    /// The command that begins it; the document comes behind it.
    command: &'static str,
}

/// Documents that were served, and how often.
struct Text<'a>(Vec<(&'a Held, Served)>);

pub(super) fn report(sources: &Sources<'_>) -> Report {
    let slice = &sources.slice;
    let mut report = ReportKind::Health.begin(slice.span.since(), slice.span.until());
    let text = Text::of(slice);
    let mut table = Table::new(
        "measures",
        "Measures",
        &[
            ("measure", "Measure", ""),
            ("title", "What it says", ""),
            ("value", "Value", "share"),
            ("part", "Good", "times"),
            ("whole", "Of", "times"),
            ("worst", "Most to gain", ""),
        ],
    );
    for measure in measures(sources, &text) {
        table.push(usize::MAX, measure.cells(), measure.rest(sources));
    }
    report.tables.push(table);
    report.tables.push(ages(sources, &text));
    report.series.push(series(slice));
    scores::add(sources, &mut report);
    report
}

impl<'a> Text<'a> {
    fn of(slice: &Slice<'a>) -> Self {
        let mut all: HashMap<u32, Served> = HashMap::new();
        for (_, document, served) in slice.served() {
            all.entry(document).or_default().add(served);
        }
        // What is gone from the corpus has no owner and no review any more.
        let held = |(document, served)| Some((slice.view.held(slice.document(document))?, served));
        let mut all: Vec<_> = all.into_iter().filter_map(held).collect();
        all.sort_by(|(a, _), (b, _)| a.document.record().id.cmp(&b.document.record().id));
        Self(all)
    }

    /// How often that of which `good` holds was served, how often everything was, and what was most of the rest.
    fn share(&self, count: fn(&Served) -> u64, good: impl Fn(&Held) -> bool) -> (u64, u64, Option<&'a Held>) {
        let (mut part, mut whole, mut worst) = (0, 0, None);
        for (held, served) in &self.0 {
            let times = count(served);
            whole += times;
            if good(held) {
                part += times;
            } else if times > worst.map_or(0, |(most, _)| most) {
                worst = Some((times, *held));
            }
        }
        (part, whole, worst.map(|(_, held)| held))
    }
}

fn measures<'a>(sources: &Sources<'a>, text: &Text<'a>) -> Vec<Measure<'a>> {
    let slice = &sources.slice;
    let mut sums = Answers::default();
    slice.answers().for_each(|(_, answers)| sums.add(answers));
    let due = |held: &Held| held.due().is_some_and(|due| due < sources.today);
    let verified = text.share(|served| served.first, |held| held.verified().is_some() && !due(held));
    let current = text.share(|served| served.passages, |held| !due(held));
    let owned = text.share(|served| served.passages, |held| owner(held) != NOBODY);
    let found = sums.questions - sums.empty;
    let read = (text.0.len() as u64, slice.view.documents.len() as u64, None);
    let measure =
        |name, title, (part, whole, worst), next, command| Measure { name, title, part, whole, worst, next, command };
    let get = "cairn get";
    vec![
        measure(
            "verified",
            "begins with verified text",
            verified,
            "have it verified: of what nobody has it is first most often",
            get,
        ),
        measure(
            "answered",
            "found something",
            (found, sums.questions, None),
            "go through what found nothing",
            "cairn report gaps",
        ),
        measure(
            "worded",
            "found a word of the question",
            (found - sums.weak, sums.questions, None),
            "write in the words that were asked in",
            "cairn report gaps",
        ),
        measure("current", "is not past its review", current, "review it: of what is overdue it is served most", get),
        measure("owned", "has an owner", owned, "find an owner for it: of what nobody keeps it is served most", get),
        measure(
            "whole",
            "had room for everything",
            (sums.answers - sums.truncated, sums.answers, None),
            "look at how much agents ask for, and at long sections",
            "cairn log tail",
        ),
        measure("read", "was served at all", read, "retire what nobody needs", "cairn report unread"),
    ]
}

impl Measure<'_> {
    fn cells(&self) -> [Cell; 6] {
        let worst = self.worst.map_or("", |held| held.document.record().id.as_str());
        let value = if self.whole == 0 { 1.0 } else { share(self.part, self.whole) };
        [self.name.into(), self.title.into(), Cell::Share(value), self.part.into(), self.whole.into(), worst.into()]
    }

    fn rest(&self, sources: &Sources<'_>) -> Rest {
        let command = match self.worst {
            Some(held) => format!("{} {}", self.command, quoted(held.document.record().id.as_str())),
            // Nothing takes anything away: all that is left is to look on.
            None if self.command == "cairn get" => "cairn report usage".to_owned(),
            None => self.command.to_owned(),
        };
        let next = if self.part == self.whole { "nothing to gain here; look on" } else { self.next };
        let changed = self.worst.and_then(Held::dated);
        Rest {
            owner: self.worst.map_or(NOBODY, owner).to_owned(),
            age_days: changed.map(|day| sources.today.since(day)),
            next: format!("{next}: `{command}`"),
        }
    }
}

/// How old the text is that was served: half of the passages are from documents that are younger.
fn ages(sources: &Sources<'_>, text: &Text<'_>) -> Table {
    let mut table = Table::new(
        "ages",
        "Age of what is served",
        &[
            ("measure", "Measure", ""),
            ("days", "Days", "days"),
            ("passages", "Passages", "passages"),
            ("document", "Document of that age", ""),
        ],
    );
    let dated = text.0.iter().filter_map(|(held, served)| Some((held.dated()?, *held, served.passages)));
    let mut dated: Vec<_> = dated.collect();
    dated.sort_by_key(|(day, ..)| std::cmp::Reverse(*day));
    let whole: u64 = dated.iter().map(|(_, _, passages)| passages).sum();
    let mut before = 0;
    let median = dated.iter().find(|(_, _, passages)| {
        before += passages;
        2 * before >= whole
    });
    if let Some((day, held, _)) = median {
        let id = held.document.record().id.as_str();
        let cells = ["median".into(), sources.today.since(*day).into(), whole.into(), id.into()];
        let next = format!("see whether it still holds: `cairn get {}`", quoted(id));
        table.push(
            usize::MAX,
            cells,
            Rest { owner: owner(held).to_owned(), age_days: Some(sources.today.since(*day)), next },
        );
    }
    table
}

fn series(slice: &Slice<'_>) -> Series {
    let mut days: BTreeMap<Day, (u64, u64)> = BTreeMap::new();
    for (place, answers) in slice.answers() {
        let (found, asked) = days.entry(place.day).or_default();
        *found += answers.questions - answers.empty;
        *asked += answers.questions;
    }
    let shares = days.into_iter().filter(|(_, (_, asked))| *asked > 0);
    let shares = shares.map(|(day, (found, asked))| (day, share(found, asked))).collect();
    Series::new("answered", "Questions that found something", "share", &shares)
}
