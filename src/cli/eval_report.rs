//! What `cairn eval` prints: tables for people, one JSON document for programs.
//!
//! A leak comes first, in both.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use crate::eval::{
    Asked, Causes, Doubt, Found, Kind, Leak, Log, Measure, Move, Plateau, Question, Ruling, Scores, Set, Shift, TOP,
    mean_of,
};
use crate::history::Change;
use crate::ledger::Timestamp;
use crate::retrieval::Fusion;

use super::error::Outcome;
use super::output::{self, Style, count};

/// How many digits of a commit are shown.
const COMMIT_DIGITS: usize = 9;

/// How wide the first column is.
const NAME_CHARS: usize = 28;

/// How many questions that moved are shown one by one; JSON has all.
const SHOWN_MOVES: usize = 20;

/// What a run found.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) sets: Vec<Set>,
    pub(super) measures: Vec<Measure>,
    /// What gates, sweeps and comparisons look at.
    pub(super) own: Measure,
    /// Whether each question is shown.
    pub(super) each: bool,
    pub(super) scores: Vec<Scores>,
    /// Words alone, meaning alone.
    pub(super) legs: Option<[Vec<Scores>; 2]>,
    pub(super) plateau: Option<Plateau>,
    pub(super) against: Option<Against>,
    pub(super) leaks: Vec<Leak>,
    pub(super) doubts: Vec<Doubt>,
    pub(super) rulings: Vec<Ruling>,
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

/// What a revision's corpus answered.
#[derive(Debug)]
pub(super) struct Against {
    pub(super) revision: String,
    pub(super) change: Change,
    pub(super) scores: Vec<Scores>,
    pub(super) moves: Vec<Move>,
    pub(super) causes: Causes,
}

/// What the questions of the ledger found before and now.
#[derive(Debug)]
pub(super) struct LoggedReport {
    pub(super) log: Log,
    pub(super) shifts: Vec<Shift>,
    pub(super) revision: String,
    pub(super) change: Change,
    pub(super) since: Timestamp,
    pub(super) causes: Causes,
}

// A String takes every write, here and below.
macro_rules! line {
    ($text:expr, $($part:tt)*) => {{ let _ok = writeln!($text, $($part)*).is_ok(); }};
}

