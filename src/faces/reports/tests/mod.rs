//! Tests of the whole room: a small corpus in a folder of its own, a ledger that is written by hand under a clock that is
//! set, and readers of reports with their grants.

mod figures;
mod grants;
mod listed;

use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::task::{Context, Wake, Waker};
use std::thread::Thread;

use tempfile::TempDir;

use super::{Book, Cell, Report, ReportKind, Row, Span, Table, View};
use crate::access::{Action, CollectionName, Keyring, NewToken, Principal, TokenName, Visibility};
use crate::corpus::{Digest, DocumentId, Lines};
use crate::embed::StaticModel;
use crate::ledger::{
    Author, Clock, EvaluatedSet, Evaluation, Face, Feedback, FeedbackId, FreeText, Gap, GapId, Haste, Hit, Involved,
    Judgement, Ledger, LedgerSink as _, Legs, Options, Outcome, OutcomeId, OutcomeKind, PageViews, Reason, Record,
    Retrieval, RetrievalId, SystemRandomness, Timestamp, Verb, Views, moment,
};
use crate::library::{self, CollectionOptions, Library, Outside};

const DAY_MS: i64 = 86_400_000;

/// A clock that a test sets. It begins at noon of 2026-11-01.
#[derive(Debug)]
struct SetClock(AtomicI64);

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_ms(self.0.load(Ordering::SeqCst))
    }
}

/// A corpus, a ledger beside it, and who reads reports.
struct House {
    clock: Arc<SetClock>,
    library: Library,
    folder: TempDir,
}

const FILES: [(&str, &str); 6] = [
    (
        "playbook/release.md",
        "---\nowner: captains\nverified: [{by: ada, at: 2026-10-01}]\nreview_every: 6 months\n---\n# Releasing\n\nHow we ship.\n",
    ),
    (
        "playbook/oncall.md",
        "---\nowner: rota\nupdated: 2026-01-10\nreview_every: 3 months\n---\n# On call\n\nThe pager.\n",
    ),
    ("playbook/old.md", "---\nstatus: superseded\nsuperseded_by: playbook/release\n---\n# Old way\n\nGone.\n"),
    ("playbook/README.md", "---\nowner: editors\n---\n# Playbook\n\nWhat is here.\n"),
    ("corpus/plan.md", "---\nowner: board\n---\n# Quicksilver plan\n\nSecret.\n"),
    ("team/notes.md", "---\nowner: team\n---\n# Notes\n\nOf the team.\n"),
];

impl House {
    fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in FILES {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let collection = |name: &str, visibility| CollectionOptions {
            name: CollectionName::parse(name).unwrap(),
            path: folder.path().join(name),
            visibility,
            language: None,
            include: Vec::new(),
            exclude: Vec::new(),
        };
        let collections = vec![
            collection("playbook", Visibility::Public),
            collection("corpus", Visibility::Private),
            collection("team", Visibility::Private),
        ];
        let mut options = library::Options::new(folder.path().to_owned(), folder.path().join("data"), collections);
        options.watch = false;
        let clock = Arc::new(SetClock(AtomicI64::new(moment("2026-11-01T12:00:00Z").unwrap().unix_ms())));
        let (sink, _) = Ledger::open(&folder.path().join("other-ledger"), Options::default()).unwrap();
        let outside = Outside {
            embedder: Arc::new(StaticModel::new().unwrap()),
            sink: Arc::new(sink),
            clock: Arc::<SetClock>::clone(&clock),
            randomness: Arc::new(SystemRandomness),
        };
        let library = Library::open(options, outside).unwrap();
        waited_for(library.wait_ready());
        Self { clock, library, folder }
    }

    fn ledger_folder(&self) -> PathBuf {
        self.folder.path().join("ledger")
    }

    fn ledger_options(&self) -> Options {
        Options { clock: Arc::<SetClock>::clone(&self.clock), segment_bytes: 4_096, ..Options::default() }
    }

    fn pass(&self, days: i64) {
        self.clock.0.fetch_add(days * DAY_MS, Ordering::SeqCst);
    }

