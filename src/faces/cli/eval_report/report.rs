//! What a run measured: the table and each question, how it ended, and all of it as JSON.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use crate::cli::error::Outcome;
use crate::cli::output::{self, Style, count};
use crate::eval::{Asked, Doubt, Kind, Leak, Measure, Plateau, Question, Ruling, Scores, Set, TOP, mean_of};

use super::Against;
use super::leak::{leak_json, leak_words};
use super::line::line;
use super::plateau::{plateau_json, plateau_words};

/// How wide the first column is.
const NAME_CHARS: usize = 28;

/// What a run found.
#[derive(Debug)]
pub(in crate::cli) struct Report {
    pub(in crate::cli) sets: Vec<Set>,
    pub(in crate::cli) measures: Vec<Measure>,
    /// What gates, sweeps and comparisons look at.
    pub(in crate::cli) own: Measure,
    /// Whether each question is shown.
    pub(in crate::cli) each: bool,
    pub(in crate::cli) scores: Vec<Scores>,
    /// Words alone, meaning alone.
    pub(in crate::cli) legs: Option<[Vec<Scores>; 2]>,
    pub(in crate::cli) plateau: Option<Plateau>,
    pub(in crate::cli) against: Option<Against>,
    pub(in crate::cli) leaks: Vec<Leak>,
    pub(in crate::cli) doubts: Vec<Doubt>,
    pub(in crate::cli) rulings: Vec<Ruling>,
}

impl Default for Report {
    fn default() -> Self {
        Self {
            sets: Vec::new(),
            measures: Vec::new(),
            own: Measure { kind: Kind::Ndcg, at: 10 },
            each: false,
            scores: Vec::new(),
            legs: None,
            plateau: None,
            against: None,
            leaks: Vec::new(),
            doubts: Vec::new(),
            rulings: Vec::new(),
        }
    }
}

impl Report {
    /// How the run ended: a leak is worse than a gate that was missed.
    pub(in crate::cli) fn outcome(&self) -> Outcome {
        let missed = self.rulings.iter().any(|ruling| !ruling.holds);
        if !self.leaks.is_empty() {
            Outcome::Leak
        } else if missed || !self.doubts.is_empty() || self.served().next().is_some() {
            Outcome::Nothing
        } else {
            Outcome::Done
        }
    }

    fn served(&self) -> impl Iterator<Item = (&Question, &str, usize)> {
        self.scores.iter().zip(&self.sets).flat_map(|(scores, set)| {
            scores.asked.iter().filter_map(|asked| Some((set.questions.get(asked.number)?, asked))).flat_map(
                |(question, asked)| {
                    asked.served.iter().map(move |(forbidden, rank)| (question, forbidden.name.as_str(), *rank))
                },
            )
        })
    }

    /// For people.
    pub(in crate::cli) fn shown(&self) -> String {
        let style = Style::of(&std::io::stdout());
        let Style { bad, dim, plain, .. } = style;
        let mut text = String::new();
        for leak in &self.leaks {
            line!(text, "{bad}leak:{plain} {}", leak_words(leak));
        }
        self.table(&mut text, style);
        if self.each {
            self.questions(&mut text, style);
        }
        if let Some(plateau) = &self.plateau {
            plateau_words(&mut text, plateau, self.own);
        }
        if let Some(against) = &self.against {
            self.moves(&mut text, against, style);
        }
        for doubt in &self.doubts {
            line!(
                text,
                "{}:{}: {bad}warning:{plain} {}",
                doubt.place.file,
                doubt.place.line,
                output::line(&doubt.message)
            );
        }
        for (question, name, rank) in self.served() {
            let place = &question.place;
            let asked = output::line(&question.text);
            line!(
                text,
                "{}:{}: {bad}must not:{plain} {name} is number {rank} of the answer to {asked:?}",
                place.file,
                place.line
            );
        }
        for ruling in &self.rulings {
            let (word, colour) = if ruling.holds { ("holds", dim) } else { ("MISSED", bad) };
            line!(text, "{colour}gate {word}:{plain} {}: {}", ruling.rule, ruling.said);
        }
        text
    }

    fn table(&self, text: &mut String, Style { strong, dim, plain, .. }: Style) {
        let measures = self.shown_measures();
        let heads: String = measures.iter().map(|measure| format!("  {measure}")).collect();
        line!(text, "{strong}{:<NAME_CHARS$}{:>10}{heads}{plain}", "set", "questions");
        let mut row = |name: &str, scores: &[Scores]| {
            let judged: usize = scores.iter().map(Scores::judged).sum();
            let value = |measure: &Measure| {
                let width = measure.to_string().len() + 2;
                format!("{:>width$.4}", mean_of(scores, *measure))
            };
            let values: String = measures.iter().map(value).collect();
            line!(text, "{:<NAME_CHARS$}{judged:>10}{values}", output::line(name));
        };
        let mut rows = |name: &str, of: &dyn Fn(&[Scores]) -> Vec<Scores>| {
            row(name, &of(&self.scores));
            if let Some([words, meaning]) = &self.legs {
                row("  words alone", &of(words));
                row("  meaning alone", &of(meaning));
            }
        };
        for (at, scores) in self.scores.iter().enumerate() {
            rows(&scores.name, &|all| all.get(at).cloned().into_iter().collect());
        }
        if self.scores.len() > 1 {
            rows("all", &|all| all.to_vec());
        }
        let rest: usize = self.scores.iter().map(|scores| scores.asked.len() - scores.judged()).sum();
        if rest > 0 {
            line!(text, "{dim}{} with must_not only, in no mean{plain}", count(rest, "question"));
        }
    }

