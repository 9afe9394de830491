//! Builds the index that takes over from one of another model or analyzer, a step at a time, on the indexer's thread.
//!
//! The index that serves is the measure: it is kept equal to the disk, withdrawals first, and the one beside it takes
//! over when it holds the same documents. A step ends when somebody saves something, so that a long build puts nothing
//! off. What fails is tried again later, and the old index serves until then.

use std::time::{Duration, Instant};

use crate::corpus::{Classified, Record, Source};
use crate::engine::{EngineError, Entry};
use crate::governance::Rules;

use super::collections::read_safely;
use super::owners::Owners;
use super::shelves::{Home, Shelves};
use super::signals::Signals;

/// How long a step goes on taking documents.
const STEP: Duration = Duration::from_secs(2);

/// How many documents a step takes at most.
const STEP_DOCUMENTS: usize = 2_048;

/// How many chunks are handed over at a time.
const TOGETHER_CHUNKS: usize = 256;

/// How a step ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// Nothing is being replaced.
    Idle,
    /// There is more to do.
    More,
    /// A shelf has its new index, at this generation.
    TakenOver(Home, u64),
    /// Something can't be done now.
    Stuck,
}

/// Makes one step for the first shelf whose index is being replaced.
pub(super) fn step(
    shelves: &mut Shelves,
    sources: &[Source],
    owners: &Owners,
    rules: &Rules,
    signals: &Signals,
) -> Step {
    let mut stuck = false;
    for home in shelves.renewing() {
        match advance(shelves, &home, sources, owners, rules, signals) {
            Ok(Step::Stuck) => stuck = true,
            Ok(step) => return step,
            Err(error) => {
                let cause = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
                tracing::warn!(shelf = home.name(), shelf.error = %error, shelf.cause = %cause, "new index cannot be built now, the old one serves");
                stuck = true;
            }
        }
    }
    if stuck { Step::Stuck } else { Step::Idle }
}

fn advance(
    shelves: &mut Shelves,
    home: &Home,
    sources: &[Source],
    owners: &Owners,
    rules: &Rules,
    signals: &Signals,
) -> Result<Step, EngineError> {
    let Some(lacking) = shelves.lacking(home, STEP_DOCUMENTS)? else { return Ok(Step::Idle) };
    if lacking.is_empty() {
        let taken = shelves.take_over(home)?;
        return Ok(taken.map_or(Step::Stuck, |generation| Step::TakenOver(home.clone(), generation)));
    }
    let (began, mut entries, mut chunks, mut taken) = (Instant::now(), Vec::new(), 0, 0);
    for record in &lacking {
        // A document that changed or moved meanwhile comes with the version that serves.
        let Some(entry) = read(sources, owners, rules, home, record) else { continue };
        chunks += entry.record.chunks.len();
        taken += 1;
        entries.push(entry);
        if chunks >= TOGETHER_CHUNKS {
            shelves.build(home, std::mem::take(&mut entries))?;
            chunks = 0;
            if began.elapsed() >= STEP || signals.stopped() || signals.pending() > 0 {
                break;
            }
        }
    }
    shelves.build(home, entries)?;
    shelves.keep(home)?;
    Ok(if taken == 0 { Step::Stuck } else { Step::More })
}

/// Reads the version of a document that the shelf has, if it is still what is on disk.
fn read(sources: &[Source], owners: &Owners, rules: &Rules, home: &Home, record: &Record) -> Option<Entry> {
    let named = |(_, source): &(usize, &Source)| source.collection.as_str() == record.id.collection();
    let (at, source) = sources.iter().enumerate().find(named)?;
    let classified = read_safely(source, &record.path, owners.of(at, &record.path), rules).ok()?;
    let same_home = match &classified {
        Classified::Public(..) => *home == Home::Public,
        Classified::Private(..) => *home == Home::Private(source.collection.clone()),
    };
    let (read, body) = classified.into_parts();
    let same = same_home && read.sha256 == record.sha256;
    same.then_some(Entry { record: read, text: body.text, plain: body.plain })
}
