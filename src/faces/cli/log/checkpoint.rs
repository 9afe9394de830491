//! `cairn log checkpoint`: the newest checkpoint and the public key, to be kept elsewhere.

use std::path::Path;

use crate::cli::error::Outcome;
use crate::cli::output;
use crate::ledger::newest_checkpoint;

pub(super) fn run(folder: &Path, json: bool) -> anyhow::Result<Outcome> {
    let Some(checkpoint) = newest_checkpoint(folder)? else {
        output::note("no checkpoint yet: a server writes one a minute after its first record, and when it stops");
        return Ok(Outcome::Nothing);
    };
    // The line as it stands in the file: a copy of it proves what the file proves.
    output::text(&match json {
        true => format!("{}\n", checkpoint.line),
        false => format!("{}\n{}\n", checkpoint.line, checkpoint.key),
    })?;
    Ok(Outcome::Done)
}
