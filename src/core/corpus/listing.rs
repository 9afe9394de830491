//! What a walk through a collection's folder finds: files, and what is not read.
//!
//! It is the same whatever order a folder is read in. "Can't look just now" is never told as
//! "is not there": what failed for a cause that may pass is named as unread.

use std::collections::HashMap;

use rustix::io::Errno;
use unicode_normalization::UnicodeNormalization as _;

use super::SourcePath;

/// A file that is a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its path in the collection.
    pub path: SourcePath,
    /// Its length.
    pub size_bytes: u64,
    /// Its modification time, nanoseconds since 1970.
    pub modified_ns: i64,
}

/// Something in the folder that would have been a document, or a folder of them, and is not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {reason}")]
pub struct Skipped {
    /// The path in the collection; bytes that are not UTF-8 are shown as U+FFFD.
    pub path: String,
    /// Why, in words a person can act on.
    pub reason: String,
    /// Whether the cause may pass by itself, as too many open files does: what was known of the file still stands.
    /// `false` when it is known that nothing can be read here: gone, not allowed, no document.
    pub passing: bool,
}

/// What a walk found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    /// The documents' files, sorted by path.
    pub files: Vec<Listed>,
    /// What was left out for a reason worth telling, sorted by path.
    pub skipped: Vec<Skipped>,
    /// Pairs of listed files whose paths differ only in letter case or Unicode normal form: two documents here, one
    /// file on another machine.
    pub alike: Vec<(SourcePath, SourcePath)>,
    /// Folders and files that could not be looked at for a cause that may pass, sorted: nothing under them is known to
    /// be gone. The collection's root is the empty path. Each is among `skipped`, too.
    pub unread: Vec<SourcePath>,
}

impl Listing {
    pub(super) fn skip(&mut self, path: &str, reason: String) {
        self.skipped.push(Skipped { path: path.to_owned(), reason, passing: false });
    }

    /// Notes that the system refused; what may be there all the same is unread.
    pub(super) fn fail(&mut self, path: &str, cause: &std::io::Error) {
        let passing = may_pass(cause);
        if passing {
            self.unread.push(SourcePath::new(path));
        }
        let path = if path.is_empty() { "." } else { path };
        self.skipped.push(Skipped { path: path.to_owned(), reason: cause.to_string(), passing });
    }

    /// Sorts, and finds the names that are alike.
    pub(super) fn finish(&mut self) {
        self.files.sort_by(|a, b| a.path.cmp(&b.path));
        self.skipped.sort_by(|a, b| a.path.cmp(&b.path));
        self.unread.sort();
        self.unread.dedup();
        let mut seen: HashMap<String, SourcePath> = HashMap::with_capacity(self.files.len());
        for file in &self.files {
            let folded: String = file.path.as_str().nfc().collect::<String>().to_lowercase();
            match seen.get(&folded) {
                Some(first) => self.alike.push((first.clone(), file.path.clone())),
                None => drop(seen.insert(folded, file.path.clone())),
            }
        }
    }
}

/// Whether a failure says nothing about what is there: too many open files, a bad read, no memory, a lost mount.
///
/// Gone, not allowed, a link, a file in a folder's place and a socket are answers, and last.
pub(super) fn may_pass(cause: &std::io::Error) -> bool {
    match Errno::from_io_error(cause) {
        Some(Errno::NOENT | Errno::ACCESS | Errno::PERM | Errno::NOTDIR | Errno::LOOP | Errno::NXIO) => false,
        Some(_) => true,
        // The rest is said by us; only a buffer that could not grow is not.
        None => cause.kind() == std::io::ErrorKind::OutOfMemory,
    }
}
