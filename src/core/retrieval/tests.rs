//! What questions find, over real engines: operators, minimum match, languages, identifiers, misspellings, and the law
//! that shelves searched together rank as one.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::access::{CollectionName, Visibility};
use crate::corpus::{DocumentId, Draft, Language, SourceFile, SourcePath};
use crate::embed::{EmbedError, Embedder, Embedding, ModelId, PieceStatistics};
use crate::engine::{Analyzer, Batch, EmbeddedEngine, EngineOptions, Entry, SearchEngine as _, Searcher};

/// A model to which everything means the same.
#[derive(Debug)]
struct Plain {
    model: ModelId,
}

impl Embedder for Plain {
    fn model(&self) -> &ModelId {
        &self.model
    }

    fn dimensions(&self) -> usize {
        2
    }

    fn passages(&self, texts: &[&str]) -> Result<Vec<Embedding>, EmbedError> {
        Ok(texts.iter().map(|_| Embedding { vector: vec![1.0, 0.0], pieces: Vec::new() }).collect())
    }

    fn query(&self, _: &str, _: &PieceStatistics) -> Result<Vec<f32>, EmbedError> {
        Ok(vec![1.0, 0.0])
    }
}

fn plain() -> Arc<dyn Embedder> {
    Arc::new(Plain { model: ModelId::new("plain@1") })
}

/// A shelf in a folder of its own.
pub(super) struct Shelf {
    engine: EmbeddedEngine,
    _folder: TempDir,
}

impl Shelf {
    pub(super) fn new() -> Self {
        Self::by(plain())
    }

    /// A shelf whose vectors a model makes.
    pub(super) fn by(embedder: Arc<dyn Embedder>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = EngineOptions { index_memory_bytes: 15_000_000, ..EngineOptions::default() };
        Self { engine: EmbeddedEngine::open(folder.path(), embedder, options).unwrap(), _folder: folder }
    }

    fn of(files: &[(&str, &str)]) -> Self {
        let mut shelf = Self::new();
        shelf.write(files);
        shelf
    }

    fn write(&mut self, files: &[(&str, &str)]) {
        self.apply(Vec::new(), files.iter().map(|(path, text)| entry(path, text)).collect());
    }

    pub(super) fn apply(&mut self, removed: Vec<DocumentId>, upserted: Vec<Entry>) {
        self.engine.apply(Batch { removed, upserted }).unwrap();
    }

    pub(super) fn searcher(&self) -> Arc<dyn Searcher> {
        self.engine.searcher()
    }
}

/// A public document of the collection `docs`.
pub(super) fn entry(path: &str, text: &str) -> Entry {
    let file = SourceFile {
        collection: CollectionName::parse("docs").unwrap(),
        path: SourcePath::new(path),
        bytes: text.as_bytes().to_vec(),
        modified_ns: 0,
    };
    let (record, body) = Draft::parse(file).classify(Visibility::Public).into_parts();
    Entry { record, text: body.text, plain: body.plain }
}

fn ranker(by_meaning: bool) -> Ranker {
    // A leg that weighs nothing is not asked.
    let lexical_weight = if by_meaning { Fusion::default().lexical_weight } else { 1.0 };
    Ranker::new(Arc::new(Analyzer::english()), plain(), Fusion { lexical_weight, ..Fusion::default() })
}

pub(super) fn ranked(shelves: &[Arc<dyn Searcher>], question: &str, by_meaning: bool) -> Ranking {
    let text = QueryText::parse(question).unwrap();
    ranker(by_meaning).rank(shelves, &[], &text, &Filters::default()).unwrap()
}

fn paths(shelves: &[Arc<dyn Searcher>], ranking: &Ranking) -> Vec<String> {
    let path = |hit: &Ranked| shelves[hit.shelf].catalogue().record(hit.chunk.document).unwrap().path.to_string();
    ranking.hits.iter().map(path).collect()
}

/// The paths that a question finds by words alone, best first.
fn found(shelf: &Shelf, question: &str) -> Vec<String> {
    let shelves = [shelf.searcher()];
    paths(&shelves, &ranked(&shelves, question, false))
}

