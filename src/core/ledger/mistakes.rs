//! Mistakes: bad feedback, grouped, numbered in the ledger's order, and whether one was made again with nothing changed.
//!
//! A record of bad feedback names the first one of its mistake; one that names none begins a mistake. So groups and
//! numbers follow from the records alone, whoever reads them and whatever texts were erased since. A mistake was made
//! *again* when none of the documents that were involved the last time was touched in between: where git tells it, by a
//! commit; elsewhere, in its bytes. A commit that says it closes the mistake is something done, whatever it touched.
//! Nothing is stored: who wants to know hands all feedback over, oldest first.

use std::collections::HashMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::clock::Timestamp;
use super::feedback::{Feedback, FeedbackId, Involved, Judgement, Reason};
use super::retrieval::RetrievalId;
use crate::corpus::DocumentId;

/// A mistake's number, from 1 in the ledger's order. Written `M-0042`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MistakeNumber(u32);

/// A text that is not the number of a mistake.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?}: not the number of a mistake, write it like M-0042")]
pub struct MistakeNumberError {
    /// The text as it was given.
    pub text: String,
}

impl MistakeNumber {
    /// Reads `M-0042`; case and leading zeros do not count.
    ///
    /// # Errors
    /// Returns the text when it is no number of a mistake.
    pub fn parse(text: &str) -> Result<Self, MistakeNumberError> {
        let digits = text.trim().strip_prefix(['M', 'm']).and_then(|rest| rest.strip_prefix('-'));
        let digits = digits.filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
        let number = digits.and_then(|digits| digits.parse().ok()).filter(|number| *number > 0);
        number.map(Self).ok_or_else(|| MistakeNumberError { text: text.chars().take(40).collect() })
    }
}

impl fmt::Display for MistakeNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "M-{:04}", self.0)
    }
}

impl TryFrom<String> for MistakeNumber {
    type Error = MistakeNumberError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<MistakeNumber> for String {
    fn from(number: MistakeNumber) -> Self {
        number.to_string()
    }
}

/// One time that a mistake was reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occurrence {
    /// When it was reported.
    pub ts: Timestamp,
    /// The feedback.
    pub feedback: FeedbackId,
    /// The retrieval.
    pub retrieval: RetrievalId,
    /// Who reported it.
    pub who: String,
    /// The documents involved, as they were then.
    pub involved: Vec<Involved>,
    /// Whether no document involved was touched since the time before.
    pub again: bool,
}

/// A mistake, and each time that it was reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// Its number.
    pub number: MistakeNumber,
    /// The process in which it is made.
    pub process: Option<String>,
    /// What is wrong.
    pub reason: Option<Reason>,
    /// The document it is about, if feedback named one.
    pub doc: Option<DocumentId>,
    /// Each time, oldest first; never empty.
    pub occurrences: Vec<Occurrence>,
}

/// A commit that says it closes a mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// The mistake.
    pub number: MistakeNumber,
    /// The commit.
    pub commit: String,
    /// When it entered the history.
    pub at: Timestamp,
}

/// How a mistake stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MistakeStanding {
    /// No commit says that it is closed.
    Open,
    /// A commit closes it, and nobody has reported it since.
    Closed {
        /// The newest such commit.
        commit: String,
    },
    /// It was reported again after a commit had closed it.
    CameBack {
        /// The newest commit that had closed it.
        commit: String,
    },
}

impl Mistake {
    /// The last time that it was reported.
    #[must_use]
    pub fn last(&self) -> Option<&Occurrence> {
        self.occurrences.last()
    }

    /// How it stands, by the commits that close mistakes.
    #[must_use]
    pub fn standing(&self, fixes: &[Fix]) -> MistakeStanding {
        let Some(fix) = self.closed_by(fixes).max_by_key(|fix| fix.at) else { return MistakeStanding::Open };
        // Git keeps seconds: a report in the second of the commit is one from before it.
        let after = self.last().is_some_and(|last| last.ts.unix_s() > fix.at.unix_s());
        let commit = fix.commit.clone();
        if after { MistakeStanding::CameBack { commit } } else { MistakeStanding::Closed { commit } }
    }

