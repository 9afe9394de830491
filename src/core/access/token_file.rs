//! `DATA/tokens.json`: how it is read, and how it is replaced.
//!
//! The file (mode 0600) is written aside, synced and renamed: a reader finds the old one or the new one. Whoever changes
//! it holds `DATA/tokens.lock` from reading to renaming, so that of two processes none loses the other's change. It is
//! read without the lock.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};

use super::TokenNameError;
use super::secret::NoRandomness;
use super::stamp::Stamp;
use super::token::Entry;

/// The most bytes of the file that are read.
const MAX_BYTES: u64 = 4 * 1024 * 1024;

/// Why a token can't be made, found or kept.
#[derive(Debug, thiserror::Error)]
pub enum KeyringError {
    /// The file can't be read or written.
    #[error("{path}: token file cannot be {what}")]
    File {
        /// The token file.
        path: PathBuf,
        /// `read`, `written` or `locked`.
        what: &'static str,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// The file is not a list of tokens.
    #[error("{path}: not a token file; move it away to start with a new admin token")]
    Malformed {
        /// The token file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: serde_json::Error,
    },
    /// The system gave no randomness.
    #[error("no randomness from the system")]
    Randomness,
    /// The name is none.
    #[error(transparent)]
    Name(#[from] TokenNameError),
    /// A token without an action opens nothing and does nothing.
    #[error("{name}: may do nothing; name what it may, read say")]
    NoAction {
        /// The token's name.
        name: String,
    },
    /// A good token has this name already.
    #[error("{name}: token {id} has this name; choose another, or rotate or revoke that one")]
    NameTaken {
        /// The name.
        name: String,
        /// Who has it.
        id: String,
    },
    /// There are as many as there may be.
    #[error("there are {max} tokens, which is the most; revoke those that nobody needs")]
    TooMany {
        /// The most tokens that are not revoked.
        max: usize,
    },
    /// No token has this id or name.
    #[error("{named}: no token has this id or name; `cairn token list` shows those there are")]
    NoToken {
        /// What was asked for.
        named: String,
    },
    /// Several have this name.
    #[error("{named}: names more than one token; name one by its id: {}", ids.join(", "))]
    Ambiguous {
        /// What was asked for.
        named: String,
        /// The tokens.
        ids: Vec<String>,
    },
    /// It was taken back for good.
    #[error("{id}: is revoked and stays so; make a new token")]
    Revoked {
        /// The token.
        id: String,
    },
    /// A new secret would be as dead as the old one.
    #[error("{id}: has expired; say until when the new secret is good with --expires")]
    Expired {
        /// The token.
        id: String,
    },
}

impl From<NoRandomness> for KeyringError {
    fn from(_none: NoRandomness) -> Self {
        Self::Randomness
    }
}

/// The file as it was read; a missing one has no entries and no stamp.
#[derive(Debug, Clone, Default)]
pub(super) struct Contents {
    pub(super) entries: Vec<Entry>,
    pub(super) stamp: Option<Stamp>,
}

/// Reads the file.
pub(super) fn read(path: &Path) -> Result<Contents, KeyringError> {
    let fail = |source| KeyringError::File { path: path.to_owned(), what: "read", source };
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Contents::default()),
        Err(source) => return Err(fail(source)),
    };
    // The stamp is that of what is read, whatever stands at the path by now.
    let stamp = Stamp::of(&file.metadata().map_err(fail)?);
    let mut text = Vec::new();
    file.take(MAX_BYTES).read_to_end(&mut text).map_err(fail)?;
    let malformed = |source| KeyringError::Malformed { path: path.to_owned(), source };
    Ok(Contents { entries: serde_json::from_slice(&text).map_err(malformed)?, stamp: Some(stamp) })
}

/// Changes the file, whoever else wants to: reads it, lets `change` work on what it holds now, and replaces it. When
/// `change` fails, the file stays as it was.
pub(super) fn change<R>(
    path: &Path,
    change: impl FnOnce(&mut Vec<Entry>) -> Result<R, KeyringError>,
) -> Result<(Contents, R), KeyringError> {
    let fail = |what| move |source| KeyringError::File { path: path.to_owned(), what, source };
    let lock = private().create(true).truncate(false).open(path.with_extension("lock")).map_err(fail("locked"))?;
    // Let go of when the file is closed, however this ends.
    lock.lock().map_err(fail("locked"))?;
    let mut contents = read(path)?;
    let result = change(&mut contents.entries)?;
    contents.stamp = Some(replace(path, &contents).map_err(fail("written"))?);
    Ok((contents, result))
}

fn replace(path: &Path, contents: &Contents) -> std::io::Result<Stamp> {
    let aside = path.with_extension("json.new");
    let mut file = private().create(true).truncate(true).open(&aside)?;
    file.write_all(&serde_json::to_vec_pretty(&contents.entries)?)?;
    if let Some(later) = contents.stamp.and_then(|before| before.after(file.metadata().ok()?.modified().ok())) {
        file.set_modified(later)?;
    }
    file.sync_all()?;
    std::fs::rename(&aside, path)?;
    // The new name is on disk when the folder is: a revoked token must not come back with the power.
    if let Some(folder) = path.parent() {
        File::open(folder)?.sync_all()?;
    }
    Ok(Stamp::of(&file.metadata()?))
}

/// Opens files for their owner alone.
pub(super) fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}
