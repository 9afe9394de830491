//! Why a command can't do what it was told, and how it ended when it could.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

/// How a command ended, when it did what it was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Found, clean, done.
    Done,
    /// Nothing found, or findings, or tampered: what was asked has the answer no.
    Nothing,
    /// A torn tail only (`log verify`).
    Torn,
    /// Shorter than a checkpoint (`log verify`).
    Shorter,
    /// Something private is where anybody can read it, or is about to be.
    Leak,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        Self::from(match outcome {
            Outcome::Done => 0,
            Outcome::Nothing => 1,
            Outcome::Torn => 2,
            Outcome::Shorter => 3,
            Outcome::Leak => 8,
        })
    }
}

/// What is wrong with how a command was called.
#[derive(Debug, thiserror::Error)]
pub(super) enum CliError {
    #[error("{root}: is not a folder that can be read; name the folder with your collections, or run cairn inside it")]
    Root {
        root: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("{path}: is not a folder that can be read")]
    Folder {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("{data}: cannot be the data folder")]
    Data {
        data: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error(
        "cairn.toml: edit_url {text:?} names no page's file; write it like https://git.example.org/handbook/edit/main/{{path}}"
    )]
    EditUrl { text: String },
    #[error("CAIRN_LISTEN: {text:?} is not an address and a port, write it like 127.0.0.1:7171")]
    Listen { text: String },
    #[error(
        "CAIRN_TOKEN: is shorter than 32 characters; take one that nobody can guess, from `openssl rand -hex 32` say"
    )]
    WeakToken,
    #[error("{data}: is a folder of the corpus or above it, and would be written into; choose another with --data")]
    DataAmongCorpus { data: PathBuf },
    #[error("{path}: cannot be read")]
    ConfigUnreadable {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("{path}: is not a valid configuration")]
    Config {
        path: PathBuf,
        #[source]
        source: Box<toml::de::Error>,
    },
    #[error("cairn.toml: collection {collection} has a language that is not known")]
    Language {
        collection: String,
        #[source]
        source: crate::corpus::LanguageError,
    },
    #[error(
        "cairn.toml: collection {collection} includes {glob:?}, and no document has that extension; those that have one \
         end in .{}", crate::corpus::EXTENSIONS.join(", .")
    )]
    Include { collection: String, glob: String },
    #[error("cairn.toml: [embedder] {what}")]
    Embedder { what: &'static str },
    #[error("cairn.toml: [embedder] key_env names {name}, which is not set")]
    EmbedderKey { name: String },
    #[cfg(not(feature = "local-models"))]
    #[error(
        "{path}: this build has the built-in model and endpoints only; for models in a folder install one with `cargo install cairn --features local-models`"
    )]
    NoLocalModels { path: PathBuf },
    #[error("{path}: cannot be a collection, name it in cairn.toml")]
    CollectionName {
        path: PathBuf,
        #[source]
        source: crate::access::CollectionNameError,
    },
    #[error(
        "{address}: cannot be listened on; choose another with --listen, or --listen 127.0.0.1:0 for any free port"
    )]
    Bind {
        address: SocketAddr,
        #[source]
        source: std::io::Error,
    },
    #[error(
        "{address}: is not a loopback address; to serve others, make a token first (cairn token new --help) and say under which URL with --public-url"
    )]
    Exposed { address: SocketAddr },
    #[error("{address}: is not a loopback address, and a preview shows what is private; `cairn serve` is for others")]
    PreviewExposed { address: SocketAddr },
    #[error("{path}: socket for other processes cannot be made")]
    Socket {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("{data}: process {pid} owns the data folder but does not answer; stop it and try again")]
    Silent { data: PathBuf, pid: u32 },
    #[error("stopped")]
    Stopped,
    #[error("--{flag} {text:?}: not a time; write a date (2026-11-01), or how long ago (30d, 12h)")]
    Past { flag: &'static str, text: String },
    #[error(
        "{name}: no record of this ledger is called so; `cairn log search` and `cairn log tail` show what there is"
    )]
    NoRecord { name: String },
    #[error("{name}: has no commit on record: the corpus was in no git repository, or its history was not read yet")]
    NoRecordedCommit { name: String },
    #[error("{name}: is no retrieval; only what was asked and served can be asked again")]
    NoRetrieval { name: String },
    #[error("{commit}: the commit of {name} is not in the repository any more; it was rebased away or not fetched")]
    CommitGone {
        name: String,
        commit: String,
        #[source]
        source: crate::history::HistoryError,
    },
    #[error("{id}: no such document; `cairn browse` shows what there is")]
    NoDocument { id: String },
    #[error("{path}: copy cannot be read")]
    Copy {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("{path}: has no checkpoint in it; `cairn log checkpoint --json` prints one")]
    NoCopies { path: PathBuf },
    #[error("{path}: cannot be checked with")]
    PublicKey {
        path: PathBuf,
        #[source]
        source: crate::ledger::PublicKeyError,
    },
    #[error("--query: has no words, and would erase every text; --before erases by time")]
    NoWords,
    #[error("the owner of the data folder did something else with the ledger; is it another version?")]
    OtherDeed,
    #[error("--fail-under {measure}: is no measure of this report; `cairn report health` shows them")]
    NoMeasure { measure: String },
    #[error("--expires {text:?}: not a time to come; write how long (90d, 12h), until when (2027-01-31), or never")]
    Expires { text: String },
    #[error("--grace {text:?}: not a span; write it like 10m or 1h, or 0 for none")]
    Grace { text: String },
    #[error("--can admin: opens everything and may everything; leave out the other actions and --collections")]
    AdminOpensAll,
    #[error("{detail}")]
    Refused { detail: String },
    #[error("rules of [governance] cannot be used")]
    Rules {
        #[source]
        source: Box<crate::governance::GovernanceError>,
    },
    #[error("{root}: is in no git repository, and what is asked for is in git alone")]
    NoRepository { root: PathBuf },
    #[error(
        "{folder}: is not empty, and no export made it; name another folder, since an export removes what it does not write"
    )]
    NoExport { folder: PathBuf },
    #[error("{path}: is not the list of an export; remove the folder, or name another one")]
    ExportList {
        path: PathBuf,
        #[source]
        source: Box<serde_json::Error>,
    },
    #[error("{path}: hook cannot be written")]
    Hook {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("{path}: another hook is there; call `cairn check {arguments}` in it, or put it aside with --force")]
    OtherHook { path: PathBuf, arguments: &'static str },
    #[error("{path}: message cannot be read")]
    Message {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("{file}: is no document of a collection; name its file as seen from the root, or its id")]
    NoEvidence { file: PathBuf },
    #[error("{file}: is public already; promote makes pages of private documents")]
    AlreadyPublic { file: PathBuf },
    #[error("{file}: is no Markdown file in a public folder; name one with --to, playbook/name.md say")]
    NoPublicPlace { file: PathBuf },
    #[error("{file}: is there already; choose another name, or write over it with --force")]
    PageThere { file: PathBuf },
    #[error("{file}:{line}: the link to {link} cannot be taken out by itself, write it in Markdown or take it out")]
    StuckLink { file: PathBuf, line: u32, link: String },
    #[error(
        "{file}: a journey about a customer needs their agreement; write `consent: {{by: WHO, on: DATE, scope: WHAT}}` into its front matter when you have it, or promote it into a playbook without them"
    )]
    NoConsent { file: PathBuf },
    #[error("{id}: would not be public: {why}")]
    PageNotPublic { id: String, why: String },
    #[error("there is nobody to ask: take every proposal with --redact, look with --dry-run, or run it on a terminal")]
    NobodyToAsk,
    #[error("there is nobody to ask: write it with --yes, look with --dry-run, or run it on a terminal")]
    NobodyToAskOfFile,
    #[error("HOME is not set, so that no client's file can be found; name one with --file")]
    NoHome,
    #[error("{client}: has no file of a project's own; leave --project out")]
    NoProjectFile { client: &'static str },
    #[error("{client}: its file takes servers that it starts itself only; leave --http out")]
    StdioOnly { client: &'static str },
    #[error(
        "{client}: expands no environment variable in a header, and a token does not go into a file; leave --token-env out for the public part, or --http for a process of its own"
    )]
    NoTokenVariable { client: &'static str },
    #[error(
        "--http {url:?}: is no address of a server; write it like https://cairn.example.com, without a password, query or fragment"
    )]
    ServerUrl { url: String },
    #[error("{path}: cannot be {what}; nothing was written")]
    ClientFile {
        path: PathBuf,
        what: &'static str,
        #[source]
        source: std::io::Error,
    },
    #[error("{path}: somebody else changed it meanwhile; nothing was written, run it again")]
    ClientFileChanged { path: PathBuf },
    #[error("{path}: cannot be changed; mend it, or paste what `cairn mcp config` prints")]
    ClientJson {
        path: PathBuf,
        #[source]
        source: super::clients::JsonError,
    },
    #[error("{path}: cannot be changed; mend it, or paste what `cairn mcp config` prints")]
    ClientToml {
        path: PathBuf,
        #[source]
        source: super::clients::TomlError,
    },
    #[error("{file}: cannot be written")]
    Page {
        file: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("the owner of the data folder did not do it with the ledger: {why}")]
    NotRecorded { why: String },
}

/// Whether the reader of our output went away.
pub(super) fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<std::io::Error>())
        .any(|cause| cause.kind() == std::io::ErrorKind::BrokenPipe)
}
