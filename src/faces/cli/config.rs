//! Flags, environment and `cairn.toml` become options: flags win over the environment, which wins over the file.
//!
//! The only file that reads the environment and configuration files.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;

use crate::governance::Rules;
use crate::http::Limits;
use crate::library::{CollectionOptions, Commits, Options, WasPublic};

use super::collections::{FileCollection, collections, flagged_folders, folder_name, was_public};
use super::embedder::{EmbedderChoice, FileEmbedder};
use super::error::CliError;
use super::flags::{Place, ServeArguments};
use super::ledger::FileLedger;
use super::limits::{FileLimits, LimitArguments, limits};
use super::rules::FileGovernance;

/// The file of configuration, at the root.
pub(super) const CONFIG: &str = "cairn.toml";

/// The shortest secret that is taken from the operator.
const TOKEN_BYTES_MIN: usize = 32;

/// `cairn.toml`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct File {
    /// What the site is called.
    name: Option<String>,
    /// The address to listen on.
    listen: Option<SocketAddr>,
    /// The URL readers and agents use.
    public_url: Option<String>,
    /// Where a page of the site can be edited: an address with `{path}` in it, which stands for the page's file.
    edit_url: Option<String>,
    /// Further `Host` names that are answered.
    allowed_hosts: Vec<String>,
    /// Further origins whose pages may call.
    allowed_origins: Vec<String>,
    /// How often somebody may ask; none means what is built in.
    limits: FileLimits,
    /// Who is told which commit made a text: `owner` or `everyone`.
    commits: Commits,
    /// What embeds texts; none means the built-in model.
    embedder: FileEmbedder,
    /// What becomes of records and of texts of questions.
    ledger: FileLedger,
    /// What must not be public.
    governance: FileGovernance,
    /// What a commit that closes a mistake needs.
    mistakes: FileMistakes,
    /// What is served over MCP beside what always is.
    mcp: FileMcp,
    /// The collections; none means the default folders.
    collection: Vec<FileCollection>,
}

/// `[mcp]` of `cairn.toml`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct FileMcp {
    /// Whether playbooks are served as skills.
    skills: bool,
}

/// `[mistakes]` of `cairn.toml`.
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct FileMistakes {
    /// Whether a commit that closes a mistake needs a new judged question.
    fix_needs_case: bool,
}

impl Default for FileMistakes {
    fn default() -> Self {
        Self { fix_needs_case: true }
    }
}

/// Everything a command needs to know of its surroundings.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    /// What the site is called.
    pub(super) name: String,
    pub(super) root: PathBuf,
    pub(super) data: PathBuf,
    pub(super) collections: Vec<CollectionOptions>,
    /// Folders that flags named, with the flag.
    flagged: Vec<(&'static str, PathBuf)>,
    pub(super) commits: Commits,
    ledger: FileLedger,
    /// What must not be public.
    pub(super) rules: Arc<Rules>,
    /// Whether a commit that closes a mistake needs a new judged question.
    pub(super) fix_needs_case: bool,
    pub(super) embedder: EmbedderChoice,
    /// What `--embedder` said.
    embedder_flag: Option<PathBuf>,
    pub(super) listen: SocketAddr,
    /// Whether to go on with a ledger that does not fit its last checkpoint.
    pub(super) accept_loss: bool,
    pub(super) public_url: Option<String>,
    pub(super) edit_url: Option<String>,
    pub(super) allowed_hosts: Vec<String>,
    pub(super) allowed_origins: Vec<String>,
    /// Whether playbooks are served as skills over MCP.
    pub(super) skills: bool,
    /// What a request, a connection and a principal may take.
    pub(super) limits: Limits,
    /// A secret from the operator that opens everything.
    pub(super) token: Option<String>,
}

impl Settings {
    /// Reads what applies to every command.
    ///
    /// # Errors
    /// Names the flag, variable or file that is wrong.
    pub(super) fn read(place: &Place) -> Result<Self, CliError> {
        Self::with_serve(place, None)
    }

