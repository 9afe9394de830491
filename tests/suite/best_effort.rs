//! When the ledger cannot be written: no answer where a record is required; where none is, public answers that say so, and
//! one record of how many there were when writing works again.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use cairn::access::{Action, CollectionName, Keyring, NewToken, Principal, TokenName};
use cairn::ledger::{Disk, DiskFile, Health, Keeper, LedgerReader, Record, SystemDisk, Verdict, verify};
use cairn::library::wire::{BrowseRequest, DocumentAnswer, ReadRequest, SearchAnswer, SearchRequest};
use cairn::library::{Caller, Face, Library, ReadError, Records, Verbs as _};
use cairn::retrieval::Limit;

use crate::support::{Setting, TestHouse};

/// A disk that is full while it is told so.
#[derive(Debug, Clone, Default)]
struct Filling(Arc<AtomicBool>);

impl Filling {
    fn set_full(&self, full: bool) {
        self.0.store(full, Ordering::SeqCst);
    }

    fn room(&self) -> io::Result<()> {
        if self.0.load(Ordering::SeqCst) { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    }
}

#[derive(Debug)]
struct FillingFile(Filling, Box<dyn DiskFile>);

impl DiskFile for FillingFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.room()?;
        self.1.write(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.1.sync()
    }

    fn cut(&mut self, len_bytes: u64) -> io::Result<()> {
        self.1.cut(len_bytes)
    }
}

impl Disk for Filling {
    fn append(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        Ok(Box::new(FillingFile(self.clone(), SystemDisk.append(path)?)))
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        Ok(Box::new(FillingFile(self.clone(), SystemDisk.create(path)?)))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        SystemDisk.rename(from, to)
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        SystemDisk.sync_folder(path)
    }
}

struct Full {
    library: Library,
    keeper: Arc<Keeper>,
    disk: Filling,
    house: TestHouse,
}

impl Full {
    async fn open(records: Records) -> Self {
        let house = TestHouse::shut(Setting { watch: false, ..Setting::default() });
        house.write("playbook/owl.md", "# Owl\n\nThe owl hunts at night.\n");
        house.write("corpus/fox.md", "# Fox\n\nThe fox hunts at dusk.\n");
        let disk = Filling::default();
        let options = cairn::ledger::Options { disk: Arc::new(disk.clone()), ..cairn::ledger::Options::default() };
        let (keeper, _) = Keeper::open(&house.data().join("ledger"), options).unwrap();
        let keeper = Arc::new(keeper);
        let mut options = house.options();
        options.records = records;
        let library = house.over(options, Arc::<Keeper>::clone(&keeper)).unwrap();
        library.wait_ready().await;
        Self { library, keeper, disk, house }
    }

    async fn search(&self) -> Result<SearchAnswer, ReadError> {
        let request = SearchRequest { query: "who hunts".to_owned(), ..SearchRequest::default() };
        let reader = self.library.public().reader(Caller::new(Principal::anonymous(), Face::Http));
        let found = reader.search_json(request.parse(Limit::MAX)?).await?;
        Ok(serde_json::from_str(&found.body).unwrap())
    }

    /// Asks with a token for a private collection.
    async fn search_as_member(&self) -> Result<SearchAnswer, ReadError> {
        let mut keyring = Keyring::open(&self.house.path("tokens.json")).unwrap();
        let name = TokenName::parse(&format!("member {}", keyring.tokens().len())).unwrap();
        let collections = vec![CollectionName::parse("corpus").unwrap()];
        let new = NewToken { name, collections, can: vec![Action::Read], expires_s: None };
        let secret = keyring.make(new, 1).unwrap().secret;
        let principal = keyring.verify(&secret, 1).unwrap();
        let reader = self.library.reader(&principal.private().unwrap(), Caller::new(principal.clone(), Face::Http));
        let request = SearchRequest { query: "who hunts".to_owned(), ..SearchRequest::default() };
        let found = reader.search_json(request.parse(Limit::MAX)?).await?;
        Ok(serde_json::from_str(&found.body).unwrap())
    }

    /// Waits until records are written again.
    async fn writes_again(&self) {
        while !matches!(self.keeper.health(), Health::Writing) {
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test]
async fn without_room_the_public_shelf_answers_with_a_mark_and_the_gap_is_written_down_later() {
    let full = Full::open(Records::BestEffort).await;
    let (library, public) = (&full.library, full.library.public());
    assert!(full.search().await.unwrap().recorded);
    full.disk.set_full(true);
    let answer = full.search().await.unwrap();
    assert!(!answer.recorded && !answer.hits.is_empty());
    assert!(serde_json::to_string(&answer).unwrap().contains(r#""recorded":false"#));
    let reader = public.reader(Caller::new(Principal::anonymous(), Face::Http));
    let read = ReadRequest { uri: "playbook/owl".to_owned(), ..ReadRequest::default() };
    assert!(!DocumentAnswer::of(&reader.read(read.parse().unwrap()).await.unwrap()).recorded);
    assert!(!reader.browse(BrowseRequest::default().parse().unwrap()).await.unwrap().recorded);
    assert!(public.answers() && !public.is_recording());
    let refused = full.search_as_member().await;
    assert!(matches!(refused, Err(ReadError::Ledger(_))), "what is private is not given without a record: {refused:?}");
    assert_eq!(full.keeper.missed(), 3);

    full.disk.set_full(false);
    full.writes_again().await;
    let answer = full.search().await.unwrap();
    assert!(answer.recorded && !serde_json::to_string(&answer).unwrap().contains("recorded"));
    assert!(full.search_as_member().await.unwrap().recorded);
    let folder = full.house.data().join("ledger");
    let records: Vec<Record> =
        LedgerReader::open(&folder).unwrap().lines().unwrap().map(|line| line.unwrap().record).collect();
    let gaps: Vec<_> = records
        .iter()
        .filter_map(|record| match record {
            Record::Missed(missed) => Some((missed.answers, missed.since <= missed.until)),
            _ => None,
        })
        .collect();
    assert_eq!(gaps, [(3, true)]);
    let asked = records.iter().filter(|record| matches!(record, Record::Retrieval(_))).count();
    assert_eq!(asked, 3, "the first, and the two after");
    assert!(matches!(verify(&folder).unwrap(), Verdict::Good { .. }));
    library.close();
}

#[tokio::test]
async fn where_a_record_is_required_there_is_no_answer_without_one() {
    let full = Full::open(Records::Required).await;
    full.disk.set_full(true);
    for _ in 0..2 {
        assert!(matches!(full.search().await, Err(ReadError::Ledger(_))));
    }
    assert_eq!(full.keeper.missed(), 0);
    full.disk.set_full(false);
    full.writes_again().await;
    assert!(full.search().await.unwrap().recorded);
}