#[test]
fn one_long_document_does_not_hide_all_others() {
    let release = |at: usize| format!("## Release {at}\n\nThe rollback of a deployment, number {at}.\n\n");
    let long: String = (0..450).map(release).collect();
    let runbook = |at: usize| {
        let filler = "What is done at night, and by whom, and how it is told to others. ".repeat(3);
        (format!("run-{at:02}.md"), format!("# Runbook {at}\n\n{filler}A rollback undoes what a deployment did.\n"))
    };
    let mut pages: Vec<_> = (0..30).map(runbook).collect();
    pages.push(("changes.md".to_owned(), long));
    let files: Vec<_> = pages.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let found = found(&Shelf::of(&files), "rollback deployment");
    let of = |name: &str| found.iter().filter(|path| path.contains(name)).count();
    assert_eq!((of("run-"), of("changes.md")), (30, 70));
}

/// The paths that a question finds with a vector leg that finds everything, sorted.
fn all(shelf: &Shelf, question: &str) -> Vec<String> {
    let shelves = [shelf.searcher()];
    let mut found = paths(&shelves, &ranked(&shelves, question, true));
    found.sort_unstable();
    found
}

#[test]
fn a_phrase_must_be_in_every_hit_whatever_leg_found_it() {
    let shelf = Shelf::of(&[
        ("a.md", "# A\n\nRoll back the release now."),
        ("b.md", "# B\n\nThe back roll of a release."),
        ("c.md", "# C\n\nNothing of it."),
    ]);
    assert_eq!(all(&shelf, "release"), ["a.md", "b.md", "c.md"], "the vector leg finds everything");
    assert_eq!(all(&shelf, "\"rolling back\" release"), ["a.md"], "by stem, in order");
    assert_eq!(all(&shelf, "\"not there\" release"), [""; 0]);
    assert_eq!(found(&shelf, "\"roll back\""), ["a.md"], "the words of a phrase are words of the question");
}

#[test]
fn an_exclusion_holds_for_every_hit_whatever_leg_found_it() {
    let shelf = Shelf::of(&[
        ("a.md", "# A\n\nDeploy with the old way."),
        ("b.md", "# B\n\nDeploy with the way that is old, legacies included."),
        ("c.md", "# C\n\nDeploy."),
    ]);
    assert_eq!(all(&shelf, "deploy -legacy"), ["a.md", "c.md"]);
    assert_eq!(all(&shelf, "deploy -\"old way\""), ["b.md", "c.md"]);
    assert_eq!(all(&shelf, "deploy -old"), ["c.md"]);
    assert_eq!(all(&shelf, "-old"), ["c.md"], "an exclusion alone lists the rest");
}

const FILTERED: [(&str, &str); 4] = [
    (
        "guides/a.md",
        "---\ntype: guide\ntags: [ops, web]\nowner: \"@team-ops\"\nupdated: 2026-01-02\n---\n# A\n\nDeploy.",
    ),
    (
        "guides/b.md",
        "---\ntype: guide\ntags: [old, web]\nowner: web\nstatus: draft\nupdated: 2026-05-02\n---\n# B\n\nDeploy.",
    ),
    ("adr/0042.md", "---\ntype: decision\ntags: [ops]\nstatus: deprecated\n---\n# C\n\nDeploy."),
    ("d.md", "# D\n\nDeploy."),
];

#[test]
fn filters_of_one_field_are_alternatives_and_fields_must_all_hold() {
    let shelf = Shelf::of(&FILTERED);
    assert_eq!(all(&shelf, "deploy type:guide"), ["guides/a.md", "guides/b.md"]);
    assert_eq!(all(&shelf, "deploy tag:ops tag:old"), ["adr/0042.md", "guides/a.md", "guides/b.md"]);
    assert_eq!(all(&shelf, "deploy tag:ops type:Guide"), ["guides/a.md"]);
    assert_eq!(all(&shelf, "deploy tag:web -tag:old"), ["guides/a.md"]);
    assert_eq!(all(&shelf, "deploy owner:team-ops"), ["guides/a.md"]);
    assert_eq!(all(&shelf, "deploy status:draft status:deprecated"), ["adr/0042.md", "guides/b.md"]);
    assert_eq!(all(&shelf, "deploy path:guides/"), ["guides/a.md", "guides/b.md"]);
    assert_eq!(all(&shelf, "deploy path:**/00*.md"), ["adr/0042.md"]);
    assert_eq!(all(&shelf, "deploy collection:docs"), ["adr/0042.md", "d.md", "guides/a.md", "guides/b.md"]);
    assert_eq!(all(&shelf, "deploy -collection:docs"), [""; 0]);
    let shelves = [shelf.searcher()];
    let given = Filters { types: vec!["decision".to_owned()], ..Filters::default() };
    let text = QueryText::parse("deploy type:guide").unwrap();
    let both = ranker(true).rank(&shelves, &[], &text, &given).unwrap();
    assert!(both.hits.is_empty(), "what the caller gives and what is typed must both hold");
}