    /// What a table has room for: everything at the deepest cut, and at the others what a reader of few passages gets.
    fn shown_measures(&self) -> Vec<Measure> {
        let deepest = self.measures.iter().map(|measure| measure.at).max().unwrap_or(0);
        let wanted = |measure: &&Measure| {
            measure.at == deepest || **measure == self.own || matches!(measure.kind, Kind::Recall | Kind::Success)
        };
        self.measures.iter().filter(wanted).copied().collect()
    }

    fn questions(&self, text: &mut String, Style { dim, plain, .. }: Style) {
        for (scores, set) in self.scores.iter().zip(&self.sets) {
            for asked in &scores.asked {
                let Some(question) = set.questions.get(asked.number) else { continue };
                let value = asked.values.get(&self.own).copied().unwrap_or(0.0);
                let value = if question.is_judged() { format!("{value:.3}") } else { "    –".to_owned() };
                let rank = |name: &String| asked.ranking.iter().position(|found| found == name);
                let ranks = question.relevant.keys().map(|name| match rank(name) {
                    Some(at) => format!("{name} #{}", at + 1),
                    None => format!("{name} not found"),
                });
                let ranks: Vec<String> = ranks.collect();
                let text_of = output::line(&question.text);
                line!(
                    text,
                    "{value}  {text_of} {dim}({}, as {}) {}{plain}",
                    question.id,
                    asked.asker.as_str(),
                    ranks.join(", ")
                );
            }
        }
    }

    /// For programs.
    pub(in crate::cli) fn json(&self) -> Value {
        let mut out = Map::new();
        out.insert("leaks".to_owned(), self.leaks.iter().map(leak_json).collect());
        self.put_means(&mut out, &self.scores);
        let judged: usize = self.scores.iter().map(Scores::judged).sum();
        out.insert("questions".to_owned(), judged.into());
        let sets = (0..self.scores.len()).map(|at| self.set_json(at));
        out.insert("sets".to_owned(), sets.collect());
        out.insert("measure".to_owned(), self.own.to_string().into());
        if let Some(legs) = self.legs_json(&|all| all.to_vec()) {
            out.insert("legs".to_owned(), legs);
        }
        if let Some(plateau) = &self.plateau {
            out.insert("sweep".to_owned(), plateau_json(plateau, self.own));
        }
        if let Some(against) = &self.against {
            out.insert("against".to_owned(), self.against_json(against));
        }
        let finding =
            |doubt: &Doubt| json!({"file": doubt.place.file, "line": doubt.place.line, "message": doubt.message});
        out.insert("findings".to_owned(), self.doubts.iter().map(finding).collect());
        let served = self.served().map(|(question, name, rank)| {
            json!({"id": question.id, "query": question.text, "must_not": name, "rank": rank,
                "file": question.place.file, "line": question.place.line})
        });
        out.insert("served".to_owned(), served.collect());
        let ruling = |ruling: &Ruling| json!({"gate": ruling.rule, "holds": ruling.holds, "said": ruling.said});
        out.insert("gates".to_owned(), self.rulings.iter().map(ruling).collect());
        Value::Object(out)
    }

    fn put_means(&self, out: &mut Map<String, Value>, scores: &[Scores]) {
        for measure in &self.measures {
            out.insert(measure.to_string(), mean_of(scores, *measure).into());
        }
    }

    pub(super) fn means_json(&self, scores: &[Scores]) -> Value {
        let mut out = Map::new();
        self.put_means(&mut out, scores);
        Value::Object(out)
    }

    fn legs_json(&self, of: &dyn Fn(&[Scores]) -> Vec<Scores>) -> Option<Value> {
        let [words, meaning] = self.legs.as_ref()?;
        let means = |scores: &[Scores]| self.means_json(&of(scores));
        Some(json!({"lexical": means(words), "vector": means(meaning), "fused": means(&self.scores)}))
    }

    fn set_json(&self, at: usize) -> Value {
        let (Some(scores), Some(set)) = (self.scores.get(at), self.sets.get(at)) else { return Value::Null };
        let mut out = Map::new();
        out.insert("name".to_owned(), scores.name.clone().into());
        out.insert("questions".to_owned(), scores.judged().into());
        self.put_means(&mut out, std::slice::from_ref(scores));
        if let Some(legs) = self.legs_json(&|all| all.get(at).cloned().into_iter().collect()) {
            out.insert("legs".to_owned(), legs);
        }
        let each =
            scores.asked.iter().filter_map(|asked| Some(self.asked_json(asked, set.questions.get(asked.number)?)));
        out.insert("queries".to_owned(), each.collect());
        Value::Object(out)
    }

    fn asked_json(&self, asked: &Asked, question: &Question) -> Value {
        let mut out = Map::new();
        out.insert("id".to_owned(), question.id.clone().into());
        out.insert("query".to_owned(), question.text.clone().into());
        out.insert("as".to_owned(), asked.asker.as_str().into());
        out.insert("tags".to_owned(), question.tags.clone().into());
        out.insert("judged".to_owned(), question.is_judged().into());
        out.insert("file".to_owned(), question.place.file.clone().into());
        out.insert("line".to_owned(), question.place.line.into());
        for measure in self.measures.iter().filter(|_| question.is_judged()) {
            out.insert(measure.to_string(), asked.values.get(measure).copied().unwrap_or(0.0).into());
        }
        let ranking: Vec<&String> = asked.ranking.iter().take(TOP.max(self.own.at)).collect();
        out.insert("ranking".to_owned(), json!(ranking));
        Value::Object(out)
    }
}
