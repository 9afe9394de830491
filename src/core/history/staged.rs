//! What is staged: the entries of git's index (gitformat-index, versions 2 to 4), and which of them differ from HEAD.
//!
//! Read by hand: of the index a name, a mode and a blob are wanted, and nothing is ever written. Conflicts, links,
//! submodules and files that are only meant to be added have no staged content. A split index is not supported.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use gix_hash::ObjectId;
use gix_object::Kind;

use super::objects::Objects;
use super::paths::{Selection, Tracked};
use super::{BlobId, HistoryError, Repository, blob_id};

/// The largest index that is read.
const MAX_INDEX_BYTES: u64 = 512 << 20;

/// What stands before an entry's flags.
const STAT_BYTES: usize = 40;

/// The content of the index. It lives on one thread: it holds the object database open.
#[derive(Debug)]
pub struct Staged {
    objects: Objects,
    /// Relative to the folder that was given to discover, in git's order.
    files: Vec<(String, BlobId)>,
    /// The tree of HEAD; none before the first commit.
    head: Option<ObjectId>,
    prefix: String,
}

impl Repository {
    /// Reads the index: the repository's own, or the one that git made for a commit under way (`GIT_INDEX_FILE`).
    ///
    /// # Errors
    /// Fails when the index or HEAD can't be read. A repository in which nothing was ever added has an empty index.
    pub fn staged(&self, index: Option<&Path>) -> Result<Staged, HistoryError> {
        let path = index.map_or_else(|| self.git_dir().join("index"), Path::to_owned);
        let bytes = match read_bounded(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(HistoryError::Broken { path, source: error.into() }),
        };
        let damaged = |what: &'static str| HistoryError::Broken { path: path.clone(), source: what.into() };
        let entries = if bytes.is_empty() { Vec::new() } else { entries(&bytes).map_err(damaged)? };
        let objects = self.objects()?;
        let head = match self.head()? {
            Some(commit) => Some(objects.commit(&commit.0, &mut Vec::new())?.tree),
            None => None,
        };
        let prefix = self.prefix().to_owned();
        let own = |path: String| match prefix.as_str() {
            "" => Some(path),
            prefix => path.strip_prefix(prefix)?.strip_prefix('/').map(str::to_owned),
        };
        let files = entries.into_iter().filter_map(|(path, blob)| Some((own(path)?, BlobId(blob)))).collect();
        Ok(Staged { objects, files, head, prefix })
    }
}

impl Staged {
    /// Every file, with its staged content's name.
    pub fn files(&self) -> impl Iterator<Item = (&str, BlobId)> {
        self.files.iter().map(|(path, blob)| (path.as_str(), *blob))
    }

    /// The staged content of one file.
    #[must_use]
    pub fn blob(&self, path: &str) -> Option<BlobId> {
        self.files.iter().find(|(other, _)| other == path).map(|(_, blob)| *blob)
    }

    /// The files in these folders whose staged content is not that of HEAD.
    ///
    /// # Errors
    /// Fails when a tree of HEAD can't be read.
    pub fn changed(&self, folders: &[&str]) -> Result<Vec<(String, BlobId)>, HistoryError> {
        let within = |path: &str| {
            folders.iter().any(|folder| {
                let rest = path.strip_prefix(folder.trim_end_matches('/'));
                folder.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            })
        };
        let selection = Selection::new(&self.prefix, folders, &|_| true);
        let committed: HashMap<Box<str>, ObjectId> = match self.head {
            Some(tree) => {
                let tracked = Tracked::list(&self.objects, tree, &selection)?;
                tracked.files.into_iter().map(|file| (file.path, file.blob)).collect()
            }
            None => HashMap::new(),
        };
        let differs = |(path, blob): &&(String, BlobId)| committed.get(path.as_str()) != Some(&blob.0);
        Ok(self.files.iter().filter(|(path, _)| within(path)).filter(differs).cloned().collect())
    }

    /// Reads the content that a name stands for, and checks that it is that content.
    ///
    /// # Errors
    /// Fails when it is missing, damaged, or larger than 64 MiB.
    pub fn read(&self, blob: BlobId) -> Result<Vec<u8>, HistoryError> {
        let mut bytes = Vec::new();
        self.objects.read(&blob.0, Kind::Blob, "blob", &mut bytes)?;
        match blob_id(&bytes) == Some(blob) {
            true => Ok(bytes),
            false => Err(HistoryError::Malformed { id: blob.0, kind: "blob", what: "is not what its name says" }),
        }
    }
}

