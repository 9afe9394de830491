//! What a process that does not own the data folder has its owner do with the ledger.
//!
//! It comes as one line of JSON, `{"token":{…}}`, through a file that only the owner can open, so that who may send it
//! may do it.

use serde::{Deserialize, Serialize};

use super::record::{Record, Sequence};
use super::{Erasure, ErasureRule, Evaluation, Haste, Keeper, LedgerError, LedgerSink as _, Promoted, TokenChange};

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Errand {
    /// A public page was made of a private document: write it down.
    Promoted(Box<Promoted>),
    /// A token was changed: write it down.
    Token(TokenChange),
    /// Answers to judged questions were measured: write it down.
    Evaluation(Box<Evaluation>),
    /// Erase texts of questions.
    Erase(ErasureRule),
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ErrandDone {
    /// A record stands.
    Seq(Sequence),
    /// Texts are gone.
    Erased(Erasure),
}

impl Keeper {
    /// Does an errand; what it says is done survives a power cut. Blocks.
    ///
    /// # Errors
    /// Fails when the ledger can't be written, or read where texts are erased.
    ///
    /// # Panics
    /// Panics on a thread that drives async tasks, as [`Receipt::wait`](super::Receipt::wait) does.
    pub fn run(&self, errand: Errand) -> Result<ErrandDone, LedgerError> {
        let record = match errand {
            Errand::Promoted(promoted) => Record::Promoted(promoted),
            Errand::Token(change) => Record::Token(change),
            Errand::Evaluation(evaluation) => Record::Evaluation(evaluation),
            Errand::Erase(rule) => return self.erase(&rule).map(ErrandDone::Erased),
        };
        self.append_record(record, Haste::Now).wait().map(ErrandDone::Seq)
    }
}