    /// A search that served these documents, found by words; nothing when there are none.
    fn search(&self, question: &str, served: &[&str]) -> Retrieval {
        let id = RetrievalId::new(self.clock.as_ref(), &SystemRandomness).unwrap();
        let mut record = Retrieval::new(id, &Principal::anonymous(), Face::Http, Verb::Search);
        record.query = Some(question.to_owned());
        record.scope = vec!["public".to_owned()];
        record.hits = served.iter().zip(1..).map(|(document, rank)| hit(document, rank, Some(rank))).collect();
        record.served = u32::try_from(served.len()).unwrap();
        record.tokens = 100 * served.len() as u64 + 7;
        record
    }

    /// Writes records down, the one after the other.
    fn write(&self, records: Vec<Retrieval>) {
        let (ledger, _) = Ledger::open(&self.ledger_folder(), self.ledger_options()).unwrap();
        let receipts: Vec<_> = records.into_iter().map(|record| ledger.append(record)).collect();
        for receipt in receipts {
            receipt.wait().unwrap();
        }
    }

    /// Writes down records of any kind.
    fn note(&self, records: Vec<Record>) {
        let (ledger, _) = Ledger::open(&self.ledger_folder(), self.ledger_options()).unwrap();
        for record in records {
            ledger.append_record(record, Haste::Now).wait().unwrap();
        }
    }

    fn author(&self, shelves: &[&str]) -> Author {
        let scope = shelves.iter().map(|shelf| (*shelf).to_owned()).collect();
        Author { who: "tok_1".to_owned(), scope, ..Author::new(&Principal::anonymous(), Face::Mcp) }
    }

    /// Somebody says what they needed, who could open every shelf.
    fn gap(&self, need: &str) -> Record {
        self.gap_of(need, &["public", "corpus", "team"])
    }

    /// Somebody says what they needed, who could open these shelves.
    fn gap_of(&self, need: &str, shelves: &[&str]) -> Record {
        Record::Gap(Box::new(Gap {
            id: GapId::new(self.clock.as_ref(), &SystemRandomness).unwrap(),
            author: self.author(shelves),
            process: None,
            retrievals: Vec::new(),
            need: FreeText::new(need).unwrap(),
            tried: None,
        }))
    }

    /// Somebody reports a mistake about a document as it is now, for the first time or once more, who could open every
    /// shelf.
    fn bad(&self, document: &str, same_as: Option<&FeedbackId>) -> Feedback {
        let doc = DocumentId::parse(document).unwrap();
        let sha256 = self.owner().documents.get(&doc).map(|held| held.document.record().sha256);
        Feedback {
            id: FeedbackId::new(self.clock.as_ref(), &SystemRandomness).unwrap(),
            author: self.author(&["public", "corpus", "team"]),
            retrieval: RetrievalId::new(self.clock.as_ref(), &SystemRandomness).unwrap(),
            process: Some("processes/ship".to_owned()),
            doc: Some(doc.clone()),
            verdict: Judgement::Bad,
            reason: Some(Reason::Wrong),
            why: FreeText::new("not so").ok(),
            corrected: None,
            same_as: same_as.cloned(),
            involved: vec![Involved { doc, sha256, commit: None }],
        }
    }

    /// Something came of a document.
    fn outcome(&self, document: &str, outcome: OutcomeKind) -> Record {
        Record::Outcome(Box::new(Outcome {
            id: OutcomeId::new(self.clock.as_ref(), &SystemRandomness).unwrap(),
            author: self.author(&["public"]),
            outcome,
            doc: DocumentId::parse(document).unwrap(),
            note: FreeText::new("said in private").ok(),
        }))
    }

    /// The corpus was measured: the score of each set of questions.
    fn evaluation(&self, commit: Option<&str>, sets: &[(&str, f64)]) -> Record {
        let means = |score: f64| [("ndcg@10".to_owned(), score), ("mrr@10".to_owned(), 0.5)].into();
        let set =
            |(name, score): &(&str, f64)| EvaluatedSet { set: (*name).to_owned(), questions: 3, means: means(*score) };
        let questions = 3 * sets.len() as u64;
        let mean = sets.iter().map(|(_, score)| score).sum::<f64>() / f64::from(u32::try_from(sets.len()).unwrap());
        Record::Evaluation(Box::new(Evaluation {
            who: "local".to_owned(),
            commit: commit.map(str::to_owned),
            uncommitted: u64::from(commit.is_none()),
            embedder: "static".to_owned(),
            ranking: "0/1".to_owned(),
            documents: 6,
            passages: 9,
            measure: "ndcg@10".to_owned(),
            questions,
            means: means((mean * 1e4).round() / 1e4),
            sets: sets.iter().map(set).collect(),
        }))
    }