fn read_bounded(path: &PathBuf) -> std::io::Result<Vec<u8>> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(MAX_INDEX_BYTES).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Reads numbers and texts one behind the other.
struct Bytes<'a> {
    all: &'a [u8],
    at: usize,
}

impl<'a> Bytes<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], &'static str> {
        let end = self.at.checked_add(count).ok_or("index is damaged")?;
        let taken = self.all.get(self.at..end).ok_or("index ends too early")?;
        self.at = end;
        Ok(taken)
    }

    fn number(&mut self, count: usize) -> Result<u32, &'static str> {
        Ok(self.take(count)?.iter().fold(0, |number, byte| number << 8 | u32::from(*byte)))
    }

    /// A number in groups of seven bits, the form of offsets in packs.
    fn varying(&mut self) -> Result<usize, &'static str> {
        let mut byte = self.number(1)?;
        let mut value = byte & 127;
        while byte & 128 != 0 {
            byte = self.number(1)?;
            value =
                value.checked_add(1).filter(|value| *value < 1 << 24).ok_or("index is damaged")? << 7 | (byte & 127);
        }
        usize::try_from(value).map_err(|_| "index is damaged")
    }

    fn text(&mut self) -> Result<&'a [u8], &'static str> {
        let rest = self.all.get(self.at..).unwrap_or_default();
        let length = rest.iter().position(|byte| *byte == 0).ok_or("index ends in a name")?;
        let text = self.take(length)?;
        self.take(1)?;
        Ok(text)
    }
}

/// The regular files of an index, path and blob.
fn entries(all: &[u8]) -> Result<Vec<(String, ObjectId)>, &'static str> {
    // The last 20 bytes are a checksum, or nothing where git was told to leave it out.
    let body = all.len().checked_sub(20).and_then(|end| all.get(..end)).ok_or("index is too short")?;
    let mut bytes = Bytes { all: body, at: 0 };
    if bytes.take(4)? != b"DIRC" {
        return Err("file is no index");
    }
    let version = bytes.number(4)?;
    if !(2..=4).contains(&version) {
        return Err("index is of a version that is not supported");
    }
    let count = bytes.number(4)?;
    let (mut files, mut path) = (Vec::new(), Vec::new());
    for _ in 0..count {
        let start = bytes.at;
        bytes.take(24)?;
        let mode = bytes.number(4)?;
        bytes.take(STAT_BYTES - 28)?;
        let blob = ObjectId::try_from(bytes.take(20)?).map_err(|_| "index is damaged")?;
        let flags = bytes.number(2)?;
        let meant = if flags & 0x4000 != 0 && version >= 3 { bytes.number(2)? & 0x2000 != 0 } else { false };
        if version == 4 {
            let strip = bytes.varying()?;
            path.truncate(path.len().checked_sub(strip).ok_or("index is damaged")?);
            path.extend_from_slice(bytes.text()?);
        } else {
            path.clear();
            path.extend_from_slice(bytes.text()?);
            // Entries are multiples of eight bytes; one NUL is read already.
            let padding = (8 - (bytes.at - start) % 8) % 8;
            bytes.take(padding)?;
        }
        let (regular, settled) = (mode & 0o170_000 == 0o100_000, flags & 0x3000 == 0);
        if let (true, true, false, Ok(path)) = (regular, settled, meant, std::str::from_utf8(&path)) {
            files.push((path.to_owned(), blob));
        }
    }
    refuse_split(&mut bytes)?;
    Ok(files)
}

/// An index that is split has only some entries, and says so in an extension.
fn refuse_split(bytes: &mut Bytes<'_>) -> Result<(), &'static str> {
    while bytes.all.len() - bytes.at >= 8 {
        let name = bytes.take(4)?;
        let length = bytes.number(4)?;
        if name == b"link" {
            return Err("index is split, which is not supported: run git update-index --no-split-index");
        }
        bytes.take(usize::try_from(length).map_err(|_| "index is damaged")?)?;
    }
    Ok(())
}

#[cfg(test)]
#[path = "tests/staged.rs"]
mod tests;