    /// Whether it was reported more than once, the last time with nothing done since the time before: no document
    /// involved was touched, and no commit said that it is closed.
    #[must_use]
    pub fn is_repeated(&self, fixes: &[Fix]) -> bool {
        let [.., before, last] = self.occurrences.as_slice() else { return false };
        let between = before.ts.unix_s()..last.ts.unix_s();
        last.again && !self.closed_by(fixes).any(|fix| between.contains(&fix.at.unix_s()))
    }

    /// The commits that close it.
    fn closed_by<'a>(&self, fixes: &'a [Fix]) -> impl Iterator<Item = &'a Fix> {
        // Numbers begin anew with another ledger: who closed one before it was reported meant another.
        let begun_s = self.occurrences.first().map_or(i64::MAX, |first| first.ts.unix_s());
        let number = self.number;
        fixes.iter().filter(move |fix| fix.number == number && fix.at.unix_s() >= begun_s)
    }
}

/// All mistakes of a ledger, as far as its feedback was handed over.
#[derive(Debug, Clone, Default)]
pub struct Mistakes {
    all: Vec<Mistake>,
    /// By the feedback that began it.
    begun_by: HashMap<FeedbackId, usize>,
}

impl Mistakes {
    /// Takes up feedback, which is handed over in the ledger's order; gives the mistake, if it reports one.
    pub fn take(&mut self, ts: Timestamp, feedback: &Feedback) -> Option<&Mistake> {
        if feedback.verdict != Judgement::Bad {
            return None;
        }
        let mut occurrence = Occurrence {
            ts,
            feedback: feedback.id.clone(),
            retrieval: feedback.retrieval.clone(),
            who: feedback.author.who.clone(),
            involved: feedback.involved.clone(),
            again: false,
        };
        let first = feedback.same_as.as_ref().unwrap_or(&feedback.id);
        let next = self.all.len();
        let place = *self.begun_by.entry(first.clone()).or_insert(next);
        match self.all.get_mut(place) {
            Some(mistake) => {
                let last = mistake.occurrences.last();
                occurrence.again = last.is_some_and(|before| untouched(&before.involved, &occurrence.involved));
                mistake.occurrences.push(occurrence);
            }
            None => self.all.push(Mistake {
                number: MistakeNumber(u32::try_from(place + 1).unwrap_or(u32::MAX)),
                process: feedback.process.clone(),
                reason: feedback.reason,
                doc: feedback.doc.clone(),
                occurrences: vec![occurrence],
            }),
        }
        self.all.get(place)
    }

    /// Every mistake, by number.
    #[must_use]
    pub fn all(&self) -> &[Mistake] {
        &self.all
    }

    /// The mistake of a number.
    #[must_use]
    pub fn get(&self, number: MistakeNumber) -> Option<&Mistake> {
        self.all.get((number.0 as usize).checked_sub(1)?)
    }
}

