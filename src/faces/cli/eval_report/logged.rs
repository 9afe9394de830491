//! What the questions of the ledger found before and now.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::cli::output::{self, Style, count};
use crate::eval::{Causes, Log, Shift, TOP};
use crate::history::Change;
use crate::ledger::Timestamp;

use super::line::line;
use super::revision::{causes_words, names, revision_json, short, tops};

/// What the questions of the ledger found before and now.
#[derive(Debug)]
pub(in crate::cli) struct LoggedReport {
    pub(in crate::cli) log: Log,
    pub(in crate::cli) shifts: Vec<Shift>,
    pub(in crate::cli) revision: String,
    pub(in crate::cli) change: Change,
    pub(in crate::cli) since: Timestamp,
    pub(in crate::cli) causes: Causes,
}

impl LoggedReport {
    /// For people.
    pub(in crate::cli) fn shown(&self) -> String {
        let style = Style::of(&std::io::stdout());
        let Style { strong, dim, plain, .. } = style;
        let mut text = String::new();
        let (changed, asked) = (self.shifts.len(), self.log.questions.len());
        line!(
            text,
            "{strong}against {} ({}): the top {TOP} changed for {changed} of {}{plain} {dim}({} since {}){plain}",
            output::line(&self.revision),
            short(&self.change),
            count(asked, "question"),
            count(self.log.searches, "retrieval"),
            self.since
        );
        if self.log.erased > 0 {
            line!(text, "{dim}{} left out: the text is erased{plain}", count(self.log.erased, "retrieval"));
        }
        for shift in &self.shifts {
            let Some(logged) = self.log.questions.get(shift.question) else { continue };
            let by = if logged.shelves.is_empty() { "strangers".to_owned() } else { logged.shelves.join(", ") };
            let times = count(logged.times, "time");
            line!(text, "{} {dim}({times}, {by}){plain}", output::line(&logged.request.query));
            tops(&mut text, &shift.top_before, &shift.top_now, style);
        }
        causes_words(&mut text, &self.causes, style);
        text
    }

    /// For programs.
    pub(in crate::cli) fn json(&self) -> Value {
        let shift = |shift: &Shift| {
            let logged = self.log.questions.get(shift.question);
            json!({
                "query": logged.map(|logged| logged.request.query.as_str()),
                "times": logged.map(|logged| logged.times),
                "last": logged.map(|logged| logged.last.to_string()),
                "shelves": logged.map(|logged| logged.shelves.clone()),
                "top_before": names(&shift.top_before), "top_now": names(&shift.top_now),
            })
        };
        let mut out = revision_json(&self.revision, &self.change, &self.causes);
        out.insert("since".to_owned(), self.since.to_string().into());
        out.insert("retrievals".to_owned(), self.log.searches.into());
        out.insert("erased".to_owned(), self.log.erased.into());
        out.insert("questions".to_owned(), self.log.questions.len().into());
        out.insert("changed".to_owned(), self.shifts.len().into());
        out.insert("moved".to_owned(), self.shifts.iter().map(shift).collect());
        Value::Object(out)
    }
}
