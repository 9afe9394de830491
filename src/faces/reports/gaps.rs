//! *gaps*: what was asked and not found, and what agents say they needed and did not find.
//!
//! Texts are read now and kept by nobody: one that was erased is in no row.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::embed::StaticModel;
use crate::ledger::{Asked, Day};

use super::book::Sources;
use super::report::{Cell, Rest, Series, Table, quoted};
use super::tally::{Missed, Why};
use super::view::{NOBODY, Slice};
use super::{Report, ReportError, ReportKind, meaning};

/// How many wordings are held against each other for their meaning, those asked most often; each further one is a row.
const GROUPED: usize = 600;

/// How much of a text a row has: who reports a gap may write a page.
const TEXT_CHARS: usize = 500;

/// How much of it a command asks for.
const QUERY_CHARS: usize = 200;

/// How many other wordings a row names.
const WORDINGS: usize = 5;

/// A question, in one wording or in several that mean the same.
struct Gap<'a> {
    /// The wording that was asked most often.
    text: String,
    /// The others.
    wordings: Vec<String>,
    asked: u64,
    empty: u64,
    reported: u64,
    principals: BTreeSet<&'a str>,
    first: Day,
    last: Day,
    /// What was found last, though by no word of the question.
    document: Option<&'a str>,
    /// The collections that were asked alone.
    collections: BTreeSet<&'a str>,
}

pub(super) fn report(sources: &Sources<'_>, model: &mut Option<StaticModel>) -> Result<Report, ReportError> {
    let slice = &sources.slice;
    let mut report = ReportKind::Gaps.begin(slice.span.since(), slice.span.until());
    let missed: Vec<&Missed> = slice.missed().collect();
    let asked: Vec<Asked> = missed.iter().map(|missed| missed.asked.clone()).collect();
    let mut worded: HashMap<String, Gap<'_>> = HashMap::new();
    let mut texts = 0;
    sources.reader.texts(&asked, |place, text| {
        texts += 1;
        if let Some(missed) = missed.get(place) {
            let gap = worded.entry(normal(&text)).or_insert_with(|| Gap::begin(text, missed.place.day));
            gap.add(missed, slice);
        }
    })?;
    let mut gaps: Vec<Gap<'_>> = worded.into_values().collect();
    gaps.sort_by(Gap::order);
    let model = match model {
        Some(model) => model,
        None => model.insert(StaticModel::new()?),
    };
    let gaps = grouped(model, gaps)?;
    report.tables.push(table(sources, &gaps));
    report.series.push(series(slice));
    if texts < asked.len() {
        report.notes.push(format!("{} of them are left out: their texts are not kept any more", asked.len() - texts));
    }
    if slice.tally.forgotten > 0 && slice.view.is_owner() {
        report.notes.push(format!("{} older questions are left out: only the newest are kept", slice.tally.forgotten));
    }
    Ok(report)
}

impl<'a> Gap<'a> {
    fn begin(text: String, day: Day) -> Self {
        Self {
            text,
            wordings: Vec::new(),
            asked: 0,
            empty: 0,
            reported: 0,
            principals: BTreeSet::new(),
            first: day,
            last: day,
            document: None,
            collections: BTreeSet::new(),
        }
    }

    fn add(&mut self, missed: &'a Missed, slice: &Slice<'a>) {
        let day = missed.place.day;
        self.asked += u64::from(missed.why != Why::Reported);
        self.empty += u64::from(missed.why == Why::Empty);
        self.reported += u64::from(missed.why == Why::Reported);
        self.principals.insert(slice.principal(slice.asker(missed.place.asker).0));
        self.first = self.first.min(day);
        self.last = self.last.max(day);
        let found = missed.document.map(|number| slice.document(number)).filter(|id| slice.view.held(id).is_some());
        self.document = found.or(self.document);
        self.collections.extend(missed.collection.as_deref());
    }

    fn join(&mut self, other: Self) {
        self.asked += other.asked;
        self.empty += other.empty;
        self.reported += other.reported;
        self.principals.extend(other.principals);
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
        self.document = self.document.or(other.document);
        self.collections.extend(other.collections);
        self.wordings.push(other.text);
    }