#[test]
fn filters_alone_list_what_passes_the_newest_first() {
    let shelf = Shelf::of(&FILTERED);
    assert_eq!(found(&shelf, "type:guide"), ["guides/b.md", "guides/a.md"]);
    assert_eq!(found(&shelf, "-type:none"), ["guides/b.md", "guides/a.md", "adr/0042.md", "d.md"]);
}

#[test]
fn one_unknown_word_empties_no_answer() {
    let shelf = Shelf::of(&[("a.md", "# A\n\nDeploy the service."), ("b.md", "# B\n\nOther.")]);
    assert_eq!(found(&shelf, "deploy zxqvwk"), ["a.md"]);
    assert_eq!(found(&shelf, "zxqvwk yyyyyyyyyy deploy wwwwwwwwww vvvvvvvvvv"), ["a.md"]);
}

#[test]
fn judged_questions_answer_only_who_asks_for_them() {
    let shelf = Shelf::of(&[
        ("q.md", "---\ntype: evalset\n---\n# How is the kite flown\n\nHow is the kite flown?"),
        ("a.md", "# Wind\n\nThe kite is flown with the wind."),
    ]);
    assert_eq!(found(&shelf, "how is the kite flown"), ["a.md"]);
    assert_eq!(all(&shelf, "how is the kite flown"), ["a.md"]);
    assert_eq!(found(&shelf, "kite type:evalset"), ["q.md"]);
    assert_eq!(found(&shelf, "-type:none"), ["a.md"]);
}

#[test]
fn a_long_question_wants_more_than_one_of_its_known_words() {
    let shelf = Shelf::of(&[
        ("all.md", "# All\n\nRotate signing key vault secret lease policy."),
        ("some.md", "# Some\n\nRotate the signing key."),
        ("one.md", "# One\n\nA policy."),
    ]);
    assert_eq!(found(&shelf, "policy").len(), 2);
    assert_eq!(found(&shelf, "rotate signing policy").len(), 3, "one of three is enough");
    assert_eq!(found(&shelf, "rotate signing key vault secret lease policy"), ["all.md", "some.md"]);
    let shelves = [shelf.searcher()];
    let hits = ranked(&shelves, "rotate signing key vault secret lease policy", true).hits;
    assert_eq!(hits.len(), 3, "what the vector leg found, too, needs no words");
}

#[test]
fn a_misspelled_word_finds_its_neighbours_and_says_so() {
    let shelf = Shelf::of(&[
        ("a.md", "# A\n\nObservability of deployments and incidents."),
        ("b.md", "# B\n\nKubernetes retrieval."),
        ("c.md", "# C\n\nCodes E0308 and 1234."),
    ]);
    for (typed, path, term, weight) in [
        ("obsrevability", "a.md", "observ", 0.7),
        ("kuberntes", "b.md", "kubernet", 0.7),
        ("retreival", "b.md", "retriev", 0.7),
        ("incidnet", "a.md", "incid", 0.5),
    ] {
        let shelves = [shelf.searcher()];
        let ranking = ranked(&shelves, typed, false);
        assert_eq!(paths(&shelves, &ranking), [path], "{typed}");
        let told = Expansion { word: typed.to_owned(), term: term.to_owned(), by: Origin::Typo, weight };
        assert_eq!(ranking.expansions, [told]);
    }
    assert!(found(&shelf, "E0309").is_empty(), "another code is another thing");
    assert!(found(&shelf, "cat").is_empty(), "three letters are no misspelling");
    assert!(found(&shelf, "xbservability").is_empty(), "the first letter is kept");
    let shelves = [shelf.searcher()];
    assert!(ranked(&shelves, "observability", false).expansions.is_empty(), "a known word is not misspelled");
}

#[test]
fn a_misspelling_weighs_less_than_the_word() {
    let shelf =
        Shelf::of(&[("a.md", "# A\n\nDeployment of the gateway."), ("b.md", "# B\n\nDeployment of the scheduler.")]);
    assert_eq!(found(&shelf, "gatewy scheduler"), ["b.md", "a.md"]);
}

