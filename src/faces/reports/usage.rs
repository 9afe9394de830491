//! *usage*: what was served for which process, to which agent, from which document; and what it costs in tokens.

use crate::ledger::Day;
use std::collections::{BTreeMap, HashMap, HashSet};

use super::book::Sources;
use super::report::{Cell, Rest, Series, Table, quoted, share};
use super::tally::{Answers, Served};
use super::view::{NOBODY, Slice};
use super::{Report, ReportKind};

/// What a process or an agent was answered.
#[derive(Default)]
struct Asker {
    sums: Answers,
    /// Numbers of principals.
    principals: HashSet<u32>,
    last: Option<Day>,
}

/// How a document was served.
#[derive(Default)]
struct Given {
    sums: Served,
    principals: HashSet<u32>,
    processes: HashSet<u32>,
    last: Option<Day>,
}

/// A document to an agent for a process, by their numbers.
type Delivery = (u32, u32, u32);

pub(super) fn report(sources: &Sources<'_>) -> Report {
    let slice = &sources.slice;
    let mut report = ReportKind::Usage.begin(slice.span.since(), slice.span.until());
    let delivered = deliveries_of(slice);
    report.tables =
        vec![processes(sources), agents(sources), documents(sources, &delivered), deliveries(sources, &delivered)];
    report.series = series(slice);
    report
}

impl Asker {
    /// What was answered, by a number that says who asked; the most tokens first.
    fn all(slice: &Slice<'_>, number: impl Fn(u32, u32) -> u32, name: impl Fn(u32) -> String) -> Vec<(String, Self)> {
        let mut all: HashMap<u32, Self> = HashMap::new();
        for (place, answers) in slice.answers() {
            let (principal, process) = slice.asker(place.asker);
            let asker = all.entry(number(principal, process)).or_default();
            asker.sums.add(answers);
            asker.principals.insert(principal);
            asker.last = asker.last.max(Some(place.day));
        }
        let mut all: Vec<_> = all.into_iter().map(|(number, asker)| (name(number), asker)).collect();
        all.sort_by(|(a, of_a), (b, of_b)| {
            let by = |asker: &Self| std::cmp::Reverse((asker.sums.tokens, asker.sums.answers));
            by(of_a).cmp(&by(of_b)).then_with(|| a.cmp(b))
        });
        all
    }

    fn total(all: &[(String, Self)]) -> Answers {
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
    let all = Asker::all(slice, |_, process| process, |number| slice.process(number).to_owned());
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
            process.as_str().into(),
            (asker.principals.len() as u64).into(),
            sums.answers.into(),
            sums.questions.into(),
            sums.empty.into(),
            sums.passages.into(),
            sums.tokens.into(),
            Cell::Share(share(sums.tokens, total.tokens)),
        ];
        let next = match process.as_str() {
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
    let all = Asker::all(slice, |principal, _| principal, |number| slice.principal(number).to_owned());
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
            agent.as_str().into(),
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

/// Everything that was served: each document to each agent for each process.
fn deliveries_of(slice: &Slice<'_>) -> HashMap<Delivery, (Served, Day)> {
    let mut all: HashMap<Delivery, (Served, Day)> = HashMap::new();
    for (place, document, served) in slice.served() {
        let (principal, process) = slice.asker(place.asker);
        let (sums, last) = all.entry((document, principal, process)).or_insert((Served::default(), place.day));
        sums.add(served);
        *last = place.day.max(*last);
    }
    all
}

/// The first `most` in an order: of hundreds of thousands only these are sorted.
fn first<T>(mut all: Vec<T>, most: usize, order: impl Fn(&T, &T) -> std::cmp::Ordering) -> Vec<T> {
    if most > 0 && all.len() > most {
        all.select_nth_unstable_by(most - 1, &order);
        all.truncate(most);
    }
    all.sort_by(order);
    all
}

fn served_totals(passages: u64) -> BTreeMap<String, u64> {
    [("passages".to_owned(), passages)].into()
}

fn documents(sources: &Sources<'_>, delivered: &HashMap<Delivery, (Served, Day)>) -> Table {
    let slice = &sources.slice;
    let mut all: HashMap<u32, Given> = HashMap::new();
    let mut passages = 0;
    for ((document, principal, process), (served, last)) in delivered {
        let given = all.entry(*document).or_default();
        given.sums.add(served);
        given.principals.insert(*principal);
        if !slice.process(*process).is_empty() {
            given.processes.insert(*process);
        }
        given.last = given.last.max(Some(*last));
        passages += served.passages;
    }
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
    let total_rows = all.len();
    let all = first(all.into_iter().collect(), sources.rows, |(a, of_a), (b, of_b)| {
        let most = of_b.sums.passages.cmp(&of_a.sums.passages);
        most.then_with(|| slice.document(*a).cmp(slice.document(*b)))
    });
    for (number, given) in &all {
        let (document, sums) = (slice.document(*number), &given.sums);
        let cells = [
            document.into(),
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
    table.total_rows = total_rows;
    table.totals = served_totals(passages);
    table
}

/// Each document to each agent for each process.
fn deliveries(sources: &Sources<'_>, delivered: &HashMap<Delivery, (Served, Day)>) -> Table {
    let slice = &sources.slice;
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
    let names = |(document, principal, process): &Delivery| {
        (slice.document(*document), slice.principal(*principal), slice.process(*process))
    };
    let all = first(delivered.iter().collect(), sources.rows, |(a, (of_a, _)), (b, (of_b, _))| {
        of_b.passages.cmp(&of_a.passages).then_with(|| names(a).cmp(&names(b)))
    });
    for (delivery, (sums, last)) in all {
        let (document, agent, process) = names(delivery);
        let cells = [document.into(), agent.into(), process.into(), sums.answers.into(), sums.passages.into()];
        let (who, which) = (quoted(agent), quoted(document));
        let next = format!("read what it was asked for: `cairn log search --who {who} --document {which}`");
        let rest = Rest { owner: slice.view.owner(document).to_owned(), age_days: age(sources, Some(*last)), next };
        table.push(sources.rows, cells, rest);
    }
    table.total_rows = delivered.len();
    table.totals = served_totals(delivered.values().map(|(sums, _)| sums.passages).sum());
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