    /// The most asked and reported first; of two that were as often the one that was asked last.
    fn order(&self, other: &Self) -> std::cmp::Ordering {
        let by = |gap: &Self| (std::cmp::Reverse(gap.asked + gap.reported), std::cmp::Reverse(gap.last));
        by(self).cmp(&by(other)).then_with(|| self.text.cmp(&other.text))
    }

    /// Who keeps what should have answered.
    fn owner(&self, slice: &Slice<'a>) -> &'a str {
        if let Some(document) = self.document {
            return slice.view.owner(document);
        }
        match self.collections.iter().next() {
            Some(collection) if self.collections.len() == 1 => slice.view.owner_of_collection(collection),
            _ => NOBODY,
        }
    }

    fn next(&self) -> String {
        match self.document {
            Some(document) => format!(
                "see whether this answers it, and write it in the words of the question: `cairn get {}`",
                quoted(document)
            ),
            None => format!(
                "write what answers it, then ask again: `cairn search -- {}`",
                quoted(&begun(&self.text, QUERY_CHARS))
            ),
        }
    }
}

fn begun(text: &str, chars: usize) -> String {
    text.chars().take(chars).collect()
}

/// A wording without what does not change it.
fn normal(text: &str) -> String {
    let words = text.split_whitespace().map(|word| word.trim_matches(['?', '!', '.', ',', ';', ':']).to_lowercase());
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Puts together what means the same. Given and left in order.
fn grouped<'a>(model: &StaticModel, gaps: Vec<Gap<'a>>) -> Result<Vec<Gap<'a>>, ReportError> {
    let texts: Vec<&str> = gaps.iter().take(GROUPED).map(|gap| gap.text.as_str()).collect();
    let leaders = meaning::groups(model, &texts)?;
    let mut groups: BTreeMap<usize, Gap<'a>> = BTreeMap::new();
    for (place, gap) in gaps.into_iter().enumerate() {
        let leader = leaders.get(place).copied().unwrap_or(place);
        match groups.get_mut(&leader) {
            Some(group) => group.join(gap),
            None => drop(groups.insert(leader, gap)),
        }
    }
    let mut gaps: Vec<Gap<'a>> = groups.into_values().collect();
    gaps.sort_by(Gap::order);
    Ok(gaps)
}

fn table(sources: &Sources<'_>, gaps: &[Gap<'_>]) -> Table {
    let mut table = Table::new(
        "questions",
        "Questions",
        &[
            ("question", "Question", ""),
            ("asked", "Asked", "times"),
            ("empty", "Found nothing", "times"),
            ("reported", "Reported", "times"),
            ("agents", "By", "agents"),
            ("last", "Last", "date"),
            ("nearest", "Nearest", ""),
            ("wordings", "Also asked as", ""),
        ],
    );
    for gap in gaps {
        let cells = [
            begun(&gap.text, TEXT_CHARS).as_str().into(),
            gap.asked.into(),
            gap.empty.into(),
            gap.reported.into(),
            (gap.principals.len() as u64).into(),
            gap.last.to_string().as_str().into(),
            gap.document.unwrap_or_default().into(),
            Cell::Texts(gap.wordings.iter().take(WORDINGS).map(|text| begun(text, TEXT_CHARS)).collect()),
        ];
        let rest = Rest {
            owner: gap.owner(&sources.slice).to_owned(),
            age_days: Some(sources.today.since(gap.first)),
            next: gap.next(),
        };
        table.push(sources.rows, cells, rest);
    }
    let sum = |of: fn(&Gap<'_>) -> u64| gaps.iter().map(of).sum();
    table.totals =
        [("asked", sum(|gap| gap.asked)), ("empty", sum(|gap| gap.empty)), ("reported", sum(|gap| gap.reported))]
            .map(|(k, v)| (k.to_owned(), v))
            .into();
    table
}

#[expect(clippy::cast_precision_loss, reason = "counts of a day")]
fn series(slice: &Slice<'_>) -> Series {
    let mut days: BTreeMap<Day, f64> = BTreeMap::new();
    for (place, answers) in slice.answers() {
        *days.entry(place.day).or_default() += (answers.empty + answers.weak) as f64;
    }
    Series::new("missed", "Questions without a good answer", "questions", &days)
}
