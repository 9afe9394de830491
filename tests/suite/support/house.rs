//! [`TestHouse`]: `playbook/` and `journeys/` (public) and `corpus/` (private) in a folder of their own.
//!
//! A fourth collection, `tide/`, is private and holds one file that [`TestHouse::index`] changes: the generation that
//! has it has everything that was done before, because events come in order.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use cairn::access::{CollectionName, Keyring, Principal, Private, Visibility};
use cairn::corpus::Digest;
use cairn::embed::{Embedder, StaticModel};
use cairn::ledger::{
    Clock as _, Ledger, LedgerReader, LedgerSink, Line, Published, Record, Retrieval, SystemClock, SystemRandomness,
    Verdict, Withdrawn,
};
use cairn::library::{Caller, CollectionOptions, Face, Library, LibraryError, Options, Outside, Reader};
use tempfile::TempDir;

use super::Person;

/// How long a change may take before a test gives up; a busy machine is slow, not wrong.
const PATIENCE: Duration = Duration::from_secs(60);

const MARK: &str = "tide/mark.md";

/// How a house is opened.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Setting {
    /// Whether the folders are watched; else only `index` compares them.
    pub(crate) watch: bool,
    /// The visibility of `corpus/`.
    pub(crate) corpus: Visibility,
}

impl Default for Setting {
    fn default() -> Self {
        Self { watch: true, corpus: Visibility::Private }
    }
}

/// A library on a folder of its own.
pub(crate) struct TestHouse {
    // Dropped first: its threads look at the folders below.
    library: Option<Library>,
    ledger: Option<Arc<Ledger>>,
    /// How it is opened, from the next time on.
    pub(crate) setting: Setting,
    /// What embeds texts from the next opening on.
    pub(crate) embedder: Arc<dyn Embedder>,
    /// The private collections that may be sent to it.
    pub(crate) sent_out: Vec<&'static str>,
    /// How often the folders are compared. A test that waits for the watcher must not be saved by the clock.
    pub(crate) reconcile_every: Duration,
    marks: u32,
    folder: TempDir,
}

/// The built-in model; made once.
fn model() -> Arc<dyn Embedder> {
    static MODEL: OnceLock<Arc<StaticModel>> = OnceLock::new();
    let model = MODEL.get_or_init(|| Arc::new(StaticModel::new().unwrap()));
    Arc::<StaticModel>::clone(model)
}

impl TestHouse {
    /// An empty house, watched.
    pub(crate) async fn empty() -> Self {
        Self::with(Setting::default(), &[]).await
    }

    /// A house with these files from the start.
    pub(crate) async fn of(files: &[(&str, &str)]) -> Self {
        Self::with(Setting::default(), files).await
    }

    /// A house with these files, opened in another way.
    pub(crate) async fn with(setting: Setting, files: &[(&str, &str)]) -> Self {
        let mut house = Self::shut(setting);
        for (path, text) in files {
            house.write(path, text);
        }
        house.open().await;
        house
    }