/// Whether none of the documents that were involved before is in another state now. What is not known now was touched.
fn untouched(before: &[Involved], now: &[Involved]) -> bool {
    before.iter().all(|before| {
        now.iter().find(|now| now.doc == before.doc).is_some_and(|now| match (&before.commit, &now.commit) {
            (Some(before), Some(now)) => before == now,
            _ => before.sha256 == now.sha256,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::{Fix, MistakeNumber, MistakeStanding, Mistakes};
    use crate::access::Principal;
    use crate::corpus::{Digest, DocumentId};
    use crate::ledger::{Author, Face, Feedback, FeedbackId, FreeText, Involved, Judgement, RetrievalId, Timestamp};

    const DAY_MS: i64 = 86_400_000;

    fn id(n: usize) -> FeedbackId {
        FeedbackId::parse(&format!("f_{n:026}")).unwrap()
    }

    /// Bad feedback: whose mistake it is, and the commit and the bytes of the one document.
    fn bad(n: usize, same_as: Option<usize>, commit: Option<&str>, bytes: &str) -> Feedback {
        let involved = Involved {
            doc: DocumentId::parse("playbook/x").unwrap(),
            sha256: Some(Digest::of(bytes.as_bytes())),
            commit: commit.map(str::to_owned),
        };
        Feedback {
            id: id(n),
            author: Author::new(&Principal::anonymous(), Face::Http),
            retrieval: RetrievalId::parse("r_00000000000000000000000000").unwrap(),
            process: None,
            doc: None,
            verdict: Judgement::Bad,
            reason: None,
            why: FreeText::new("why").ok(),
            corrected: None,
            same_as: same_as.map(id),
            involved: vec![involved],
        }
    }

    #[test]
    fn mistakes_are_numbered_in_their_order_and_a_second_time_is_again_unless_a_document_was_touched() {
        let mut mistakes = Mistakes::default();
        let day = |n: i64| Timestamp::from_unix_ms(n * DAY_MS);
        let reported = [
            (bad(1, None, Some("a"), "1"), "M-0001", false),
            (bad(2, None, Some("a"), "1"), "M-0002", false),
            (bad(3, Some(1), Some("a"), "1"), "M-0001", true),
            // Saved, not committed: where there are commits, they count.
            (bad(4, Some(1), Some("a"), "2"), "M-0001", true),
            (bad(5, Some(1), Some("b"), "3"), "M-0001", false),
            (bad(6, Some(1), Some("b"), "3"), "M-0001", true),
            (bad(7, None, None, "1"), "M-0003", false),
            (bad(8, Some(7), None, "2"), "M-0003", false),
            (bad(9, Some(7), None, "2"), "M-0003", true),
        ];
        for (n, (feedback, number, again)) in (1..).zip(&reported) {
            let mistake = mistakes.take(day(n), feedback).unwrap();
            assert_eq!((mistake.number.to_string().as_str(), mistake.is_repeated(&[])), (*number, *again));
        }
        let good = Feedback { verdict: Judgement::Good, ..bad(10, None, None, "1") };
        assert!(mistakes.take(day(10), &good).is_none());
        assert_eq!(mistakes.all().iter().map(|mistake| mistake.occurrences.len()).collect::<Vec<_>>(), [5, 1, 3]);

        // M-0001 was reported from the first day to the sixth.
        let mistake = mistakes.get(MistakeNumber::parse("m-1").unwrap()).unwrap();
        let fix = |n: u32, at: i64| Fix { number: MistakeNumber(n), commit: format!("c{at}"), at: day(at) };
        assert_eq!(mistake.standing(&[fix(2, 7)]), MistakeStanding::Open);
        assert_eq!(mistake.standing(&[fix(1, 0)]), MistakeStanding::Open, "of another ledger");
        let back = MistakeStanding::CameBack { commit: "c4".to_owned() };
        assert_eq!(mistake.standing(&[fix(1, 2), fix(1, 4)]), back);
        let closed = MistakeStanding::Closed { commit: "c7".to_owned() };
        assert_eq!(mistake.standing(&[fix(1, 4), fix(1, 7), fix(1, 6)]), closed);

        // Its last two reports, of the fifth day and of the sixth, have the same bytes.
        assert!(mistake.is_repeated(&[fix(1, 4), fix(2, 5), fix(1, 6)]), "nothing was done in between");
        assert!(!mistake.is_repeated(&[fix(1, 5)]), "a commit said that it is closed");
    }

    #[test]
    fn feedback_whose_mistake_begins_before_what_was_handed_over_begins_one_itself() {
        let mut mistakes = Mistakes::default();
        let now = Timestamp::from_unix_ms(0);
        assert_eq!(mistakes.take(now, &bad(3, Some(1), None, "1")).unwrap().number, MistakeNumber(1));
    }

    #[test]
    fn a_number_is_read_as_people_write_it() {
        for (text, number) in [("M-0042", Some(42)), ("m-42", Some(42)), (" M-12345 ", Some(12_345)), ("M-0", None)] {
            assert_eq!(MistakeNumber::parse(text).ok().map(|number| number.0), number, "{text}");
        }
        for bad in ["", "42", "M42", "M-", "M-+1", "M-x", "M-99999999999"] {
            assert!(MistakeNumber::parse(bad).is_err(), "{bad}");
        }
        assert_eq!(MistakeNumber(7).to_string(), "M-0007");
    }
}
