//! The files whose history is asked for, as a tree of folders, and which of them a commit holds unchanged.
//!
//! Files are numbered in the order of git's trees, so that a folder is a range of numbers and a set of files a row of
//! bits. A file of another commit *matches* when its mode and its blob are those at HEAD. Which files match under a
//! folder depends on the folder's tree alone; the last few answers of each folder are kept, so that a tree that a run
//! of commits shares is read once, and a commit costs the trees that it changed.

use std::sync::Arc;

use gix_hash::ObjectId;
use gix_object::Kind;
use gix_object::TreeRefIter;
use gix_object::tree::{EntryMode, name_order};

use super::HistoryError;
use super::objects::Objects;

/// How deep folders may nest; deeper ones are left out. The stack of a thread holds far more.
pub(super) const MAX_DEPTH: usize = 64;
/// How many answers each folder keeps: as many as branches that are walked side by side.
const MEMORY: usize = 8;
const WORD: usize = u64::BITS as usize;

/// A file at HEAD.
#[derive(Debug)]
pub(super) struct File {
    /// Relative to the folder that was given to discover.
    pub(super) path: Box<str>,
    pub(super) mode: EntryMode,
    pub(super) blob: ObjectId,
}

#[derive(Debug)]
struct Child {
    name: Box<[u8]>,
    is_folder: bool,
    /// A number of a folder or of a file.
    number: usize,
}

#[derive(Debug, Default)]
struct Folder {
    /// In git's order.
    children: Vec<Child>,
    first: usize,
    end: usize,
    memory: Vec<(ObjectId, Arc<[u64]>)>,
    oldest: usize,
}

/// A set of files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Files(Vec<u64>);

impl Files {
    pub(super) fn all(count: usize) -> Self {
        let mut files = Self(vec![0; count.div_ceil(WORD)]);
        for number in 0..count {
            files.0[number / WORD] |= 1 << (number % WORD);
        }
        files
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    pub(super) fn len(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(word, more)| *word |= more);
    }

    pub(super) fn drop(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(word, less)| *word &= !less);
    }

    pub(super) fn remove(&mut self, number: usize) {
        self.0[number / WORD] &= !(1 << (number % WORD));
    }

    /// Takes out the files that are in `row` too.
    fn split(&mut self, row: &[u64]) -> Self {
        let taken = self.0.iter().zip(row).map(|(word, other)| word & other).collect();
        self.0.iter_mut().zip(row).for_each(|(word, other)| *word &= !other);
        Self(taken)
    }

    fn any_in(&self, first: usize, end: usize) -> bool {
        (first..end).any(|number| {
            // Whole words first: most folders lie in one or two of them.
            self.0[number / WORD] != 0 && self.0[number / WORD] >> (number % WORD) & 1 == 1
        })
    }

    pub(super) fn numbers(&self) -> impl Iterator<Item = usize> + '_ {
        self.0.iter().enumerate().flat_map(|(at, &word)| {
            std::iter::successors(Some(word), |rest| Some(rest & rest.wrapping_sub(1)))
                .take_while(|rest| *rest != 0)
                .map(move |rest| at * WORD + rest.trailing_zeros() as usize)
        })
    }
}

/// Which files to follow: those in `folders` (relative to the folder that was given to discover; an empty name is
/// that folder itself) that `keep` wants.
pub(super) struct Selection<'a> {
    /// Where the folder that was given to discover lies in the repository.
    pub(super) prefix: &'a str,
    /// Relative to the repository.
    pub(super) folders: Vec<String>,
    pub(super) keep: &'a dyn Fn(&str) -> bool,
}

impl<'a> Selection<'a> {
    pub(super) fn new(prefix: &'a str, folders: &[&str], keep: &'a dyn Fn(&str) -> bool) -> Self {
        let folders = folders
            .iter()
            .map(|folder| {
                let parts = prefix.split('/').chain(folder.split('/'));
                parts.filter(|part| !part.is_empty() && *part != ".").collect::<Vec<_>>().join("/")
            })
            .collect();
        Self { prefix, folders, keep }
    }

    /// Whether `path` is in one of the folders.
    pub(super) fn holds(&self, path: &str) -> bool {
        self.folders.iter().any(|folder| is_below(path, folder))
    }

    /// Whether `path` is a folder on the way to one of the folders.
    pub(super) fn leads(&self, path: &str) -> bool {
        self.folders.iter().any(|folder| is_below(folder, path))
    }

    /// The path in the repository of one that the caller names.
    pub(super) fn whole(&self, path: &str) -> String {
        if self.prefix.is_empty() { path.to_owned() } else { format!("{}/{path}", self.prefix) }
    }

    /// The path as the caller names it, when it is wanted.
    pub(super) fn wanted<'p>(&self, path: &'p str) -> Option<&'p str> {
        let relative = if self.prefix.is_empty() { path } else { path.strip_prefix(self.prefix)?.strip_prefix('/')? };
        (self.holds(path) && (self.keep)(relative)).then_some(relative)
    }
}

