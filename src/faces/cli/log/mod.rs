//! `cairn log`: reads the ledger where it lies, also while a server writes it; `erase` has its owner do it.

mod checkpoint;
mod csv;
mod decision;
mod erase;
mod export;
mod flags;
mod otel;
mod replay;
mod replay_report;
mod search;
mod show;
#[cfg(feature = "otlp")]
pub(super) mod span;
mod verify;
mod written;

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use crate::ledger::{
    Accepted, Clock as _, Erased, ErasedBy, Evaluation, Filter, LedgerReader, Line, Missed, Promoted, Published,
    Record, SystemClock, Timestamp, TokenChange, Views, Withdrawn,
};

use super::config::Settings;
use super::error::{CliError, Outcome};
use super::flags::Place;
use super::output::{self, Style};
use super::when;

pub(super) use flags::{LogArguments, Span};

use flags::LogCommand;

/// How often a followed ledger is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(200);

pub(super) async fn run(place: &Place, arguments: &LogArguments, json: bool) -> anyhow::Result<Outcome> {
    let settings = Settings::read(place)?;
    let (folder, now) = (settings.data.join("ledger"), SystemClock.now());
    match &arguments.command {
        LogCommand::Tail { lines, follow } => tail(&folder, *lines, *follow, json),
        LogCommand::Show { name } => show::run(&settings, &folder, name, json),
        LogCommand::Search(arguments) => search::run(&folder, arguments, now, json),
        LogCommand::Export(arguments) => export::run(&folder, arguments, now),
        LogCommand::Replay(arguments) => replay::run(settings, arguments.clone(), json).await,
        LogCommand::Erase(arguments) => erase::run(&settings, &folder, arguments, now, json).await,
        LogCommand::Verify(arguments) => verify::run(&folder, arguments, json),
        LogCommand::Checkpoint => checkpoint::run(&folder, json),
    }
}

/// Everything from when until when.
fn within(span: &Span, now: Timestamp) -> Result<Filter, CliError> {
    let past = |flag, text: &Option<String>| text.as_ref().map(|text| when::past(flag, text, now)).transpose();
    Ok(Filter { since: past("since", &span.since)?, until: past("until", &span.until)?, ..Filter::default() })
}

fn tail(folder: &Path, count: usize, follow: bool, json: bool) -> anyhow::Result<Outcome> {
    let (lines, mut follower) = LedgerReader::open(folder)?.follow(count)?;
    let style = Style::of(&std::io::stdout());
    let outcome = if lines.is_empty() { Outcome::Nothing } else { Outcome::Done };
    for line in &lines {
        print(line, json, style)?;
    }
    if !follow {
        return Ok(outcome);
    }
    loop {
        match follower.next_line()? {
            Some(line) => print(&line, json, style)?,
            None => std::thread::sleep(LOOK_EVERY),
        }
    }
}

fn print(line: &Line, json: bool, style: Style) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    match json {
        true => writeln!(out, "{}", line.raw)?,
        false => writeln!(out, "{}", shown(line, style))?,
    }
    out.flush()?;
    Ok(())
}

fn shown(line: &Line, style: Style) -> String {
    let Style { dim, strong, plain, .. } = style;
    let retrieval = match &line.record {
        Record::Retrieval(retrieval) => retrieval,
        Record::Withdrawn(withdrawn) => return left(line, withdrawn, style),
        Record::Published(published) => return came(line, published, style),
        Record::Promoted(promoted) => return made(line, promoted, style),
        Record::Erased(erased) => return gone(line, erased, style),
        Record::Evaluation(evaluation) => return measured(line, evaluation, style),
        Record::Missed(missed) => return unwritten(line, missed, style),
        Record::Token(change) => return changed(line, change, style),
        Record::Views(views) => return looked(line, views, style),
        Record::Feedback(feedback) => return written::judged(line, feedback, style),
        Record::Gap(gap) => return written::lacked(line, gap, style),
        Record::Outcome(outcome) => return written::came(line, outcome, style),
        Record::Change(change) => return written::decided(line, change, style),
        Record::Accepted(accepted) => return accepted_loss(line, accepted, style),
        _ => return format!("{dim}{} #{} {}{plain}", line.ts, line.seq.0, line.kind),
    };
    let question = match (&retrieval.query, retrieval.params.get("uri").and_then(|uri| uri.as_str())) {
        (Some(query), _) => format!("{:?}", output::safe(query)),
        (None, Some(uri)) => output::safe(uri),
        (None, None) => String::new(),
    };
    let mut text = format!(
        "{dim}{} #{}{plain} {strong}{} {question}{plain} {} by {} over {}: {} served, {} tokens, {} ms {dim}{}{plain}",
        line.ts,
        line.seq.0,
        retrieval.verb.as_str(),
        if retrieval.truncated { "(there was more)" } else { "" },
        output::safe(&retrieval.who),
        retrieval.face.as_str(),
        retrieval.served,
        retrieval.tokens,
        retrieval.ms,
        retrieval.id
    );
    for hit in &retrieval.hits {
        let anchor = if hit.anchor.is_empty() { String::new() } else { format!("#{}", hit.anchor) };
        let lines = format!("{}-{}", hit.lines.first, hit.lines.last);
        let _ok =
            write!(text, "\n  {dim}{}.{plain} {}{anchor}:{lines}", hit.rank, output::safe(hit.doc.as_str())).is_ok();
    }
    text
}