impl Report {
    /// How the run ended: a leak is worse than a gate that was missed.
    pub(super) fn outcome(&self) -> Outcome {
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
    pub(super) fn shown(&self) -> String {
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

    fn moves(&self, text: &mut String, against: &Against, style: Style) {
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

    fn question(&self, moved: &Move) -> Option<&Question> {
        self.sets.get(moved.set)?.questions.get(moved.question)
    }

    /// For programs.
    pub(super) fn json(&self) -> Value {
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

    fn means_json(&self, scores: &[Scores]) -> Value {
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

    fn against_json(&self, against: &Against) -> Value {
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
}

impl LoggedReport {
    /// For people.
    pub(super) fn shown(&self) -> String {
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
    pub(super) fn json(&self) -> Value {
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

fn short(change: &Change) -> String {
    change.commit.to_string().chars().take(COMMIT_DIGITS).collect()
}

fn names(found: &[Found]) -> Vec<String> {
    found.iter().map(Found::name).collect()
}

/// The two tops, one above the other: what is on one side only, or at another place, is marked.
fn tops(text: &mut String, before: &[Found], now: &[Found], Style { dim, mark, plain, .. }: Style) {
    let list = |these: &[Found], others: &[Found]| {
        let same = |at: usize, found: &Found| {
            others.get(at).is_some_and(|other| (other.name(), other.sha256) == (found.name(), found.sha256))
        };
        let shown = these.iter().enumerate().map(|(at, found)| {
            let name = output::line(&found.name());
            if same(at, found) { name } else { format!("{mark}{name}{plain}") }
        });
        let shown: Vec<String> = shown.collect();
        if shown.is_empty() { "nothing".to_owned() } else { shown.join(", ") }
    };
    line!(text, "        {dim}before:{plain} {}", list(before, now));
    line!(text, "        {dim}now:{plain}    {}", list(now, before));
}

fn causes_words(text: &mut String, causes: &Causes, Style { dim, plain, .. }: Style) {
    for touch in &causes.commits {
        let (id, date) = (short(&touch.change), touch.change.date());
        let (subject, author) = (output::line(&touch.subject), output::line(&touch.change.author));
        let files = output::line(&touch.paths.join(", "));
        line!(text, "{id} {} {author}: {subject} {dim}({files}){plain}", date.get(..10).unwrap_or(&date));
    }
    if !causes.uncommitted.is_empty() {
        line!(text, "not committed: {}", output::line(&causes.uncommitted.join(", ")));
    }
    if !causes.whole && !causes.commits.is_empty() {
        line!(text, "{dim}older commits were not looked at{plain}");
    }
}

fn revision_json(revision: &str, change: &Change, causes: &Causes) -> Map<String, Value> {
    let commits = causes.commits.iter().map(|touch| {
        json!({"commit": touch.change.commit.to_string(), "date": touch.change.date(), "author": touch.change.author,
            "subject": touch.subject, "files": touch.paths})
    });
    let mut out = Map::new();
    out.insert("revision".to_owned(), revision.into());
    out.insert("commit".to_owned(), change.commit.to_string().into());
    out.insert("commits".to_owned(), commits.collect());
    out.insert("uncommitted".to_owned(), causes.uncommitted.clone().into());
    out
}

fn leak_words(leak: &Leak) -> String {
    let place = format!("{}:{}", leak.place.file, leak.place.line);
    match leak.lines {
        None => format!("{} must not be public ({place}) and is on the public shelf", leak.name),
        Some(lines) => format!(
            "{} must not be public ({place}) and stands word for word in {}, lines {} to {}",
            leak.name, leak.document, lines.first, lines.last
        ),
    }
}

fn leak_json(leak: &Leak) -> Value {
    json!({
        "must_not": leak.name, "file": leak.place.file, "line": leak.place.line, "document": leak.document.to_string(),
        "lines": leak.lines.map(|lines| [lines.first, lines.last]),
    })
}

/// Whether the default is on the plateau; `None` when it was not tried.
fn default_holds(plateau: &Plateau) -> Option<bool> {
    plateau.holds(Fusion::default())
}

fn plateau_words(text: &mut String, plateau: &Plateau, own: Measure) {
    let Some(best) = plateau.rated.get(plateau.best) else { return };
    let (low, high) = plateau.weights;
    let depths: Vec<String> = plateau.depths.iter().map(ToString::to_string).collect();
    let Fusion { lexical_weight, depth } = best.fusion;
    line!(
        text,
        "plateau of {own}: lexical weight {low:.2} to {high:.2} at depth {}, within noise of the best ({:.4} ± {:.4} at {lexical_weight:.2}, depth {depth})",
        depths.join(", "),
        best.mean,
        plateau.error
    );
    let default = Fusion::default();
    let word = match default_holds(plateau) {
        Some(true) => "is on it",
        Some(false) => "is NOT on it",
        None => "was not tried",
    };
    line!(text, "the default (lexical weight {:.2}, depth {}) {word}", default.lexical_weight, default.depth);
    for rated in plateau.rated.iter().filter(|rated| rated.fusion.depth == depth) {
        let sign = if rated.level { "=" } else { " " };
        line!(text, "  {:.2}  {:.4} {sign}", rated.fusion.lexical_weight, rated.mean);
    }
}

fn plateau_json(plateau: &Plateau, own: Measure) -> Value {
    let (low, high) = plateau.weights;
    let setting = |rated: &crate::eval::Rated| {
        json!({"lexical_weight": rated.fusion.lexical_weight, "depth": rated.fusion.depth, "mean": rated.mean,
            "within_noise": rated.level})
    };
    json!({
        "measure": own.to_string(),
        "best": plateau.rated.get(plateau.best).map(setting),
        "standard_error": plateau.error,
        "plateau": {"lexical_weight": [low, high], "depth": plateau.depths},
        "default_on_plateau": default_holds(plateau),
        "settings": plateau.rated.iter().map(setting).collect::<Vec<_>>(),
    })
}
