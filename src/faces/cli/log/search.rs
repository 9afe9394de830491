//! `cairn log search`: records by who asked, what was served, when, in which trace, with which words.

use std::path::Path;

use crate::cli::error::Outcome;
use crate::cli::output::{self, Style};
use crate::ledger::{Filter, LedgerReader, Timestamp, Words};

use super::flags::SearchArguments;
use super::{print, within};

pub(super) fn run(folder: &Path, arguments: &SearchArguments, now: Timestamp, json: bool) -> anyhow::Result<Outcome> {
    let filter = Filter {
        who: arguments.who.clone(),
        kinds: arguments.kind.clone(),
        documents: arguments.document.clone(),
        retrieval: arguments.retrieval.clone(),
        words: Words::new(&[arguments.words.as_slice(), &arguments.text].concat().join(" ")),
        trace: arguments.trace.clone(),
        verb: arguments.verb,
        face: arguments.face,
        empty: arguments.empty,
        ..within(&arguments.span, now)?
    };
    let style = Style::of(&std::io::stdout());
    let mut outcome = Outcome::Nothing;
    for line in LedgerReader::open(folder)?.newest(filter)?.take(arguments.limit) {
        print(&line?, json, style)?;
        outcome = Outcome::Done;
    }
    if outcome == Outcome::Nothing && !json {
        output::note("no record is like that");
    }
    Ok(outcome)
}
