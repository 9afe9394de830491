//! Retrievals by their names, many in one pass: for records that say what they rely on.

use std::collections::{HashMap, HashSet};

use super::backwards::Backwards;
use super::chain;
use super::reader::{LedgerReader, parse};
use super::record::Record;
use super::retrieval::{Retrieval, RetrievalId};
use super::text::KeptTexts;
use super::{LedgerError, around};

/// What stands between a retrieval's kind and its name.
const BEFORE_ID: &[u8] = b"\"retrieval\",\"id\":\"";

impl LedgerReader {
    /// The retrievals of these names, with their questions' texts; a name that none has is left out. The segments from
    /// around the times of the names are read from their ends, and no further than to the oldest of them; of other lines
    /// a few bytes are looked at.
    ///
    /// # Errors
    /// Fails when a segment can't be read or a line is not a record.
    pub fn retrievals(&self, wanted: &[RetrievalId]) -> Result<HashMap<RetrievalId, Retrieval>, LedgerError> {
        let mut missing: HashSet<&[u8]> = wanted.iter().map(|id| id.as_str().as_bytes()).collect();
        let made = wanted.iter().filter_map(|id| id.record().made_at());
        let around = around::segments(self.folder(), made)?;
        let (mut lines, mut texts) = (Backwards::over(self.folder(), around), KeptTexts::new(self.folder()));
        let mut found = HashMap::with_capacity(missing.len());
        while !missing.is_empty() && lines.step()? {
            if !named(lines.line()).is_some_and(|name| missing.remove(name)) {
                continue;
            }
            let mut line = parse(lines.line(), lines.segment())?;
            texts.join(line.ts, &mut line.record);
            if let Record::Retrieval(retrieval) = line.record {
                found.insert(retrieval.id.clone(), *retrieval);
            }
        }
        Ok(found)
    }
}

/// The name of the retrieval that a line is of.
fn named(line: &[u8]) -> Option<&[u8]> {
    let rest = chain::from_kind(line)?.strip_prefix(BEFORE_ID)?;
    rest.get(..rest.iter().position(|byte| *byte == b'"')?)
}
