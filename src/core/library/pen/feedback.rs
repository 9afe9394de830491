//! Giving feedback: whether a retrieval helped; and when it did not, which mistake that was.

use crate::access::{Action, Role};
use crate::corpus::DocumentId;
use crate::ledger::{
    Feedback, Fix, Id, Judgement, Mistake, MistakeStanding, Reason, Record, Retrieval, RetrievalId, Verb,
};
use crate::library::wire::{FeedbackReceipt, FeedbackRequest, MistakeNotice};

use super::mistakes::Book;
use super::scribe::known;
use super::{Pen, WriteError, parse};

/// The most documents that a mistake involves; an answer has seldom more.
const INVOLVED: usize = 20;

impl Pen {
    /// Writes down whether a retrieval helped.
    ///
    /// # Errors
    /// See [`WriteError`].
    pub async fn give_feedback(&self, request: &FeedbackRequest) -> Result<FeedbackReceipt, WriteError> {
        self.check(Action::Feedback)?;
        let feedback = self.parsed(request)?;
        // Taken before a thread is: who waits for a turn holds up nobody's search.
        let mut turn = std::sync::Arc::clone(&self.scribe.book).lock_owned().await;
        let (pen, desk) = (self.clone(), &self.scribe.desk);
        desk.offload.run(move || Ok(pen.write_feedback(feedback, &mut turn))).await?
    }

    /// What the request says by itself.
    fn parsed(&self, request: &FeedbackRequest) -> Result<Feedback, WriteError> {
        const VERDICTS: [Judgement; 3] = [Judgement::Good, Judgement::Bad, Judgement::Mixed];
        if request.retrieval_id.trim().is_empty() {
            return Err(WriteError::field("retrieval_id", "is missing; it stands in the answer that you judge"));
        }
        let missing = || WriteError::no_retrieval(&request.retrieval_id);
        let verdict = parse::word("verdict", &request.verdict, &VERDICTS, Judgement::as_str)?;
        let reason = request.reason.as_deref().map(|word| parse::word("reason", word, &Reason::ALL, Reason::as_str));
        let why = parse::optional_typed("why", request.why.as_deref())?;
        if verdict == Judgement::Bad && why.is_none() {
            return Err(WriteError::field("why", "is needed when the verdict is bad; say what was wrong"));
        }
        let desk = &self.scribe.desk;
        Ok(Feedback {
            id: Id::new(desk.clock.as_ref(), desk.randomness.as_ref())?,
            author: self.author(),
            retrieval: RetrievalId::parse(request.retrieval_id.trim()).ok_or_else(missing)?,
            process: parse::optional_name("process_id", request.process_id.as_deref())?,
            doc: request.uri.as_deref().map(|uri| parse::document(uri, |id| self.sees(id))).transpose()?,
            verdict,
            reason: reason.transpose()?,
            why,
            corrected: parse::optional_typed("corrected", request.corrected.as_deref())?,
            same_as: None,
            involved: Vec::new(),
        })
    }

    /// Joins feedback to its retrieval, and bad feedback to its mistake, and writes it down.
    fn write_feedback(&self, mut feedback: Feedback, book: &mut Book) -> Result<FeedbackReceipt, WriteError> {
        let scribe = &self.scribe;
        let found = scribe.retrievals(&self.caller, std::slice::from_ref(&feedback.retrieval))?;
        let retrieval = known(&found, &feedback.retrieval)?;
        if let Some(doc) = &feedback.doc {
            let served = retrieval.hits.iter().any(|hit| hit.doc == *doc);
            if !served && !self.sees(doc) {
                return Err(WriteError::no_document(doc.as_str()));
            }
        } else if retrieval.verb == Verb::Read {
            feedback.doc = retrieval.hits.first().map(|hit| hit.doc.clone());
        }
        feedback.process = feedback.process.or_else(|| retrieval.process.clone()).or(self.caller.process.clone());
        let feedback_id = feedback.id.to_string();
        if feedback.verdict != Judgement::Bad {
            scribe.write(Record::Feedback(Box::new(feedback)))?;
            return Ok(FeedbackReceipt { feedback_id, mistake: None });
        }
        let ledger = scribe.ledger()?;
        book.read_on(&ledger)?;
        let before = book.like(&feedback, retrieval.query.as_deref(), &ledger)?;
        feedback.same_as = before.and_then(|mistake| Some(mistake.occurrences.first()?.feedback.clone()));
        let involved = involved(&feedback, retrieval, before);
        feedback.involved = involved.into_iter().map(|doc| scribe.state(doc)).collect();
        let id = feedback.id.clone();
        scribe.write(Record::Feedback(Box::new(feedback)))?;
        book.read_on(&ledger)?;
        let mistake = book.reported_by(&id);
        let notice = mistake.map(|mistake| notice(mistake, &scribe.fixes.now()));
        warn(notice.as_ref());
        let told = mistake.is_some_and(|mistake| self.may_know(mistake));
        Ok(FeedbackReceipt { feedback_id, mistake: notice.filter(|_| told) })
    }

    /// Whether the caller may hear how often a mistake was made: an owner; and who may see what it is about, or made
    /// every report of it.
    fn may_know(&self, mistake: &Mistake) -> bool {
        let principal = &self.caller.principal;
        let own = mistake.occurrences.iter().all(|occurrence| occurrence.who == principal.id());
        principal.role() == Role::Owner || own || mistake.doc.as_ref().is_some_and(|doc| self.sees(doc))
    }

    /// Whether a document is there for the caller.
    fn sees(&self, doc: &DocumentId) -> bool {
        self.scribe.document(doc, |name| self.grant.opens(name)).is_some()
    }
}

/// The documents that a mistake involves: the named one or those that were served, and those of the time before, so that
/// it can be said whether they were touched since.
fn involved(feedback: &Feedback, retrieval: &Retrieval, before: Option<&Mistake>) -> Vec<DocumentId> {
    let served = retrieval.hits.iter().map(|hit| &hit.doc).filter(|_| feedback.doc.is_none());
    let last = before.and_then(Mistake::last).map(|last| last.involved.as_slice()).unwrap_or_default();
    let mut all: Vec<DocumentId> = Vec::new();
    for doc in last.iter().map(|involved| &involved.doc).chain(&feedback.doc).chain(served) {
        if all.len() < INVOLVED && !all.contains(doc) {
            all.push(doc.clone());
        }
    }
    all
}

fn notice(mistake: &Mistake, fixes: &[Fix]) -> MistakeNotice {
    MistakeNotice {
        number: mistake.number.to_string(),
        times: mistake.occurrences.len(),
        repeated: mistake.is_repeated(fixes),
        came_back_after: match mistake.standing(fixes) {
            MistakeStanding::CameBack { commit } => Some(commit),
            MistakeStanding::Open | MistakeStanding::Closed { .. } => None,
        },
    }
}

/// The alarm. It names no document and no text.
fn warn(notice: Option<&MistakeNotice>) {
    let Some(MistakeNotice { number, times, repeated, came_back_after }) = notice else { return };
    if let Some(commit) = came_back_after {
        tracing::warn!(mistake.number = %number, mistake.times = times, mistake.commit = %commit, "a mistake came back after a commit had closed it");
    } else if *repeated {
        tracing::warn!(mistake.number = %number, mistake.times = times, "a mistake was made again, and no document involved was touched in between");
    }
}
