//! `cairn log export`: the ledger for other programs, oldest record first.
//!
//! One record is held at a time. Headers of segments are left out: they are about the files.

use std::io::{BufWriter, IsTerminal as _, Write};
use std::path::Path;

use crate::cli::error::Outcome;
use crate::cli::output;
use crate::ledger::{LedgerReader, Line, Record, Timestamp, with_text};
use crate::library::Progress;

use super::flags::{ExportArguments, Format};
use super::{csv, otel, within};

/// After how many records the progress is shown.
const SHOWN_EVERY: usize = 1_000;

pub(super) fn run(folder: &Path, arguments: &ExportArguments, now: Timestamp) -> anyhow::Result<Outcome> {
    let reader = LedgerReader::open(folder)?;
    let mut out = BufWriter::new(std::io::stdout().lock());
    let progress = Shown::of(&reader)?;
    let mut outcome = Outcome::Nothing;
    if arguments.format == Format::Csv {
        csv::write_header(&mut out)?;
    }
    for (line, done) in reader.oldest(within(&arguments.span, now)?)?.zip(1..) {
        if write(&mut out, &line?, arguments.format)? {
            outcome = Outcome::Done;
        }
        progress.at(done);
    }
    out.flush()?;
    progress.end();
    Ok(outcome)
}

/// Writes a record, if the form has a place for it; says whether it has.
fn write(out: &mut impl Write, line: &Line, format: Format) -> anyhow::Result<bool> {
    match (format, &line.record) {
        (Format::Jsonl, _) => writeln!(out, "{}", with_text(line)?)?,
        (Format::Csv, Record::Retrieval(retrieval)) => csv::write(out, line, retrieval)?,
        (Format::Otel, Record::Retrieval(retrieval)) => writeln!(out, "{}", otel::log_record(line, retrieval))?,
        (Format::Csv | Format::Otel, _) => return Ok(false),
    }
    Ok(true)
}

/// How far the export is, on a terminal that does not get the export itself.
struct Shown {
    to: Option<std::sync::Arc<dyn Fn(Progress) + Send + Sync>>,
    total: usize,
}

impl Shown {
    fn of(reader: &LedgerReader) -> anyhow::Result<Self> {
        let to = if std::io::stdout().is_terminal() { None } else { output::progress_of("exporting", "records") };
        let newest = if to.is_some() { reader.tail(1)?.pop() } else { None };
        Ok(Self { to, total: newest.map_or(0, |line| usize::try_from(line.seq.0).unwrap_or(usize::MAX)) })
    }

    fn at(&self, done: usize) {
        if let Some(to) = &self.to
            && done.is_multiple_of(SHOWN_EVERY)
        {
            to(Progress { done, total: self.total });
        }
    }

    fn end(&self) {
        if let Some(to) = &self.to {
            to(Progress { done: self.total, total: self.total });
        }
    }
}