    /// Reads what applies to `serve`.
    pub(super) fn with_serve(place: &Place, serve: Option<&ServeArguments>) -> Result<Self, CliError> {
        let given = serve.and_then(|serve| serve.folder.clone()).or_else(|| place.root.clone());
        let root = given.unwrap_or_else(|| PathBuf::from("."));
        let root = std::fs::canonicalize(&root).map_err(|source| CliError::Root { root: root.clone(), source })?;
        if !root.is_dir() {
            return Err(CliError::Root { root, source: std::io::ErrorKind::NotADirectory.into() });
        }
        let file = read_file(&root.join(CONFIG))?;
        let data = place.data.clone().or_else(|| variable("CAIRN_DATA").map(PathBuf::from));
        let listen = match serve.and_then(|serve| serve.listen) {
            Some(listen) => listen,
            None => match variable("CAIRN_LISTEN") {
                Some(text) => text.parse().map_err(|_| CliError::Listen { text })?,
                None => file.listen.unwrap_or(SocketAddr::from((Ipv4Addr::LOCALHOST, 7171))),
            },
        };
        let collections = collections(&root, place, &file.collection, true)?;
        let rules = Arc::new(file.governance.rules(&root, |path| std::fs::read_to_string(path))?);
        let embedder = EmbedderChoice::of(place.embedder.as_deref(), file.embedder, &root, variable)?;
        Ok(Self {
            rules,
            fix_needs_case: file.mistakes.fix_needs_case,
            embedder,
            embedder_flag: place.embedder.clone(),
            data: data_folder(data, &root, &collections)?,
            flagged: flagged_folders(&root, place),
            collections,
            listen,
            commits: file.commits,
            ledger: file.ledger,
            accept_loss: serve.is_some_and(|serve| serve.accept_loss),
            public_url: serve.and_then(|serve| serve.public_url.clone()).or(file.public_url),
            edit_url: edit_url(file.edit_url)?,
            limits: limits(serve.map_or(&LimitArguments::default(), |serve| &serve.limits), &file.limits),
            allowed_hosts: file.allowed_hosts,
            allowed_origins: file.allowed_origins,
            skills: file.mcp.skills || serve.is_some_and(|serve| serve.skills),
            name: file.name.unwrap_or_else(|| folder_name(&root)),
            token: token()?,
            root,
        })
    }

    /// Where a document's file is, as one would type it standing in the root.
    pub(super) fn file(&self, collection: &str, path: &str) -> String {
        let found = self.collections.iter().find(|candidate| candidate.name.as_str() == collection);
        let Some(found) = found else { return format!("{collection}/{path}") };
        let folder = found.path.strip_prefix(&self.root).unwrap_or(&found.path);
        folder.join(path).display().to_string()
    }

    /// The token file.
    pub(super) fn tokens(&self) -> PathBuf {
        self.data.join("tokens.json")
    }

    /// The collections as a `cairn.toml` from elsewhere has them: from a revision, where the folders on disk say nothing.
    pub(super) fn collections_at(
        &self,
        place: &Place,
        revision: &str,
        text: Option<&[u8]>,
    ) -> Result<Vec<CollectionOptions>, CliError> {
        let text = String::from_utf8_lossy(text.unwrap_or_default());
        let path = PathBuf::from(format!("{CONFIG} at {revision}"));
        let file: File = toml::from_str(&text).map_err(|source| CliError::Config { path, source: Box::new(source) })?;
        collections(&self.root, place, &file.collection, false)
    }

    /// The flags that name the folders that flags named here.
    pub(super) fn folder_arguments(&self) -> Vec<String> {
        self.flagged.iter().flat_map(|(flag, path)| [(*flag).to_owned(), path.display().to_string()]).collect()
    }

    /// The flag that names the data folder, where it is not the one that everybody looks for.
    pub(super) fn data_arguments(&self) -> Vec<String> {
        if self.data == self.root.join(".cairn") {
            return Vec::new();
        }
        vec!["--data".to_owned(), self.data.display().to_string()]
    }

