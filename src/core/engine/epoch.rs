//! The folders of a shelf: `CURRENT` names the epoch that is served, and each epoch is a whole build.
//!
//! An epoch is made beside the one that is served and shows nothing until `CURRENT` is switched, by one rename. Its
//! `identity.json` says what it was made with; two epochs with different identities answer differently, so an epoch
//! is opened only by the identity that made it.

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::EngineError;
use super::log::{sync_folder, write_whole};
use super::words::Analyzer;
use crate::embed::Embedder;

const CURRENT: &str = "CURRENT";
const PREFIX: &str = "epoch-";

/// How the files of an epoch are laid out, and what its documents are called. Another way is another number.
const FORMAT: u32 = 6;

/// What an epoch was made with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Identity {
    pub(super) format: u32,
    pub(super) model: String,
    pub(super) dimensions: usize,
    pub(super) analyzer: String,
}

impl Identity {
    pub(super) fn of(embedder: &dyn Embedder) -> Self {
        Self {
            format: FORMAT,
            model: embedder.model().as_str().to_owned(),
            dimensions: embedder.dimensions(),
            analyzer: Analyzer::VERSION.to_owned(),
        }
    }

    /// Whether vectors of the other epoch are vectors of this one, too.
    pub(super) fn shares_vectors(&self, other: &Self) -> bool {
        (self.format, &self.model, self.dimensions) == (other.format, &other.model, other.dimensions)
    }

    fn words(&self) -> String {
        format!("format {}, model {} ({}), analyzer {}", self.format, self.model, self.dimensions, self.analyzer)
    }
}

/// One epoch's folder.
#[derive(Debug, Clone)]
pub(super) struct Epoch {
    pub(super) path: PathBuf,
}

impl Epoch {
    pub(super) fn log(&self) -> PathBuf {
        self.path.join("documents.log")
    }

    pub(super) fn words(&self) -> PathBuf {
        self.path.join("words")
    }

    fn identity(&self) -> PathBuf {
        self.path.join("identity.json")
    }

    /// The epoch that is served, if there is one.
    pub(super) fn current(shelf: &Path) -> Result<Option<Self>, EngineError> {
        let path = shelf.join(CURRENT);
        let name = match std::fs::read_to_string(&path) {
            Ok(name) => name,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => String::new(),
            Err(source) => return Err(EngineError::File { path, what: "read", source }),
        };
        match number(name.trim_end()) {
            Some(_) => Ok(Some(Self { path: shelf.join(name.trim_end()) })),
            None => Err(EngineError::Damaged { path, what: "it names no epoch".to_owned() }),
        }
    }

    /// Every epoch's folder there is, finished or not.
    pub(super) fn all(shelf: &Path) -> Result<Vec<Self>, EngineError> {
        let names = names(shelf)?;
        let epochs = names.iter().filter(|name| number(name).is_some());
        Ok(epochs.map(|name| Self { path: shelf.join(name) }).collect())
    }

    /// Makes a new epoch's folder beside those that are there. Nothing refers to it yet.
    pub(super) fn create(shelf: &Path, identity: &Identity) -> Result<Self, EngineError> {
        let failed = |path: &Path, source| EngineError::File { path: path.to_owned(), what: "written", source };
        std::fs::create_dir_all(shelf).map_err(|source| failed(shelf, source))?;
        let last = names(shelf)?.iter().filter_map(|name| number(name)).max().unwrap_or(0);
        let epoch = Self { path: shelf.join(format!("{PREFIX}{:06}", last + 1)) };
        std::fs::create_dir(&epoch.path).map_err(|source| failed(&epoch.path, source))?;
        std::fs::create_dir(epoch.words()).map_err(|source| failed(&epoch.words(), source))?;
        let text = serde_json::to_vec_pretty(identity).map_err(|source| failed(&epoch.path, source.into()))?;
        write_whole(&epoch.identity(), &text)?;
        Ok(epoch)
    }

    /// What the epoch was made with.
    pub(super) fn read_identity(&self) -> Result<Identity, EngineError> {
        let path = self.identity();
        let damaged = |what: String| EngineError::Damaged { path: path.clone(), what };
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(damaged("it is missing".to_owned())),
            Err(source) => return Err(EngineError::File { path, what: "read", source }),
        };
        serde_json::from_slice(&bytes).map_err(|error| damaged(error.to_string()))
    }

    /// Refuses the epoch when its files can't be read by this version.
    pub(super) fn expect_format(&self, wanted: &Identity) -> Result<Identity, EngineError> {
        let found = self.read_identity()?;
        if found.format == wanted.format {
            return Ok(found);
        }
        Err(EngineError::Outdated { path: self.identity(), found: found.words(), wanted: wanted.words() })
    }

    /// Refuses the epoch when it was made with anything else.
    pub(super) fn expect(&self, wanted: &Identity) -> Result<(), EngineError> {
        let found = self.read_identity()?;
        if found == *wanted {
            return Ok(());
        }
        Err(EngineError::Outdated { path: self.identity(), found: found.words(), wanted: wanted.words() })
    }

    /// Makes this the epoch that is served, then drops the others. Views of those keep their open files.
    pub(super) fn switch_to(&self, shelf: &Path) -> Result<(), EngineError> {
        sync_folder(&self.path)?;
        let name = self.path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        write_whole(&shelf.join(CURRENT), format!("{name}\n").as_bytes())?;
        self.remove_others(shelf);
        Ok(())
    }

    /// Drops every other epoch: builds that were not finished, and what was served before.
    pub(super) fn remove_others(&self, shelf: &Path) {
        for epoch in Self::all(shelf).unwrap_or_default().iter().filter(|epoch| epoch.path != self.path) {
            epoch.remove();
        }
    }

    /// Drops this epoch's folder.
    pub(super) fn remove(&self) {
        if let Err(error) = std::fs::remove_dir_all(&self.path) {
            tracing::warn!(engine.path = %self.path.display(), %error, "stale epoch cannot be removed");
        }
    }
}

fn number(name: &str) -> Option<u32> {
    name.strip_prefix(PREFIX).filter(|digits| digits.len() == 6)?.parse().ok()
}

fn names(shelf: &Path) -> Result<Vec<String>, EngineError> {
    let failed = |source| EngineError::File { path: shelf.to_owned(), what: "read", source };
    let entries = std::fs::read_dir(shelf).map_err(failed)?;
    entries
        .map(|entry| entry.map(|entry| entry.file_name().to_string_lossy().into_owned()))
        .collect::<Result<_, _>>()
        .map_err(failed)
}