/// A public page that was made of private evidence.
fn made(line: &Line, promoted: &Promoted, style: Style) -> String {
    let Style { dim, strong, plain, .. } = style;
    let (from, to) = (output::safe(promoted.from.as_str()), output::safe(promoted.to.as_str()));
    format!("{dim}{} #{}{plain} {strong}promoted {from} → {to}{plain} by {}", line.ts, line.seq.0, promoted.who)
}

/// What left the public shelf, a line a document.
fn left(line: &Line, withdrawn: &Withdrawn, style: Style) -> String {
    let Style { dim, strong, plain, .. } = style;
    let documents = output::count(withdrawn.documents.len(), "document");
    let generation = withdrawn.generation;
    let mut text = format!(
        "{dim}{} #{}{plain} {strong}withdrawn{plain} {documents}: not public from generation {generation} on",
        line.ts, line.seq.0
    );
    for document in &withdrawn.documents {
        let doc = output::safe(document.doc.as_str());
        let _ok = write!(text, "\n  {doc} {dim}{}{plain}", document.why).is_ok();
    }
    text
}

/// What came onto the public shelf, a line a document.
fn came(line: &Line, published: &Published, style: Style) -> String {
    let Style { dim, strong, plain, .. } = style;
    let documents = output::count(published.documents.len(), "document");
    let generation = published.generation;
    let mut text = format!(
        "{dim}{} #{}{plain} {strong}published{plain} {documents}: public from generation {generation} on",
        line.ts, line.seq.0
    );
    for document in &published.documents {
        let _ok = write!(text, "\n  {}", output::safe(document.doc.as_str())).is_ok();
    }
    text
}

/// What became of a token.
fn changed(line: &Line, change: &TokenChange, style: Style) -> String {
    let Style { dim, strong, plain, .. } = style;
    let (token, who) = (output::line(&change.token), output::line(&change.who));
    format!("{dim}{} #{}{plain} {strong}token {}{plain} {token}, by {who}", line.ts, line.seq.0, change.action)
}

/// Answers that have no record.
fn unwritten(line: &Line, missed: &Missed, style: Style) -> String {
    let Style { dim, strong, plain, .. } = style;
    let answers = output::count(usize::try_from(missed.answers).unwrap_or(usize::MAX), "answer");
    let Missed { since, until, .. } = missed;
    format!("{dim}{} #{}{plain} {strong}missed{plain} {answers} from {since} until {until}", line.ts, line.seq.0)
}

/// How often pages of the site were looked at.
fn looked(line: &Line, views: &Views, style: Style) -> String {
    let Style { dim, strong, plain, .. } = style;
    let pages = output::count(views.documents.len(), "page");
    let mut text =
        format!("{dim}{} #{}{plain} {strong}views{plain} of {pages} since {}", line.ts, line.seq.0, views.since);
    for page in &views.documents {
        let _ok = write!(text, "\n  {} {dim}{}{plain}", output::safe(page.doc.as_str()), page.views).is_ok();
    }
    text
}

/// Which texts were erased.
fn gone(line: &Line, erased: &Erased, style: Style) -> String {
    let Style { dim, strong, plain, .. } = style;
    let texts = output::count(usize::try_from(erased.texts).unwrap_or(usize::MAX), "text");
    let which = match &erased.by {
        ErasedBy::Query => "with certain words".to_owned(),
        ErasedBy::Principal { principal } => format!("of {}", output::line(principal)),
        ErasedBy::Before { before } => format!("from before {before}"),
        ErasedBy::Retention { before, .. } => format!("from before {before}, older than they are kept"),
    };
    let (ts, seq) = (line.ts, line.seq.0);
    format!("{dim}{ts} #{seq}{plain} {strong}erased{plain} {texts} {which}, by {}", output::line(&erased.who))
}

/// How good the answers to judged questions were.
fn measured(line: &Line, evaluation: &Evaluation, style: Style) -> String {
    let Style { dim, strong, plain, .. } = style;
    let (measure, score) = (output::line(&evaluation.measure), evaluation.score().unwrap_or_default());
    let questions = output::count(usize::try_from(evaluation.questions).unwrap_or(usize::MAX), "question");
    let commit = evaluation.commit.as_deref().and_then(|commit| commit.get(..12));
    let at = commit.map(|commit| format!(" at {}", output::line(commit))).unwrap_or_default();
    let (ts, seq) = (line.ts, line.seq.0);
    format!("{dim}{ts} #{seq}{plain} {strong}evaluation{plain} {measure} {score} over {questions}{at}")
}

/// A ledger that did not fit its last checkpoint, and was gone on with.
fn accepted_loss(line: &Line, accepted: &Accepted, style: Style) -> String {
    let Style { dim, strong, plain, .. } = style;
    let (ts, seq, why) = (line.ts, line.seq.0, output::line(&accepted.why));
    format!("{dim}{ts} #{seq}{plain} {strong}accepted{plain} a ledger that does not fit its checkpoint: {why}")
}