    /// What `cairn mcp` has to be told to open the same folders.
    pub(super) fn stdio_arguments(&self) -> Vec<String> {
        let mut arguments = vec!["mcp".to_owned(), "--root".to_owned(), self.root.display().to_string()];
        arguments.extend(self.data_arguments());
        arguments.extend(self.folder_arguments());
        if let Some(embedder) = &self.embedder_flag {
            let embedder = match &self.embedder {
                EmbedderChoice::Folder { path, .. } => path,
                _ => embedder,
            };
            arguments.extend(["--embedder".to_owned(), embedder.display().to_string()]);
        }
        arguments
    }

    /// The library's options.
    pub(super) fn options(&self) -> Options {
        let options = Options::new(self.root.clone(), self.data.clone(), self.collections.clone());
        Options {
            sent_out: self.embedder.sent_out(),
            commits: self.commits,
            records: self.ledger.records,
            rules: Arc::clone(&self.rules),
            was_public: self.was_public(),
            ..options
        }
    }

    /// What a `cairn.toml` of then says of a file. Where flags name folders, they say it, and no file does.
    fn was_public(&self) -> WasPublic {
        if self.flagged.is_empty() { Arc::new(was_public) } else { Arc::new(|_, _| true) }
    }

    /// The ledger's options.
    pub(super) fn ledger_options(&self) -> crate::ledger::Options {
        let text_days = crate::ledger::TextDays { typed: self.ledger.text_days, runs: self.ledger.run_days };
        let accept_loss = self.accept_loss;
        crate::ledger::Options { text_days, accept_loss, ..crate::ledger::Options::default() }
    }
}

/// An address that leads to where a page can be edited, on somebody's server.
fn edit_url(given: Option<String>) -> Result<Option<String>, CliError> {
    match given {
        Some(text) if !text.contains("{path}") || !(text.starts_with("https://") || text.starts_with("http://")) => {
            Err(CliError::EditUrl { text })
        }
        given => Ok(given),
    }
}

/// A secret from the operator: as hard to guess as one of ours would be.
fn token() -> Result<Option<String>, CliError> {
    match variable("CAIRN_TOKEN") {
        Some(secret) if secret.len() < TOKEN_BYTES_MIN => Err(CliError::WeakToken),
        secret => Ok(secret),
    }
}

/// What the log shows: from `CAIRN_LOG`, one of error, warn, info, debug, trace.
pub(super) fn log_level() -> Option<String> {
    variable("CAIRN_LOG")
}

/// Whether colours are unwanted (<https://no-color.org>).
pub(super) fn no_color() -> bool {
    variable("NO_COLOR").is_some()
}

/// The variables that say where spans go: the one for traces, which comes first, and the one for everything.
const TRACES_ENDPOINT: &str = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";

/// Where OpenTelemetry's variables say that spans go, if they do.
#[cfg(feature = "otlp")]
pub(super) fn collector() -> Option<super::otlp::Collector> {
    let [traces, all, headers] = [TRACES_ENDPOINT, ENDPOINT, "OTEL_EXPORTER_OTLP_HEADERS"].map(variable);
    let own = variable(super::otlp::TRACES_HEADERS);
    let collector = super::otlp::Collector::of(traces.as_deref(), all.as_deref(), headers.as_deref())?;
    Some(collector.with_own_headers(own.as_deref()))
}

/// The variable of OpenTelemetry's that says where spans go, if one does.
#[cfg(not(feature = "otlp"))]
pub(super) fn collector_named() -> Option<&'static str> {
    [TRACES_ENDPOINT, ENDPOINT].into_iter().find(|name| variable(name).is_some())
}

/// The index that git made for a commit under way, when a hook is run.
pub(super) fn git_index() -> Option<PathBuf> {
    variable("GIT_INDEX_FILE").map(PathBuf::from)
}

