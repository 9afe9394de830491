//! *usage*: what was served for which process, to which agent, from which document; and what it costs in tokens.

use std::collections::{BTreeMap, BTreeSet};

use super::book::Sources;
use super::calendar::Day;
use super::report::{Cell, Rest, Series, Table, quoted, share};
use super::tally::{Answers, Served};
use super::view::{NOBODY, Slice};
use super::{Report, ReportKind};

/// What a process or an agent was answered.
#[derive(Default)]
struct Asker<'a> {
    sums: Answers,
    principals: BTreeSet<&'a str>,
    last: Option<Day>,
}

/// How a document was served, or a document to an agent for a process.
#[derive(Default)]
struct Given<'a> {
    sums: Served,
    principals: BTreeSet<&'a str>,
    processes: BTreeSet<&'a str>,
    last: Option<Day>,
}

pub(super) fn report(sources: &Sources<'_>) -> Report {
    let slice = &sources.slice;
    let mut report = ReportKind::Usage.begin(slice.span.since(), slice.span.until());
    report.tables = vec![processes(sources), agents(sources), documents(sources), deliveries(sources)];
    report.series = series(slice);
    report
}

impl<'a> Asker<'a> {
    /// What was answered, by a name of who asked.
    fn all(slice: &Slice<'a>, name: impl Fn(u32) -> &'a str) -> Vec<(&'a str, Self)> {
        let mut all: BTreeMap<&str, Self> = BTreeMap::new();
        for (place, answers) in slice.answers() {
            let asker = all.entry(name(place.asker)).or_default();
            asker.sums.add(answers);
            asker.principals.insert(slice.principal(place.asker));
            asker.last = asker.last.max(Some(place.day));
        }
        let mut all: Vec<_> = all.into_iter().collect();
        all.sort_by(|(_, a), (_, b)| b.sums.tokens.cmp(&a.sums.tokens).then(b.sums.answers.cmp(&a.sums.answers)));
        all
    }

    fn total(all: &[(&str, Self)]) -> Answers {
        let mut total = Answers::default();
        all.iter().for_each(|(_, asker)| total.add(&asker.sums));
        total
    }
}

fn age(sources: &Sources<'_>, last: Option<Day>) -> Option<u64> {
    last.map(|day| sources.today.since(day))
}

fn totals(answers: &Answers) -> BTreeMap<String, u64> {
    let Answers { answers, questions, empty, passages, tokens, .. } = *answers;
    let all =
        [("answers", answers), ("questions", questions), ("empty", empty), ("passages", passages), ("tokens", tokens)];
    all.map(|(name, sum)| (name.to_owned(), sum)).into()
}

fn processes(sources: &Sources<'_>) -> Table {
    let slice = &sources.slice;
    let all = Asker::all(slice, |asker| slice.process(asker));
    let total = Asker::total(&all);
    let mut table = Table::new(
        "processes",
        "Processes",
        &[
            ("process", "Process", ""),
            ("agents", "Agents", "agents"),
            ("answers", "Answers", "answers"),
            ("questions", "Questions", "questions"),
            ("empty", "Found nothing", "questions"),
            ("passages", "Passages", "passages"),
            ("tokens", "Tokens", "tokens"),
            ("share", "Of all tokens", "share"),
        ],
    );
    for (process, asker) in &all {
        let sums = &asker.sums;
        let cells = [
            (*process).into(),
            (asker.principals.len() as u64).into(),
            sums.answers.into(),
            sums.questions.into(),
            sums.empty.into(),
            sums.passages.into(),
            sums.tokens.into(),
            Cell::Share(share(sums.tokens, total.tokens)),
        ];
        let next = match *process {
            "" => {
                "have agents name the process they ask for, so that its tokens are known: `cairn search --process NAME`"
                    .to_owned()
            }
            process => format!("see whether it is worth its tokens: `cairn get {}`", quoted(process)),
        };
        let rest = Rest { owner: slice.view.owner(process).to_owned(), age_days: age(sources, asker.last), next };
        table.push(sources.rows, cells, rest);
    }
    table.totals = totals(&total);
    table
}

