//! What a revision's corpus answered, beside what the corpus of now does: which questions moved, and what moved them.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::cli::output::{self, Style, count};
use crate::eval::{Causes, Move, Question, Scores, TOP, mean_of};
use crate::history::Change;

use super::Report;
use super::line::line;
use super::revision::{causes_words, names, revision_json, short, tops};

/// How many questions that moved are shown one by one; JSON has all.
const SHOWN_MOVES: usize = 20;

/// What a revision's corpus answered.
#[derive(Debug)]
pub(in crate::cli) struct Against {
    pub(in crate::cli) revision: String,
    pub(in crate::cli) change: Change,
    pub(in crate::cli) scores: Vec<Scores>,
    pub(in crate::cli) moves: Vec<Move>,
    pub(in crate::cli) causes: Causes,
}

impl Report {
    pub(super) fn moves(&self, text: &mut String, against: &Against, style: Style) {
        let Style { strong, dim, plain, .. } = style;
        let (before, now) = (mean_of(&against.scores, self.own), mean_of(&self.scores, self.own));
        let counted: Vec<&Move> = against.moves.iter().filter(|moved| moved.counts()).collect();
        let commit = short(&against.change);
        line!(
            text,
            "{strong}against {} ({commit}): {} from {before:.4} to {now:.4} ({:+.4}); {} moved{plain}",
            output::line(&against.revision),
            self.own,
            now - before,
            count(counted.len(), "question")
        );
        for moved in counted.iter().take(SHOWN_MOVES) {
            let Some(question) = self.question(moved) else { continue };
            let asked = output::line(&question.text);
            line!(text, "{:+.3}  {:.3} → {:.3}  {asked}", moved.delta(), moved.before, moved.now);
            tops(text, &moved.top_before, &moved.top_now, style);
        }
        if counted.len() > SHOWN_MOVES {
            line!(text, "{dim}and {} more; --json has all{plain}", counted.len() - SHOWN_MOVES);
        }
        let others = against.moves.len() - counted.len();
        if others > 0 {
            line!(text, "{dim}{} with the same value and another top {TOP}{plain}", count(others, "question"));
        }
        causes_words(text, &against.causes, style);
    }

    pub(super) fn against_json(&self, against: &Against) -> Value {
        let moved = |moved: &Move| {
            let question = self.question(moved);
            json!({
                "set": self.sets.get(moved.set).map(|set| set.name.as_str()),
                "id": question.map(|question| question.id.as_str()),
                "query": question.map(|question| question.text.as_str()),
                "before": moved.before, "now": moved.now, "delta": moved.delta(),
                "top_before": names(&moved.top_before), "top_now": names(&moved.top_now),
                "documents": moved.documents.iter().map(ToString::to_string).collect::<Vec<_>>(),
            })
        };
        let mut out = revision_json(&against.revision, &against.change, &against.causes);
        out.insert("before".to_owned(), self.means_json(&against.scores));
        out.insert("now".to_owned(), self.means_json(&self.scores));
        out.insert("moved".to_owned(), against.moves.iter().map(moved).collect());
        Value::Object(out)
    }

    fn question(&self, moved: &Move) -> Option<&Question> {
        self.sets.get(moved.set)?.questions.get(moved.question)
    }
}