/// Where this machine's and this person's git configurations are, the widest first, and the person's own folder.
pub(super) fn git_configurations() -> (Vec<PathBuf>, Option<PathBuf>) {
    let home = variable("HOME").map(PathBuf::from);
    let below = |folder: &Path| folder.join("git/config");
    let personal = variable("XDG_CONFIG_HOME").map(PathBuf::from).or_else(|| Some(home.as_ref()?.join(".config")));
    let global = match variable("GIT_CONFIG_GLOBAL") {
        Some(path) => vec![PathBuf::from(path)],
        None => personal
            .as_deref()
            .map(below)
            .into_iter()
            .chain(home.as_ref().map(|home| home.join(".gitconfig")))
            .collect(),
    };
    let system = variable("GIT_CONFIG_SYSTEM").map_or_else(|| PathBuf::from("/etc/gitconfig"), PathBuf::from);
    let system = variable("GIT_CONFIG_NOSYSTEM").is_none().then_some(system);
    (system.into_iter().chain(global).collect(), home)
}

/// A folder that a variable of the environment names.
pub(super) fn folder(name: &str) -> Option<PathBuf> {
    variable(name).map(PathBuf::from)
}

/// The binary that runs now; as a shell finds it, where it does: a link there outlives what it leads to.
pub(super) fn binary() -> Option<PathBuf> {
    let running = std::env::current_exe().ok()?;
    let found = variable("PATH").and_then(|path| on_path(&running, &path));
    Some(found.unwrap_or(running))
}

/// Where a binary is found by its name in the folders of a search path.
fn on_path(running: &Path, path: &str) -> Option<PathBuf> {
    let name = running.file_name()?;
    let is_it = |there: &PathBuf| there.is_absolute() && there.canonicalize().is_ok_and(|real| real == running);
    std::env::split_paths(path).map(|folder| folder.join(name)).find(is_it)
}

/// The system's folder for what is temporary.
pub(super) fn scratch() -> PathBuf {
    std::env::temp_dir()
}

fn variable(name: &str) -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "this is the one file that reads the environment")]
    let value = std::env::var(name).ok()?;
    (!value.is_empty()).then_some(value)
}

fn read_file(path: &Path) -> Result<File, CliError> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(File::default()),
        Err(source) => return Err(CliError::ConfigUnreadable { path: path.to_owned(), source }),
    };
    toml::from_str(&text).map_err(|source| CliError::Config { path: path.to_owned(), source: Box::new(source) })
}

/// The data folder, which must not take files of the corpus for its own.
fn data_folder(given: Option<PathBuf>, root: &Path, collections: &[CollectionOptions]) -> Result<PathBuf, CliError> {
    let Some(given) = given else { return Ok(root.join(".cairn")) };
    let data = std::path::absolute(&given).map_err(|source| CliError::Data { data: given, source })?;
    let real = std::fs::canonicalize(&data).unwrap_or_else(|_| data.clone());
    if real == root || collections.iter().any(|collection| collection.path.starts_with(&real)) {
        return Err(CliError::DataAmongCorpus { data });
    }
    Ok(data)
}

#[cfg(test)]
mod tests {
    use super::Settings;
    use crate::cli::error::CliError;
    use crate::cli::flags::Place;
    use crate::corpus::Language;
    use crate::library::Commits;
    use std::path::Path;

    fn place(root: &Path) -> Place {
        Place { root: Some(root.to_owned()), data: None, public: Vec::new(), private: Vec::new(), embedder: None }
    }

    fn names(settings: &Settings) -> Vec<String> {
        settings.collections.iter().map(|c| format!("{} {}", c.name, c.visibility)).collect()
    }

    #[test]
    fn default_folders_are_found_and_a_flag_is_enough_for_any_handbook() {
        let root = tempfile::tempdir().unwrap();
        for folder in ["corpus", "playbook", "Team Docs"] {
            std::fs::create_dir(root.path().join(folder)).unwrap();
        }
        let settings = Settings::read(&place(root.path())).unwrap();
        assert_eq!(names(&settings), ["corpus private", "playbook public"]);
        assert!(settings.data.ends_with(".cairn"));
        let mut flagged = place(root.path());
        flagged.public = vec!["Team Docs".into(), "corpus".into()];
        let settings = Settings::read(&flagged).unwrap();
        assert_eq!(names(&settings), ["team-docs public", "corpus public", "playbook public"]);
        flagged.public = vec![".".into()];
        flagged.public[0] = root.path().to_owned();
        assert_eq!(Settings::read(&flagged).unwrap().collections.len(), 1, "the root takes the folders in it along");
    }