    /// A house whose library is not open.
    pub(crate) fn shut(setting: Setting) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (embedder, sent_out, reconcile_every) = (model(), Vec::new(), Duration::from_secs(3_600));
        let house =
            Self { library: None, ledger: None, setting, embedder, sent_out, reconcile_every, marks: 0, folder };
        for collection in ["playbook", "journeys", "corpus", "tide"] {
            fs::create_dir(house.path(collection)).unwrap();
        }
        house.write(MARK, "mark 0\n");
        house
    }

    /// What the library is opened with.
    pub(crate) fn options(&self) -> Options {
        let collection = |name: &str, visibility| CollectionOptions {
            name: CollectionName::parse(name).unwrap(),
            path: self.path(name),
            visibility,
            language: None,
            include: Vec::new(),
            exclude: Vec::new(),
        };
        let collections = vec![
            collection("playbook", Visibility::Public),
            collection("journeys", Visibility::Public),
            collection("corpus", self.setting.corpus),
            collection("tide", Visibility::Private),
        ];
        let mut options = Options::new(self.folder.path().to_owned(), self.data(), collections);
        options.watch = self.setting.watch;
        options.reconcile_every = self.reconcile_every;
        options.sent_out = self.sent_out.iter().map(|name| CollectionName::parse(name).unwrap()).collect();
        options
    }

    /// Tries to open a library with these options on this house's data folder.
    pub(crate) fn try_open(&self, options: Options) -> Result<(Library, Arc<Ledger>), LibraryError> {
        let (ledger, _) = Ledger::open(&self.data().join("ledger"), cairn::ledger::Options::default())?;
        let ledger = Arc::new(ledger);
        Ok((self.over(options, Arc::<Ledger>::clone(&ledger))?, ledger))
    }

    /// Opens a library with these options that writes its records there.
    pub(crate) fn over(&self, options: Options, sink: Arc<dyn LedgerSink>) -> Result<Library, LibraryError> {
        let outside = Outside {
            embedder: Arc::clone(&self.embedder),
            sink,
            clock: Arc::new(SystemClock),
            randomness: Arc::new(SystemRandomness),
        };
        Library::open(options, outside)
    }

    /// Opens the library and waits until it equals the disk.
    pub(crate) async fn open(&mut self) {
        fs::create_dir_all(self.data()).unwrap();
        let (library, ledger) = self.try_open(self.options()).unwrap();
        tokio::time::timeout(PATIENCE, library.wait_ready()).await.expect("the library is ready in time");
        tokio::time::timeout(PATIENCE, library.wait_lines()).await.expect("the history is read in time");
        self.library = Some(library);
        self.ledger = Some(ledger);
    }

    /// Closes the library: its threads have ended when this returns.
    pub(crate) fn close(&mut self) {
        self.library = None;
        self.ledger = None;
    }

    /// Closes and opens again.
    pub(crate) async fn restart(&mut self) {
        self.close();
        self.open().await;
    }

    pub(crate) fn library(&self) -> &Library {
        self.library.as_ref().expect("the house is open")
    }

    /// A path in the house.
    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.path(".cairn")
    }

    /// Writes a file in place, with its folders.
    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Writes a file beside its place and renames it over, as many editors do.
    pub(crate) fn write_over(&self, path: &str, text: &str) {
        let beside = self.path(path).with_extension("swp");
        fs::write(&beside, text).unwrap();
        fs::rename(beside, self.path(path)).unwrap();
    }

    pub(crate) fn remove(&self, path: &str) {
        let path = self.path(path);
        if path.is_dir() { fs::remove_dir_all(path).unwrap() } else { fs::remove_file(path).unwrap() }
    }

    pub(crate) fn rename(&self, from: &str, to: &str) {
        fs::rename(self.path(from), self.path(to)).unwrap();
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap()
    }

    /// Commits what is on disk; gives the commit's name.
    pub(crate) fn commit(&self, subject: &str) -> String {
        super::git::commit(self.folder.path(), subject)
    }

    /// Waits for the generation that has everything that was done up to now.
    pub(crate) async fn index(&mut self) {
        let watched = self.setting.watch;
        self.index_by(|library, _| {
            if !watched {
                library.compare()
            }
        })
        .await;
    }

    /// The same, with another way of telling the library: `tell` is given the marked file.
    pub(crate) async fn index_by(&mut self, tell: impl FnOnce(&Library, &Path)) {
        let before = self.generation("tide");
        let mut status = self.library().status();
        self.marks += 1;
        // Renamed over, so that no half of it is ever seen.
        let beside = self.path("mark.tmp");
        fs::write(&beside, format!("mark {}\n", self.marks)).unwrap();
        fs::rename(beside, self.path(MARK)).unwrap();
        tell(self.library(), &self.path(MARK));
        let arrival = async {
            while self.generation("tide") == before {
                status.changed().await.expect("the indexer lives");
            }
        };
        tokio::time::timeout(PATIENCE, arrival).await.expect("the change is indexed in time");
    }

    /// The generation of a shelf; 0 while there is none.
    pub(crate) fn generation(&self, shelf: &str) -> u64 {
        self.library().shelves().iter().find(|status| status.name == shelf).map_or(0, |status| status.generation)
    }

    /// Waits until a shelf was made by a model.
    pub(crate) async fn made_by(&self, shelf: &str, model: &str) {
        let mut status = self.library().status();
        let made = |library: &Library| library.shelves().iter().any(|s| s.name == shelf && s.model == model);
        let arrival = async {
            while !made(self.library()) {
                status.changed().await.expect("the indexer lives");
            }
        };
        tokio::time::timeout(PATIENCE, arrival).await.expect("the new index takes over in time");
    }

    /// Somebody without a credential.
    pub(crate) fn stranger(&self) -> Person {
        Person::with(self.library().public().reader(Caller::new(Principal::anonymous(), Face::Http)))
    }

    /// Somebody with an admin token.
    pub(crate) fn owner(&self) -> Person {
        Person::with(self.owners_reader())
    }

    /// What they read with.
    pub(crate) fn owners_reader(&self) -> Reader<Private> {
        let mut keyring = Keyring::open(&self.path("owner.json")).unwrap();
        let now_s = SystemClock.now().unix_s();
        // Two good tokens have two names, and a test may ask for the owner more than once.
        let secret = keyring.make_admin(&format!("owner {}", keyring.tokens().len()), now_s).unwrap();
        self.reader(&keyring.verify(&secret, now_s).unwrap())
    }

    /// Somebody with a token for one collection.
    pub(crate) fn member(&self, name: &str, collection: &str) -> Person {
        let secret = format!("cairn_{}", Digest::of(name.as_bytes()));
        let tokens = serde_json::json!([{
            "id": format!("tok_{name}"), "name": name, "sha256": Digest::of(secret.as_bytes()).to_string(),
            "collections": [collection], "can": ["read"], "made_s": 0, "expires_s": null,
        }]);
        let file = self.path(&format!("{name}.json"));
        fs::write(&file, tokens.to_string()).unwrap();
        Person::with(self.reader(&Keyring::open(&file).unwrap().verify(&secret, 1).unwrap()))
    }

    fn reader(&self, principal: &Principal) -> Reader<Private> {
        let grant = principal.private().expect("has a grant");
        self.library().reader(&grant, Caller::new(principal.clone(), Face::Http))
    }

    /// Every retrieval in the ledger, oldest first.
    pub(crate) fn retrievals(&self) -> Vec<Retrieval> {
        let reader = LedgerReader::open(&self.ledger_folder()).unwrap();
        let lines = reader.lines().unwrap().map(|line| line.unwrap());
        let retrieval = |line: Line| match line.record {
            Record::Retrieval(retrieval) => Some(*retrieval),
            _ => None,
        };
        lines.filter_map(retrieval).collect()
    }

    /// What the ledger says has left the public shelf, oldest first.
    pub(crate) fn withdrawn(&self) -> Vec<Withdrawn> {
        let reader = LedgerReader::open(&self.ledger_folder()).unwrap();
        let withdrawn = |line: Line| match line.record {
            Record::Withdrawn(withdrawn) => Some(withdrawn),
            _ => None,
        };
        reader.lines().unwrap().map(Result::unwrap).filter_map(withdrawn).collect()
    }

    /// What the ledger says has come onto the public shelf, oldest first.
    pub(crate) fn published(&self) -> Vec<Published> {
        let reader = LedgerReader::open(&self.ledger_folder()).unwrap();
        let published = |line: Line| match line.record {
            Record::Published(published) => Some(published),
            _ => None,
        };
        reader.lines().unwrap().map(Result::unwrap).filter_map(published).collect()
    }

    pub(crate) fn verdict(&self) -> Verdict {
        cairn::ledger::verify(&self.ledger_folder()).unwrap()
    }

    fn ledger_folder(&self) -> PathBuf {
        self.data().join("ledger")
    }

    /// The folder of a shelf's index.
    pub(crate) fn epoch(&self, shelf: &str) -> PathBuf {
        let shelf = self.data().join("shelves").join(shelf);
        let current = fs::read_to_string(shelf.join("CURRENT")).unwrap();
        shelf.join(current.trim())
    }
}

/// Sets a file's time of change.
pub(crate) fn set_modified(path: &Path, to: std::time::SystemTime) {
    fs::File::options().write(true).open(path).unwrap().set_modified(to).unwrap();
}
