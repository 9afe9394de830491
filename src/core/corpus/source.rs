//! A collection's folder on disk: which files are documents, and their bytes.
//!
//! Nothing outside the folder is ever read: symlinks are not followed at any level, and what was opened is checked
//! again on the handle, so that a file swapped for a link or a pipe in between is refused, not followed. What can't be
//! read is [`Skipped`] with its reason; one bad file never stops the others. "Can't look just now" is never told as "is
//! not there": what failed for a cause that may pass is named as unread.

use std::borrow::Cow;
use std::fs::{self, File};
use std::io::Read as _;
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;

use super::file_name::is_markdown;
use super::listing::may_pass;
use super::{Language, Listed, Listing, Skipped, SourcePath, hidden, may_be_document};
use crate::access::{CollectionName, Visibility};

/// The longest file that is read, in bytes.
pub const FILE_LIMIT_BYTES: u64 = 1024 * 1024;

/// How deep folders may stand in each other.
const DEPTH_LIMIT: usize = 64;

/// How a folder is opened.
const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

/// Folders that are never looked into, whatever they hold; names that begin with a dot are left out as well.
const NEVER: [&str; 2] = ["node_modules", "target"];

/// A collection's folder and what in it counts as a document.
#[derive(Debug, Clone)]
pub struct Source {
    /// The collection.
    pub collection: CollectionName,
    /// The folder, as an absolute path without links in it, so that a watcher's paths begin with it.
    pub root: PathBuf,
    /// The most its documents can be; front matter may narrow it.
    pub visibility: Visibility,
    /// What its documents are written in, when they don't say.
    pub language: Option<Language>,
    /// Globs on the path in the collection, which choose among files with one of [`EXTENSIONS`](super::EXTENSIONS); when
    /// empty, `.md` and `.markdown` files are documents.
    pub include: Vec<String>,
    /// Globs on the path in the collection of files and folders to leave out.
    pub exclude: Vec<String>,
}

/// A file's bytes, read once: this is what is digested, indexed and served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// The collection.
    pub collection: CollectionName,
    /// The path in the collection.
    pub path: SourcePath,
    /// The bytes as they were read.
    pub bytes: Vec<u8>,
    /// The modification time, nanoseconds since 1970.
    pub modified_ns: i64,
}

impl Source {
    /// Makes the source of a folder in which every `.md` and `.markdown` file is a document.
    #[must_use]
    pub fn new(collection: CollectionName, root: PathBuf, visibility: Visibility) -> Self {
        Self { collection, root, visibility, language: None, include: Vec::new(), exclude: Vec::new() }
    }

    /// Walks the whole folder.
    #[must_use]
    pub fn list(&self) -> Listing {
        let mut listing = Listing::default();
        match self.open_root() {
            Ok(_) => self.walk(&self.root, "", 0, &mut listing),
            Err(cause) => listing.fail("", &cause),
        }
        listing.finish();
        listing
    }

    /// Walks a folder in the collection, or looks at one file in it: for what was just moved in.
    #[must_use]
    pub fn list_under(&self, prefix: &SourcePath) -> Listing {
        let mut listing = Listing::default();
        let relative = prefix.as_str();
        let (parent, name) = relative.rsplit_once('/').unwrap_or(("", relative));
        if let Some(parent) = self.descend(parent, relative, &mut listing).filter(|_| self.enters(name)) {
            let at = parent.join(name);
            match fs::symlink_metadata(&at) {
                Ok(found) if found.is_dir() && !self.excludes(relative) => {
                    self.walk(&at, relative, relative.split('/').count(), &mut listing);
                }
                // What was moved in and away again is nothing to tell.
                Err(cause) if !may_pass(&cause) => {}
                _ => self.take(&at, relative, &mut listing),
            }
        }
        listing.finish();
        listing
    }