    #[test]
    fn the_file_names_collections_and_nothing_it_does_not_know() {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir(root.path().join("docs")).unwrap();
        let write = |text: &str| std::fs::write(root.path().join("cairn.toml"), text).unwrap();
        write(
            "name = \"Handbook\"\n[[collection]]\nname = \"docs\"\npath = \"docs\"\nvisibility = \"public\"\nexclude = [\"drafts/**\"]\n",
        );
        let settings = Settings::read(&place(root.path())).unwrap();
        assert_eq!((names(&settings), settings.name.as_str()), (vec!["docs public".to_owned()], "Handbook"));
        assert_eq!(settings.collections[0].exclude, ["drafts/**"]);
        assert_eq!(settings.options().commits, Commits::Owner, "commit ids are for the owner unless the file says so");
        write("commits = \"everyone\"\n");
        assert_eq!(Settings::read(&place(root.path())).unwrap().options().commits, Commits::Everyone);
        write("commits = \"nobody\"\n");
        assert!(Settings::read(&place(root.path())).is_err());
        write("[[collection]]\nname = \"docs\"\npath = \"docs\"\nvisible = true\n");
        let error = Settings::read(&place(root.path())).unwrap_err();
        assert!(matches!(&error, CliError::Config { .. }), "{error}");
        write("[[collection]]\nname = \"docs\"\npath = \"docs\"\nlanguage = \"de\"\n");
        let settings = Settings::read(&place(root.path())).unwrap();
        assert_eq!(settings.collections[0].language, Some(Language::German));
        write("[[collection]]\nname = \"docs\"\npath = \"docs\"\nlanguage = \"klingon\"\n");
        let error = anyhow::Error::from(Settings::read(&place(root.path())).unwrap_err());
        assert!(format!("{error:#}").contains("collection docs") && format!("{error:#}").contains("one of en, ar"));
        for (glob, taken) in
            [("**/*.{md,rst}", true), ("**/*", true), ("**/*.MDX", true), ("v1.2/**", true), ("**/*.rst", false)]
        {
            write(&format!("[[collection]]\nname = \"docs\"\npath = \"docs\"\ninclude = [\"**/*.md\", \"{glob}\"]\n"));
            let told = Settings::read(&place(root.path())).map_err(|error| error.to_string());
            assert_eq!(told.is_ok(), taken, "{glob}");
            assert!(told.err().is_none_or(|told| told.contains(glob) && told.contains(".md, .markdown, .mdx")));
        }
        write("[[collection]]\nname = \"docs\"\npath = \"docs\"\n");
        assert_eq!(
            names(&Settings::read(&place(root.path())).unwrap()),
            ["docs private"],
            "a new collection is private"
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_binary_is_named_as_a_shell_finds_it_and_otherwise_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        for name in ["v1", "links", "other"] {
            std::fs::create_dir(root.join(name)).unwrap();
        }
        let running = root.join("v1/cairn");
        std::fs::write(&running, "").unwrap();
        std::fs::write(root.join("other/cairn"), "").unwrap();
        std::os::unix::fs::symlink(&running, root.join("links/cairn")).unwrap();
        let path = |names: &[&str]| {
            std::env::join_paths(names.iter().map(|name| root.join(name))).unwrap().into_string().unwrap()
        };
        assert_eq!(super::on_path(&running, &path(&["other", "links", "v1"])), Some(root.join("links/cairn")));
        assert_eq!(super::on_path(&running, &path(&["other"])), None);
        assert_eq!(super::on_path(&running, "links:"), None);
    }

    #[test]
    fn a_missing_root_is_named() {
        let error = Settings::read(&place(Path::new("/nowhere/at/all"))).unwrap_err();
        assert!(error.to_string().contains("/nowhere/at/all"), "{error}");
    }
}