fn is_below(path: &str, folder: &str) -> bool {
    folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The files that are followed.
#[derive(Debug)]
pub(super) struct Tracked {
    pub(super) files: Vec<File>,
    folders: Vec<Folder>,
    buffer: Vec<u8>,
}

impl Tracked {
    /// Lists the files of a tree that are wanted.
    pub(super) fn list(objects: &Objects, tree: ObjectId, selection: &Selection<'_>) -> Result<Self, HistoryError> {
        let mut tracked = Self { files: Vec::new(), folders: Vec::new(), buffer: Vec::new() };
        tracked.folder(objects, tree, "", selection, 0)?;
        Ok(tracked)
    }

    /// Adds the folder at `path`; returns its number.
    fn folder(
        &mut self,
        objects: &Objects,
        tree: ObjectId,
        path: &str,
        selection: &Selection<'_>,
        depth: usize,
    ) -> Result<usize, HistoryError> {
        let mut buffer = Vec::new();
        let bytes = objects.read(&tree, Kind::Tree, "tree", &mut buffer)?;
        let number = self.folders.len();
        self.folders.push(Folder { first: self.files.len(), ..Folder::default() });
        let mut children = Vec::new();
        for entry in TreeRefIter::from_bytes(bytes, gix_hash::Kind::Sha1) {
            let entry = entry.map_err(|e| HistoryError::Object { id: tree, kind: "tree", source: e.into() })?;
            // Names that are not UTF-8 name no document.
            let Ok(name) = std::str::from_utf8(entry.filename) else { continue };
            let full = if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") };
            let child = if entry.mode.is_tree() {
                if depth + 1 >= MAX_DEPTH || !(selection.holds(&full) || selection.leads(&full)) {
                    continue;
                }
                let files_before = self.files.len();
                let child = self.folder(objects, entry.oid.to_owned(), &full, selection, depth + 1)?;
                if self.files.len() == files_before {
                    self.folders.truncate(child);
                    continue;
                }
                child
            } else if entry.mode.is_blob() {
                let Some(relative) = selection.wanted(&full) else { continue };
                self.files.push(File { path: relative.into(), mode: entry.mode, blob: entry.oid.to_owned() });
                self.files.len() - 1
            } else {
                // Links and submodules have no bytes of their own.
                continue;
            };
            let name = name.as_bytes().into();
            children.push(Child { name, is_folder: entry.mode.is_tree(), number: child });
        }
        self.folders[number].children = children;
        self.folders[number].end = self.files.len();
        Ok(number)
    }

    /// Takes out of `wanted` the files that are the same in the tree `root`. Only files in `live` are looked at, which
    /// may only shrink from call to call.
    pub(super) fn take_matching(
        &mut self,
        objects: &Objects,
        root: ObjectId,
        live: &Files,
        wanted: &mut Files,
    ) -> Result<Files, HistoryError> {
        let mut buffer = std::mem::take(&mut self.buffer);
        let row = self.matching(objects, 0, root, live, &mut buffer);
        self.buffer = buffer;
        Ok(wanted.split(&row?))
    }

    /// The files under `folder` that match in `tree`, as the words of the bit row that the folder has part in.
    fn matching(
        &mut self,
        objects: &Objects,
        folder: usize,
        tree: ObjectId,
        live: &Files,
        buffer: &mut Vec<u8>,
    ) -> Result<Arc<[u64]>, HistoryError> {
        let this = &mut self.folders[folder];
        if let Some((_, row)) = this.memory.iter().find(|(id, _)| *id == tree) {
            return Ok(Arc::clone(row));
        }
        let words = words(this);
        let mut row = vec![0_u64; words.len()];
        if live.any_in(this.first, this.end) {
            let below = self.compare(objects, folder, tree, &mut row, buffer)?;
            for (child, id) in below {
                let part = self.matching(objects, child, id, live, buffer)?;
                let offset = words_start(&self.folders[child]) - words.start;
                row.iter_mut().skip(offset).zip(part.iter()).for_each(|(word, more)| *word |= more);
            }
        }
        let row: Arc<[u64]> = row.into();
        let this = &mut self.folders[folder];
        let entry = (tree, Arc::clone(&row));
        if this.memory.len() < MEMORY {
            this.memory.push(entry);
        } else {
            this.memory[this.oldest] = entry;
            this.oldest = (this.oldest + 1) % MEMORY;
        }
        Ok(row)
    }

    /// Sets the bits of the files of `folder` itself that match in `tree`; returns the folders that both have.
    fn compare(
        &self,
        objects: &Objects,
        folder: usize,
        tree: ObjectId,
        row: &mut [u64],
        buffer: &mut Vec<u8>,
    ) -> Result<Vec<(usize, ObjectId)>, HistoryError> {
        let bytes = objects.read(&tree, Kind::Tree, "tree", buffer)?;
        let this = &self.folders[folder];
        let start = words(this).start;
        let mut below = Vec::new();
        let mut children = this.children.iter().peekable();
        for entry in TreeRefIter::from_bytes(bytes, gix_hash::Kind::Sha1) {
            let entry = entry.map_err(|e| HistoryError::Object { id: tree, kind: "tree", source: e.into() })?;
            let is_tree = entry.mode.is_tree();
            let order = |child: &Child| name_order(&child.name, child.is_folder, entry.filename, is_tree);
            while children.next_if(|child| order(child).is_lt()).is_some() {}
            let Some(child) = children.next_if(|child| order(child).is_eq() && child.is_folder == is_tree) else {
                continue;
            };
            if is_tree {
                below.push((child.number, entry.oid.to_owned()));
            } else {
                let file = &self.files[child.number];
                if file.mode == entry.mode && *file.blob == *entry.oid {
                    row[child.number / WORD - start] |= 1 << (child.number % WORD);
                }
            }
        }
        Ok(below)
    }
}

/// Which words of the bit row a folder has part in.
fn words(folder: &Folder) -> std::ops::Range<usize> {
    words_start(folder)..folder.end.div_ceil(WORD)
}

fn words_start(folder: &Folder) -> usize {
    folder.first / WORD
}