    /// Of these paths in the collection, those that [`Source::list`] would list if they were on disk: for files from
    /// elsewhere.
    #[must_use]
    pub fn select<'a>(&self, paths: impl Iterator<Item = &'a str>) -> Vec<SourcePath> {
        let mut listing = Listing::default();
        let owned = paths.filter(|path| self.owns(&self.root.join(path)));
        let listed = |path| Listed { path: SourcePath::new(path), size_bytes: 0, modified_ns: 0 };
        listing.files = owned.filter(|path| name_fault(path).is_none()).map(listed).collect();
        listing.finish();
        listing.files.into_iter().map(|file| file.path).collect()
    }

    /// Reads a document's file.
    ///
    /// # Errors
    /// Returns the reason when the file is gone, is not a regular file, is reached through a link or is too long.
    pub fn read(&self, path: &SourcePath) -> Result<SourceFile, Skipped> {
        let (bytes, found) = self.bytes(path, FILE_LIMIT_BYTES, u64::MAX)?;
        Ok(SourceFile { collection: self.collection.clone(), path: path.clone(), bytes, modified_ns: modified(&found) })
    }

    /// Reads up to `wanted` bytes of a regular file of at most `limit` bytes.
    pub(super) fn bytes(&self, path: &SourcePath, limit: u64, wanted: u64) -> Result<(Vec<u8>, fs::Metadata), Skipped> {
        let skipped = |reason: String| Skipped { path: path.as_str().to_owned(), reason, passing: false };
        let failed = |cause: std::io::Error| Skipped { passing: may_pass(&cause), ..skipped(cause.to_string()) };
        let file = self.open(path).map_err(failed)?;
        let found = file.metadata().map_err(failed)?;
        if !found.is_file() {
            return Err(skipped("not a regular file".to_owned()));
        }
        if found.len() > limit {
            return Err(skipped(too_long(found.len(), limit)));
        }
        let mut bytes = Vec::with_capacity(usize::try_from(found.len().min(wanted)).unwrap_or(0) + 1);
        // One byte over the limit is enough to know that there is more, however fast the file grows.
        file.take(wanted.min(limit + 1)).read_to_end(&mut bytes).map_err(failed)?;
        if bytes.len() as u64 > limit {
            return Err(skipped(too_long(bytes.len() as u64, limit)));
        }
        Ok((bytes, found))
    }

    /// Says whether an absolute path could be a document's file; asked of a watcher's events, touches no disk.
    #[must_use]
    pub fn owns(&self, path: &Path) -> bool {
        self.relative(path).is_some_and(|path| self.wants(path.as_str()))
    }

    /// The path in the collection of an absolute path: of a file, or of a folder that a walk would enter.
    #[must_use]
    pub fn relative(&self, path: &Path) -> Option<SourcePath> {
        let inside = path.strip_prefix(&self.root).ok()?;
        let mut relative = String::new();
        for part in inside.components() {
            let part = part.as_os_str().to_str()?;
            if !self.enters(part) || self.excludes(&relative) {
                return None;
            }
            join_onto(&mut relative, part);
        }
        (!relative.is_empty()).then(|| SourcePath::new(&relative))
    }

    /// Opens the root, which had no link in its path when it was configured, and may have one by now: a checkout can put
    /// a link in a folder's place.
    fn open_root(&self) -> Result<OwnedFd, std::io::Error> {
        #[cfg(target_os = "linux")]
        {
            use rustix::fs::{CWD, ResolveFlags, openat2};
            match openat2(CWD, &self.root, FOLDER, Mode::empty(), ResolveFlags::NO_SYMLINKS) {
                // Old kernels and some sandboxes don't know the call.
                Err(Errno::NOSYS | Errno::PERM) => {}
                opened => return opened.map_err(told),
            }
        }
        if fs::canonicalize(&self.root)? != self.root {
            return Err(told(Errno::LOOP));
        }
        rustix::fs::open(&self.root, FOLDER | OFlags::NOFOLLOW, Mode::empty()).map_err(told)
    }

    /// Opens folder by folder without following a link, so that no part can be swapped for one under our hands.
    fn open(&self, path: &SourcePath) -> Result<File, std::io::Error> {
        let mut at = self.open_root()?;
        let mut parts = path.as_str().split('/').peekable();
        while let Some(part) = parts.next() {
            if !self.enters(part) {
                return Err(std::io::Error::from(std::io::ErrorKind::NotFound));
            }
            // NONBLOCK: a pipe under a document's name must not hold the reader.
            let flags = match parts.peek() {
                Some(_) => FOLDER | OFlags::NOFOLLOW,
                None => OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC,
            };
            at = rustix::fs::openat(&at, part, flags, Mode::empty()).map_err(told)?;
        }
        Ok(File::from(at))
    }

    /// Goes down to a folder of the collection; `None` when one on the way is a link, left out, gone or can't be looked
    /// at. `wanted` is what is then unread.
    fn descend(&self, folder: &str, wanted: &str, listing: &mut Listing) -> Option<PathBuf> {
        match self.open_root() {
            Ok(_) => {}
            Err(cause) if may_pass(&cause) => {
                listing.fail(wanted, &cause);
                return None;
            }
            Err(_) => return None,
        }
        let mut at = self.root.clone();
        let mut relative = String::new();
        for part in folder.split('/').filter(|_| !folder.is_empty()) {
            join_onto(&mut relative, part);
            if !self.enters(part) || self.excludes(&relative) {
                return None;
            }
            at.push(part);
            match fs::symlink_metadata(&at) {
                Ok(found) if found.is_dir() => {}
                Err(cause) if may_pass(&cause) => {
                    listing.fail(wanted, &cause);
                    return None;
                }
                _ => return None,
            }
        }
        Some(at)
    }

    fn walk(&self, folder: &Path, relative: &str, depth: usize, listing: &mut Listing) {
        if depth > DEPTH_LIMIT {
            return listing.skip(relative, format!("more than {DEPTH_LIMIT} folders deep"));
        }
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(cause) => return listing.fail(relative, &cause),
        };
        for entry in entries {
            let entry = match entry {
                Ok(entry) => entry,
                Err(cause) => {
                    listing.fail(relative, &cause);
                    continue;
                }
            };
            let name = entry.file_name();
            let mut path = relative.to_owned();
            let Some(name) = name.to_str() else {
                join_onto(&mut path, &name.to_string_lossy());
                listing.skip(&path, "the name is not UTF-8".to_owned());
                continue;
            };
            if !self.enters(name) {
                continue;
            }
            join_onto(&mut path, name);
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => {
                    if !self.excludes(&path) {
                        self.walk(&entry.path(), &path, depth + 1, listing);
                    }
                }
                _ => self.take(&entry.path(), &path, listing),
            }
        }
    }

    /// Lists one thing that is not a folder, or says why not.
    fn take(&self, at: &Path, relative: &str, listing: &mut Listing) {
        let found = fs::symlink_metadata(at);
        // A link's own name says little when it leads to a folder.
        let link_to_folder = matches!(&found, Ok(found) if found.is_symlink())
            && !self.excludes(relative)
            && fs::metadata(at).is_ok_and(|target| target.is_dir());
        // It may be a folder of documents for all we know.
        let unknown = matches!(&found, Err(cause) if may_pass(cause)) && !self.excludes(relative);
        if !self.wants(relative) && !link_to_folder && !unknown {
            return;
        }
        match found {
            Ok(found) if found.is_symlink() => {
                listing.skip(relative, "a symlink, which is not followed".to_owned());
            }
            Ok(found) if !found.is_file() => listing.skip(relative, "not a regular file".to_owned()),
            Ok(found) if found.len() > FILE_LIMIT_BYTES => {
                listing.skip(relative, too_long(found.len(), FILE_LIMIT_BYTES));
            }
            Ok(found) => match name_fault(relative) {
                Some(fault) => listing.skip(relative, fault.to_owned()),
                None => listing.files.push(Listed {
                    path: SourcePath::new(relative),
                    size_bytes: found.len(),
                    modified_ns: modified(&found),
                }),
            },
            Err(cause) => listing.fail(relative, &cause),
        }
    }

    /// Whether a part of a path may belong to a document's path.
    fn enters(&self, part: &str) -> bool {
        !part.is_empty() && !part.starts_with('.') && !NEVER.contains(&part) && !part.contains('\0')
    }

    /// Whether a file or a folder is left out by a glob.
    pub(super) fn excludes(&self, relative: &str) -> bool {
        self.exclude.iter().any(|glob| fast_glob::glob_match(glob, relative))
    }

    /// Whether a file's path is one of a document's.
    fn wants(&self, relative: &str) -> bool {
        let included = match self.include.as_slice() {
            [] => is_markdown(relative),
            globs => may_be_document(relative) && globs.iter().any(|glob| fast_glob::glob_match(glob, relative)),
        };
        included && !self.excludes(relative)
    }
}

fn join_onto(path: &mut String, part: &str) {
    if !path.is_empty() {
        path.push('/');
    }
    path.push_str(part);
}

/// Puts into words what the system says of a link.
fn told(cause: Errno) -> std::io::Error {
    match cause {
        Errno::LOOP => std::io::Error::other("a symlink, which is not followed"),
        other => other.into(),
    }
}

/// Why a path can't be the name of anything that is served: it could not be written in a link, a log or a terminal.
pub(super) fn name_fault(relative: &str) -> Option<&'static str> {
    match hidden::one_line(relative).0 {
        _ if relative.contains(['\\', '\n', '\r']) => Some("the name has a backslash or a line break in it"),
        Cow::Owned(_) => Some("the name has hidden or control characters in it"),
        Cow::Borrowed(_) => None,
    }
}

fn too_long(size_bytes: u64, limit: u64) -> String {
    format!("{size_bytes} bytes long, {limit} are read at most; split it")
}

fn modified(found: &fs::Metadata) -> i64 {
    found.mtime().saturating_mul(1_000_000_000).saturating_add(found.mtime_nsec())
}

#[cfg(test)]
#[path = "source_tests.rs"]
mod tests;
