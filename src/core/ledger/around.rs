//! Which segments may hold the record of a name, so that a name that no record has does not cost a look at every line.
//!
//! A name carries the time at which it was made, and a record is written within seconds of its name. When a segment was
//! written is told by its header, its last line and the header behind it. An hour on both sides is left to a clock that
//! is set meanwhile. What that leaves: of a clock that was set by more than an hour and back again within one segment,
//! the records in between are not found by their names; by everything else they are.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use super::backwards::FromEnd;
use super::chain;
use super::clock::Timestamp;
use super::error::Fault;
use super::segment;

/// How far from its time a record is looked for.
const SLACK_MS: i64 = 60 * 60 * 1000;

/// More than the header of a segment has up to its time.
const HEAD_BYTES: u64 = 256;

/// The segments that may hold records whose names were made at these times, ascending.
pub(super) fn segments(folder: &Path, made: impl IntoIterator<Item = Timestamp>) -> Result<Vec<u64>, Fault> {
    let made: Vec<i64> = made.into_iter().map(Timestamp::unix_ms).collect();
    if made.is_empty() {
        return Ok(Vec::new());
    }
    let numbers = segment::numbers(folder).map_err(Fault::of(folder, "read"))?;
    let begun = numbers.iter().map(|number| begun_ms(folder, *number)).collect::<Result<Vec<_>, _>>()?;
    let mut holding = Vec::new();
    for (at, number) in numbers.iter().enumerate() {
        // Where a time can't be read nothing is known, and the newest segment goes on.
        let [from, to] = [(at, i64::MIN), (at + 1, i64::MAX)]
            .map(|(at, unknown)| begun.get(at).copied().flatten().unwrap_or(unknown));
        let last = last_ms(folder, *number)?.unwrap_or(from);
        let first = from.min(to).min(last).saturating_sub(SLACK_MS);
        let until = from.max(to).max(last).saturating_add(SLACK_MS);
        if made.iter().any(|made| (first..=until).contains(made)) {
            holding.push(*number);
        }
    }
    Ok(holding)
}

/// When a segment was begun, as its header says.
fn begun_ms(folder: &Path, number: u64) -> Result<Option<i64>, Fault> {
    let path = segment::path(folder, number);
    let mut head = Vec::new();
    let file = File::open(&path).map_err(Fault::of(&path, "opened"))?;
    file.take(HEAD_BYTES).read_to_end(&mut head).map_err(Fault::of(&path, "read"))?;
    Ok(written_ms(&head))
}

/// When the last line of a segment was written, as it says.
fn last_ms(folder: &Path, number: u64) -> Result<Option<i64>, Fault> {
    let mut lines = FromEnd::open(&segment::path(folder, number))?;
    Ok(if lines.step()? { written_ms(lines.line()) } else { None })
}

fn written_ms(line: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(chain::written_at(line)?).ok()?;
    Timestamp::parse(text).ok().map(Timestamp::unix_ms)
}