    /// Pages were looked at.
    fn views(&self, documents: &[(&str, u64)]) -> Record {
        let looked =
            |(document, views): &(&str, u64)| PageViews { doc: DocumentId::parse(document).unwrap(), views: *views };
        Record::Views(Views { since: self.clock.now(), documents: documents.iter().map(looked).collect() })
    }

    fn book(&self) -> Book {
        Book::of(&self.ledger_folder())
    }

    fn owner(&self) -> View {
        let mut keyring = Keyring::open(&self.folder.path().join("owner.json")).unwrap();
        let secret = keyring.make_admin(&format!("owner {}", keyring.tokens().len()), 0).unwrap();
        View::of(&self.library, &keyring.verify(&secret, 1).unwrap()).unwrap()
    }

    /// Somebody with a token that sees reports of these collections.
    fn member(&self, collections: &[&str]) -> View {
        let mut keyring = Keyring::open(&self.folder.path().join("member.json")).unwrap();
        let new = NewToken {
            name: TokenName::parse(&format!("member {}", keyring.tokens().len())).unwrap(),
            collections: collections.iter().map(|name| CollectionName::parse(name).unwrap()).collect(),
            can: vec![Action::Report],
            expires_s: None,
        };
        let secret = keyring.make(new, 0).unwrap().secret;
        View::of(&self.library, &keyring.verify(&secret, 1).unwrap()).unwrap()
    }

    /// Makes the library see the files as they are.
    fn index(&self) {
        let before: u64 = self.library.shelves().iter().map(|shelf| shelf.generation).sum();
        let mut status = self.library.status();
        self.library.compare();
        waited_for(async {
            while self.library.shelves().iter().map(|shelf| shelf.generation).sum::<u64>() == before {
                status.changed().await.unwrap();
            }
        });
    }

    /// A report on everything, with room for all rows.
    fn report(&self, book: &Book, kind: ReportKind, view: &View) -> Report {
        book.report(kind, view, Some(Span::ALL), 1_000, self.clock.now()).unwrap()
    }
}

/// Wakes the thread that waits.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Waits for something that other threads do.
fn waited_for(future: impl Future<Output = ()>) {
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut future = pin!(future);
    while future.as_mut().poll(&mut Context::from_waker(&waker)).is_pending() {
        std::thread::park();
    }
}

fn hit(document: &str, rank: u32, lexical: Option<u32>) -> Hit {
    Hit {
        doc: DocumentId::parse(document).unwrap(),
        anchor: "part".to_owned(),
        lines: Lines { first: 1, last: 9 },
        sha256: Digest::of(document.as_bytes()),
        rank,
        score: Some(0.5),
        legs: Legs { lexical, vector: Some(rank), ..Legs::default() },
        evidence: 0.0,
        rules: Vec::new(),
        uncommitted: false,
    }
}

/// The same retrieval, of which nothing was found by words.
fn by_meaning_alone(mut record: Retrieval) -> Retrieval {
    for hit in &mut record.hits {
        hit.legs.lexical = None;
    }
    record
}

fn table<'a>(report: &'a Report, name: &str) -> &'a Table {
    report.tables.iter().find(|table| table.name == name).unwrap_or_else(|| panic!("{name}: {report:?}"))
}

fn text(row: &Row, column: &str) -> String {
    match &row.cells[column] {
        Cell::Text(text) => text.clone(),
        Cell::Texts(texts) => texts.join("|"),
        Cell::Count(count) => count.to_string(),
        Cell::Share(share) => share.to_string(),
    }
}

/// The rows of a table, with what stands in these columns.
fn rows(report: &Report, name: &str, columns: &[&str]) -> Vec<String> {
    let row = |row: &Row| columns.iter().map(|column| text(row, column)).collect::<Vec<_>>().join(" ");
    table(report, name).rows.iter().map(row).collect()
}
