//! The mistakes of a running library: read from the ledger once, and then as they come.
//!
//! Whether two reports are of the same mistake: the same process and the same reason, and the same document; where none
//! is named, the nearest question, by its words. A question's words are its runs of letters and digits in lower case,
//! whatever their order. Two questions are near when three of four of the words that either has are in both; of several
//! that are near the nearest counts, and of those the oldest mistake. Texts that were erased are near to nothing.

use std::collections::{BTreeSet, HashMap};

use super::WriteError;
use crate::ledger::{Feedback, FeedbackId, Filter, LedgerReader, Mistake, MistakeNumber, Mistakes, Oldest, Record};

/// Of the words that either of two questions has, how many must be in both: three of four.
const NEAR: (usize, usize) = (3, 4);

type Words = BTreeSet<String>;

/// Which mistakes were made.
#[derive(Debug, Default)]
pub(super) struct Book {
    lines: Option<Oldest>,
    mistakes: Mistakes,
    /// The mistake that each feedback reported.
    numbers: HashMap<FeedbackId, MistakeNumber>,
    /// The words of the question that each mistake without a document began with.
    questions: HashMap<MistakeNumber, Words>,
}

impl Book {
    /// Takes up what the ledger has got since the last time.
    pub(super) fn read_on(&mut self, ledger: &LedgerReader) -> Result<(), WriteError> {
        if self.lines.is_none() {
            let filter = Filter { kinds: vec!["feedback", "erased"], ..Filter::default() };
            self.lines = Some(ledger.oldest(filter)?);
        }
        // It ends where the ledger ends, and goes on from there the next time.
        while let Some(line) = self.lines.as_mut().and_then(Iterator::next).transpose()? {
            match &line.record {
                Record::Feedback(feedback) => {
                    if let Some(mistake) = self.mistakes.take(line.ts, feedback) {
                        self.numbers.insert(feedback.id.clone(), mistake.number);
                    }
                }
                // What is erased is not remembered here either.
                _ => self.questions.clear(),
            }
        }
        Ok(())
    }

    /// The mistake that feedback reports once more, if there is one.
    pub(super) fn like(
        &mut self,
        feedback: &Feedback,
        question: Option<&str>,
        ledger: &LedgerReader,
    ) -> Result<Option<&Mistake>, WriteError> {
        let same = |mistake: &&Mistake| {
            mistake.process == feedback.process && mistake.reason == feedback.reason && mistake.doc == feedback.doc
        };
        let candidates: Vec<&Mistake> = self.mistakes.all().iter().filter(same).collect();
        let number = match (&feedback.doc, question.map(words)) {
            (Some(_), _) => candidates.first().map(|mistake| mistake.number),
            (None, Some(words)) => {
                self.questions.extend(unknown(&candidates, &self.questions, ledger)?);
                nearest(&words, candidates.iter().map(|mistake| mistake.number), &self.questions)
            }
            (None, None) => None,
        };
        Ok(number.and_then(|number| self.mistakes.get(number)))
    }

    /// The mistake that a feedback reported.
    pub(super) fn reported_by(&self, feedback: &FeedbackId) -> Option<&Mistake> {
        self.mistakes.get(*self.numbers.get(feedback)?)
    }
}

/// The words of the questions that are not known yet. What was erased has none.
fn unknown(
    mistakes: &[&Mistake],
    known: &HashMap<MistakeNumber, Words>,
    ledger: &LedgerReader,
) -> Result<Vec<(MistakeNumber, Words)>, WriteError> {
    let missing = mistakes.iter().filter(|mistake| !known.contains_key(&mistake.number));
    let wanted: Vec<_> =
        missing.filter_map(|mistake| Some((mistake.number, mistake.occurrences.first()?.retrieval.clone()))).collect();
    let ids: Vec<_> = wanted.iter().map(|(_, retrieval)| retrieval.clone()).collect();
    let found = ledger.retrievals(&ids)?;
    let asked = |id| found.get(id).and_then(|retrieval| retrieval.query.as_deref()).map(words).unwrap_or_default();
    Ok(wanted.iter().map(|(number, retrieval)| (*number, asked(retrieval))).collect())
}

/// The mistake whose question is nearest, if one is near.
fn nearest(
    words: &Words,
    mistakes: impl Iterator<Item = MistakeNumber>,
    questions: &HashMap<MistakeNumber, Words>,
) -> Option<MistakeNumber> {
    let mut best: Option<(usize, usize, MistakeNumber)> = None;
    for number in mistakes {
        let Some(other) = questions.get(&number) else { continue };
        let both = words.intersection(other).count();
        let either = words.union(other).count();
        let near = either > 0 && both * NEAR.1 >= either * NEAR.0;
        // They come by number, so that the oldest of equals stays.
        if near && best.is_none_or(|(best_both, best_either, _)| both * best_either > best_both * either) {
            best = Some((both, either, number));
        }
    }
    best.map(|(_, _, number)| number)
}

fn words(question: &str) -> Words {
    let runs = question.split(|c: char| !c.is_alphanumeric()).filter(|run| !run.is_empty());
    runs.map(str::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::{nearest, words};
    use crate::ledger::MistakeNumber;

    #[test]
    fn the_nearest_question_counts_and_of_equals_the_oldest() {
        let number = |n: u32| MistakeNumber::parse(&format!("M-{n}")).unwrap();
        let questions = HashMap::from(
            [
                (1, "Who approves a rollback?"),
                (2, "who approves the release of a rollback"),
                (3, "a rollback: approves who"),
                (4, ""),
            ]
            .map(|(n, question)| (number(n), words(question))),
        );
        let nearest = |question: &str| nearest(&words(question), (1..=5).map(number), &questions);
        assert_eq!(nearest("who approves a rollback"), Some(number(1)));
        assert_eq!(nearest("WHO approves rollback"), Some(number(1)), "three of four words");
        assert_eq!(nearest("who approves the release of rollback"), Some(number(2)));
        for far in ["who approves a release", "rollback", "", "?!"] {
            assert_eq!(nearest(far), None, "{far}");
        }
    }
}
