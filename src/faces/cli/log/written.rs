//! How records that people and agents write are shown in a line: feedback, gaps, outcomes and runs of processes.

use crate::cli::output::{self, Style};
use crate::ledger::{Author, Change, Feedback, FreeText, Gap, Line, Outcome};

/// What stands in place of a text that was erased.
const ERASED: &str = "(not kept any more)";

/// Feedback: the verdict, of what, and why.
pub(super) fn judged(line: &Line, feedback: &Feedback, style: Style) -> String {
    let reason = feedback.reason.map(|reason| format!(" ({})", reason.as_str())).unwrap_or_default();
    let about = feedback.doc.as_ref().map(|doc| format!(", {}", output::line(doc.as_str()))).unwrap_or_default();
    let why = feedback.why.as_ref().map(|why| format!(": {}", said(why))).unwrap_or_default();
    let what = format!("{}{reason}", feedback.verdict.as_str());
    let more = format!(" of {}{about}{why}", feedback.retrieval);
    told(line, &what, &more, (&feedback.author, feedback.id.as_str()), style)
}

/// A gap: what was needed.
pub(super) fn lacked(line: &Line, gap: &Gap, style: Style) -> String {
    let tried = gap.tried.as_ref().map(|tried| format!(", tried {}", said(tried))).unwrap_or_default();
    told(line, &format!("missing {}", said(&gap.need)), &tried, (&gap.author, gap.id.as_str()), style)
}

/// An outcome: what came of which document.
pub(super) fn came(line: &Line, outcome: &Outcome, style: Style) -> String {
    let note = outcome.note.as_ref().map(|note| format!(": {}", said(note))).unwrap_or_default();
    let what = format!("{} of {}", outcome.outcome.as_str(), output::line(outcome.doc.as_str()));
    told(line, &what, &note, (&outcome.author, outcome.id.as_str()), style)
}

/// A run: the process, the decision, and how often the contract was broken.
pub(super) fn decided(line: &Line, change: &Change, style: Style) -> String {
    let broken = match change.violations.len() {
        0 => String::new(),
        count => format!(", {}", output::count(count, "violation")),
    };
    let more = format!(" {}{broken}", said(&change.decision));
    told(line, &output::line(&change.process_id), &more, (&change.author, change.id.as_str()), style)
}

/// A text as it was typed, in quotes, or that it is not kept any more.
pub(super) fn said(text: &FreeText) -> String {
    text.text().map_or_else(|| ERASED.to_owned(), |text| format!("{:?}", output::safe(text)))
}

fn told(line: &Line, what: &str, more: &str, (author, id): (&Author, &str), style: Style) -> String {
    let Style { dim, strong, plain, .. } = style;
    let (who, face) = (output::line(&author.who), author.face.as_str());
    let (ts, seq, kind) = (line.ts, line.seq.0, &line.kind);
    format!("{dim}{ts} #{seq}{plain} {strong}{kind} {what}{plain}{more} by {who} over {face} {dim}{id}{plain}")
}
