//! The newest retrievals, and those to come.

use maud::html;

use super::list::{row, table};
use super::sheet::{Sheet, sheet};
use crate::ledger::{Line, Record};

/// Draws the newest retrievals, the newest first. Where scripts run, those to come are put above them.
#[must_use]
pub fn tail(newest_first: &[Line], script: &str) -> Sheet {
    let newest = newest_first.first().map_or(0, |line| line.seq.0);
    let main = html! {
        h1 { "As it comes" }
        p.lead { "The newest searches and reads. New ones appear above; where scripts do not run, load the page again." }
        p.quiet id="c:state" role="status" { "Loaded once." }
        @if newest_first.is_empty() { p.nothing { "Nothing was asked yet." } }
        div id="c:tail" data-events={ "/private/ledger/events?after=" (newest) } { (table(newest_first)) }
        p { a href="/private/ledger/tail" { "Load again" } }
        script src=(script) defer {}
    };
    sheet("As it comes", "/private/ledger/tail", &main)
}

/// A retrieval as an event of the stream that the page listens to (HTML Living Standard, 9.2): a row for its table.
#[must_use]
pub fn event(line: &Line) -> Option<String> {
    let Record::Retrieval(retrieval) = &line.record else { return None };
    // Line breaks in texts end nothing but the line of the event that they are in.
    let row = row(line, retrieval).into_string().replace('\r', " ").replace('\n', "\ndata: ");
    Some(format!("id: {}\ndata: {row}\n\n", line.seq.0))
}