fn agents(sources: &Sources<'_>) -> Table {
    let slice = &sources.slice;
    let all = Asker::all(slice, |asker| slice.principal(asker));
    let total = Asker::total(&all);
    let mut table = Table::new(
        "agents",
        "Agents",
        &[
            ("agent", "Agent", ""),
            ("answers", "Answers", "answers"),
            ("questions", "Questions", "questions"),
            ("empty", "Found nothing", "questions"),
            ("truncated", "Cut for want of room", "answers"),
            ("passages", "Passages", "passages"),
            ("tokens", "Tokens", "tokens"),
        ],
    );
    for (agent, asker) in &all {
        let sums = &asker.sums;
        let cells = [
            (*agent).into(),
            sums.answers.into(),
            sums.questions.into(),
            sums.empty.into(),
            sums.truncated.into(),
            sums.passages.into(),
            sums.tokens.into(),
        ];
        let next = format!("read what it asks: `cairn log search --who {}`", quoted(agent));
        table.push(sources.rows, cells, Rest { owner: NOBODY.to_owned(), age_days: age(sources, asker.last), next });
    }
    table.totals = totals(&total);
    table
}

/// Everything that was served, put together by `key`, the most served first.
fn given<'a, K: Ord>(slice: &Slice<'a>, key: impl Fn(&'a str, &'a str, &'a str) -> K) -> Vec<(K, Given<'a>)> {
    let mut all: BTreeMap<K, Given<'a>> = BTreeMap::new();
    for (place, document, served) in slice.served() {
        let (principal, process) = (slice.principal(place.asker), slice.process(place.asker));
        let given = all.entry(key(slice.document(document), principal, process)).or_default();
        given.sums.add(served);
        given.principals.insert(principal);
        if !process.is_empty() {
            given.processes.insert(process);
        }
        given.last = given.last.max(Some(place.day));
    }
    let mut all: Vec<_> = all.into_iter().collect();
    all.sort_by_key(|(_, given)| std::cmp::Reverse(given.sums.passages));
    all
}

fn served_totals<K>(all: &[(K, Given<'_>)]) -> BTreeMap<String, u64> {
    let passages = all.iter().map(|(_, given)| given.sums.passages).sum();
    [("passages".to_owned(), passages)].into()
}

fn documents(sources: &Sources<'_>) -> Table {
    let slice = &sources.slice;
    let all = given(slice, |document, _, _| document);
    let mut table = Table::new(
        "documents",
        "Documents",
        &[
            ("document", "Document", ""),
            ("agents", "Agents", "agents"),
            ("processes", "Processes", "processes"),
            ("answers", "In answers", "answers"),
            ("first", "As the first passage", "answers"),
            ("passages", "Passages", "passages"),
        ],
    );
    for (document, given) in &all {
        let sums = &given.sums;
        let cells = [
            (*document).into(),
            (given.principals.len() as u64).into(),
            (given.processes.len() as u64).into(),
            sums.answers.into(),
            sums.first.into(),
            sums.passages.into(),
        ];
        let next = format!("read what it is found for: `cairn log search --document {}`", quoted(document));
        let rest = Rest { owner: slice.view.owner(document).to_owned(), age_days: age(sources, given.last), next };
        table.push(sources.rows, cells, rest);
    }
    table.totals = served_totals(&all);
    table
}

/// Each document to each agent for each process.
fn deliveries(sources: &Sources<'_>) -> Table {
    let slice = &sources.slice;
    let all = given(slice, |document, principal, process| (document, principal, process));
    let mut table = Table::new(
        "deliveries",
        "Documents by agent and process",
        &[
            ("document", "Document", ""),
            ("agent", "Agent", ""),
            ("process", "Process", ""),
            ("answers", "In answers", "answers"),
            ("passages", "Passages", "passages"),
        ],
    );
    for ((document, agent, process), given) in &all {
        let cells = [
            (*document).into(),
            (*agent).into(),
            (*process).into(),
            given.sums.answers.into(),
            given.sums.passages.into(),
        ];
        let (who, which) = (quoted(agent), quoted(document));
        let next = format!("read what it was asked for: `cairn log search --who {who} --document {which}`");
        let rest = Rest { owner: slice.view.owner(document).to_owned(), age_days: age(sources, given.last), next };
        table.push(sources.rows, cells, rest);
    }
    table.totals = served_totals(&all);
    table
}

#[expect(clippy::cast_precision_loss, reason = "sums of a day, for a chart")]
fn series(slice: &Slice<'_>) -> Vec<Series> {
    let (mut answers, mut tokens): (BTreeMap<Day, f64>, BTreeMap<Day, f64>) = (BTreeMap::new(), BTreeMap::new());
    for (place, sums) in slice.answers() {
        *answers.entry(place.day).or_default() += sums.answers as f64;
        *tokens.entry(place.day).or_default() += sums.tokens as f64;
    }
    vec![
        Series::new("tokens", "Tokens served", "tokens", &tokens),
        Series::new("answers", "Answers", "answers", &answers),
    ]
}