#[test]
fn the_beginning_of_the_last_word_finds_what_it_begins_when_asked() {
    let shelf = Shelf::of(&[
        ("a.md", "# A\n\nObservability."),
        ("b.md", "# B\n\nObserver of deployments."),
        ("c.md", "# C\n\nTheory."),
    ]);
    assert!(found(&shelf, "obse").is_empty(), "nobody asked");
    let shelves = [shelf.searcher()];
    let ranking = ranked(&shelves, "obse*", false);
    assert_eq!(paths(&shelves, &ranking).len(), 2);
    assert!(
        ranking.expansions.iter().all(|told| told.by == Origin::Prefix && told.word == "obse" && told.weight < 1.0)
    );
    let text = QueryText::parse("obse").unwrap().unfinished();
    assert_eq!(ranker(false).rank(&shelves, &[], &text, &Filters::default()).unwrap().hits.len(), 2);
    assert_eq!(found(&shelf, "deploym*"), ["b.md"], "past the stem");
    assert_eq!(found(&shelf, "the*"), ["c.md"], "a stop word may begin another");
}

#[test]
fn identifiers_are_found_as_written_first_and_by_their_parts() {
    for (name, near) in [
        ("ADR-0042", "ADR and 0042"),
        ("kebab-case", "kebab case"),
        ("snake_case", "snake case"),
        ("file.md", "file md"),
        ("1.2.3", "1 2 3"),
        ("v2.0", "v2 and 0"),
        ("camelCase", "camel case"),
        ("PascalCaseName", "pascal case name"),
    ] {
        let (exact, apart) =
            (format!("# X\n\nThis is {name}, see there."), format!("# X\n\nThis is {near}, see there."));
        let shelf =
            Shelf::of(&[("apart.md", &apart), ("exact.md", &exact), ("none.md", "# X\n\nThis is that, see there.")]);
        assert_eq!(found(&shelf, name), ["exact.md", "apart.md"], "{name}");
        let part = near.split(' ').next().unwrap();
        assert_eq!(found(&shelf, part).len(), 2, "{part} of {name}");
    }
    for (name, near) in [("C++", "C"), ("C#", "C"), (".NET", "net")] {
        let (exact, apart) = (format!("# X\n\nWritten in {name} today."), format!("# X\n\nWritten in {near} today."));
        let shelf = Shelf::of(&[("apart.md", &apart), ("exact.md", &exact)]);
        assert_eq!(found(&shelf, name), ["exact.md", "apart.md"], "{name}");
        assert_eq!(found(&shelf, &format!("\"{name}\"")), ["exact.md"], "{name}");
    }
    let shelf =
        Shelf::of(&[("a.md", "# X\n\nerror E0308"), ("b.md", "# X\n\nerror 0x80070005"), ("c.md", "# X\n\nerror")]);
    assert_eq!(found(&shelf, "E0308"), ["a.md"]);
    assert_eq!(found(&shelf, "0x80070005"), ["b.md"]);
}

#[test]
fn scripts_without_spaces_are_searched_by_their_words() {
    let shelf = Shelf::of(&[
        ("ja.md", "# 本\n\nこれはRust入門書です。"),
        ("zh.md", "# 書\n\n检索质量很重要。"),
        ("th.md", "# ไทย\n\nการค้นหาข้อความ"),
        ("cat.md", "# 動物\n\n猫"),
    ]);
    assert_eq!(found(&shelf, "入門"), ["ja.md"]);
    assert_eq!(found(&shelf, "rust入門書")[0], "ja.md");
    assert_eq!(found(&shelf, "检索质量"), ["zh.md"]);
    assert_eq!(found(&shelf, "ค้นหา"), ["th.md"]);
    assert_eq!(found(&shelf, "猫"), ["cat.md"], "a single sign");
    assert_eq!(found(&shelf, "門"), ["ja.md"], "a single sign inside a word");
    assert_eq!(found(&shelf, "\"入門書\""), ["ja.md"]);
    assert!(found(&shelf, "\"門入\"").is_empty());
}

#[test]
fn a_document_is_found_by_the_stems_of_its_language() {
    let shelf = Shelf::of(&[
        ("de.md", "---\nlanguage: de-AT\n---\n# Häuser\n\nDie Häuser der Stadt."),
        ("en.md", "# Running\n\nServices are running."),
        ("pl.md", "---\nlang: pl\n---\n# Domy\n\nDomy miasta."),
    ]);
    assert_eq!(found(&shelf, "Haus"), ["de.md"]);
    assert_eq!(found(&shelf, "run"), ["en.md"]);
    assert_eq!(found(&shelf, "domy"), ["pl.md"]);
    assert_eq!(found(&shelf, "\"die haus\""), ["de.md"], "phrases are read in each language");
    assert_eq!(all(&shelf, "stadt -häusern"), ["en.md", "pl.md"]);
    let shelves = [shelf.searcher()];
    let languages = ranked(&shelves, "haus", false).words.languages;
    assert_eq!(languages, [Language::English, Language::German, Language::Other]);
}

#[test]
fn a_hit_says_which_words_of_the_question_it_has() {
    let shelf = Shelf::of(&[("a.md", "# Keys\n\nRotate the signing key."), ("b.md", "# Other\n\nKeys.")]);
    let shelves = [shelf.searcher()];
    let ranking = ranked(&shelves, "how are signing keys rotatd yearly", false);
    let matched: Vec<_> =
        ranking.hits.iter().map(|hit| ranker(false).matched(&shelves, &ranking, hit).unwrap()).collect();
    assert_eq!(matched, [vec!["signing", "keys", "rotatd"], vec!["keys"]]);
}

const WORDS: [&str; 14] = [
    "deploy",
    "review",
    "incident",
    "owner",
    "running",
    "rollback",
    "the",
    "ledger",
    "shelf",
    "release-note",
    "ADR-0042",
    "checkBudget",
    "入門書",
    "deployment",
];

const QUESTIONS: [&str; 14] = [
    "deploy",
    "review of the incident owner",
    "\"the owner\" review",
    "deploy -ledger",
    "-\"the owner\"",
    "incidnet",
    "rolback legder shelff",
    "de*",
    "re*",
    "ADR-0042",
    "checkBudget release-note",
    "入門",
    "the",
    "relaese -shelf \"the\"",
];

/// What is told of a question, by names that mean the same on every shelf.
type Told = (BTreeMap<(String, u32), i64>, Vec<(String, String)>);

fn told(shelves: &[Arc<dyn Searcher>], question: &str, by_meaning: bool) -> Told {
    let ranking = ranked(shelves, question, by_meaning);
    let name = |hit: &Ranked| {
        let record = shelves[hit.shelf].catalogue().record(hit.chunk.document).unwrap();
        #[expect(clippy::cast_possible_truncation, reason = "scores are between 0 and 1")]
        let score = (f64::from(hit.score) * 1e4).round() as i64;
        ((record.id.to_string(), hit.chunk.chunk), score)
    };
    let expansions = ranking.expansions.into_iter().map(|told| (told.word, told.term)).collect();
    (ranking.hits.iter().map(name).collect(), expansions)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn shelves_together_answer_any_question_as_one_that_holds_both(
        texts in proptest::collection::vec(proptest::collection::vec(0..WORDS.len(), 1..12), 1..10),
        cut in 0..10_usize, by_meaning in any::<bool>(),
    ) {
        let mut shelves = [Shelf::new(), Shelf::new(), Shelf::new()];
        for (at, words) in texts.iter().enumerate() {
            let words: Vec<&str> = words.iter().map(|word| WORDS[*word]).collect();
            let (path, text) = (format!("d{at}.md"), format!("# Page {at}\n\n{}", words.join(" ")));
            let own = usize::from(at >= cut);
            // What stood there before is dead, and nothing of it may have influence.
            shelves[own].write(&[(&path, "# Old\n\nincidents deployed reviewed releases")]);
            shelves[own].write(&[(&path, &text)]);
            shelves[2].write(&[(&path, &text)]);
        }
        let [a, b, both] = shelves.each_ref().map(Shelf::searcher);
        for question in QUESTIONS {
            let (left, left_told) = told(&[Arc::clone(&a), Arc::clone(&b)], question, by_meaning);
            let (right, right_told) = told(&[Arc::clone(&both)], question, by_meaning);
            prop_assert_eq!(left_told, right_told, "{}", question);
            prop_assert_eq!(left.keys().collect::<Vec<_>>(), right.keys().collect::<Vec<_>>(), "{}", question);
            for (name, score) in &left {
                prop_assert!((score - right[name]).abs() <= 2, "{}: {:?}", question, name);
            }
        }
    }

    #[test]
    fn any_question_is_answered_or_refused(text in "([-\"*:a-zA-Z0-9 .+#猫入é]|tag:|status:|path:|\u{e34}){1,80}") {
        let shelf = Shelf::of(&[("a.md", "# A\n\nDeploy the service.")]);
        if let Ok(text) = QueryText::parse(&text) {
            let ranking = ranker(true).rank(&[shelf.searcher()], &[], &text, &Filters::default()).unwrap();
            prop_assert!(ranking.words.terms.len() <= crate::engine::MAX_TERMS + 64);
        }
    }
}
