//! Which files differ between two trees, and where a file that is new came from.
//!
//! Folders that both trees have alike are passed over unread.

use gix_hash::ObjectId;
use gix_object::tree::{EntryRef, name_order};
use gix_object::{Kind, TreeRefIter};

use super::HistoryError;
use super::align::{align, lines};
use super::objects::Objects;
use super::paths::{MAX_DEPTH, Selection};

/// A new file is looked for among no more than so many that went.
const MOST_GONE: usize = 1_000;

/// A file whose content is another, or that one of the trees does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Changed {
    /// As the caller names it: relative to the folder that was given to discover.
    pub(super) path: String,
    /// The content in the first tree.
    pub(super) old: Option<ObjectId>,
    /// The content in the second.
    pub(super) new: Option<ObjectId>,
}

/// A file that went: its path and its content.
type Gone<'a> = (&'a str, ObjectId);

/// Tells what differs among the files that are wanted. Modes don't count: they change no line.
pub(super) fn changed(
    objects: &Objects,
    (old, new): (ObjectId, ObjectId),
    selection: &Selection<'_>,
) -> Result<Vec<Changed>, HistoryError> {
    let mut difference = Difference { objects, selection, found: Vec::new() };
    if old != new {
        difference.folders("", (Some(old), Some(new)), 0)?;
    }
    Ok(difference.found)
}

/// Tells of a few files what differs: where one of them is not in the first tree, of all files, since it may have had
/// another name there.
pub(super) fn changed_of<'p>(
    objects: &Objects,
    (old, new): (ObjectId, ObjectId),
    selection: &Selection<'_>,
    mut paths: impl Iterator<Item = (&'p str, ObjectId)>,
) -> Result<Vec<Changed>, HistoryError> {
    let mut found = Vec::new();
    let all_known = paths.try_fold(true, |known, (path, blob)| {
        if !known {
            return Ok(false);
        }
        let before = match old == new {
            true => Some(blob),
            false => before(objects, (old, new), &selection.whole(path), blob)?,
        };
        if let Some(before) = before.filter(|before| *before != blob) {
            found.push(Changed { path: path.to_owned(), old: Some(before), new: Some(blob) });
        }
        Ok::<_, HistoryError>(before.is_some())
    })?;
    if all_known { Ok(found) } else { changed(objects, (old, new), selection) }
}

/// The content that a file had in the first tree, told that it has `blob` in the second. Folders that both have alike are
/// not looked into.
fn before(
    objects: &Objects,
    (mut old, mut new): (ObjectId, ObjectId),
    path: &str,
    blob: ObjectId,
) -> Result<Option<ObjectId>, HistoryError> {
    let (mut old_bytes, mut new_bytes) = (Vec::new(), Vec::new());
    let mut parts = path.split('/').peekable();
    while let Some(part) = parts.next() {
        let is_tree = parts.peek().is_some();
        let (Some(in_old), Some(in_new)) =
            (entry(objects, old, part, is_tree, &mut old_bytes)?, entry(objects, new, part, is_tree, &mut new_bytes)?)
        else {
            return Ok(None);
        };
        if in_old == in_new {
            return Ok(Some(blob));
        }
        (old, new) = (in_old, in_new);
    }
    Ok(Some(old))
}

/// What a folder has under a name.
pub(super) fn entry(
    objects: &Objects,
    tree: ObjectId,
    name: &str,
    is_tree: bool,
    buffer: &mut Vec<u8>,
) -> Result<Option<ObjectId>, HistoryError> {
    let bytes = objects.read(&tree, Kind::Tree, "tree", buffer)?;
    for entry in TreeRefIter::from_bytes(bytes, gix_hash::Kind::Sha1) {
        let entry = entry.map_err(|e| HistoryError::Object { id: tree, kind: "tree", source: e.into() })?;
        let kind = if is_tree { entry.mode.is_tree() } else { entry.mode.is_blob() };
        if kind && *entry.filename == *name.as_bytes() {
            return Ok(Some(entry.oid.to_owned()));
        }
    }
    Ok(None)
}

struct Difference<'a> {
    objects: &'a Objects,
    selection: &'a Selection<'a>,
    found: Vec<Changed>,
}

impl Difference<'_> {
    /// Compares a folder with a folder, or with none.
    fn folders(
        &mut self,
        path: &str,
        (old, new): (Option<ObjectId>, Option<ObjectId>),
        depth: usize,
    ) -> Result<(), HistoryError> {
        let (mut old_bytes, mut new_bytes) = (Vec::new(), Vec::new());
        let old = self.entries(old, &mut old_bytes)?;
        let new = self.entries(new, &mut new_bytes)?;
        let (mut old, mut new) = (old.into_iter().peekable(), new.into_iter().peekable());
        loop {
            // Git's order has a file and a folder of one name at two places: they never meet.
            let order = match (old.peek(), new.peek()) {
                (None, None) => return Ok(()),
                (Some(_), None) => std::cmp::Ordering::Less,
                (None, Some(_)) => std::cmp::Ordering::Greater,
                (Some(a), Some(b)) => name_order(a.filename, a.mode.is_tree(), b.filename, b.mode.is_tree()),
            };
            let (before, after) = match order {
                std::cmp::Ordering::Less => (old.next(), None),
                std::cmp::Ordering::Greater => (None, new.next()),
                std::cmp::Ordering::Equal => (old.next(), new.next()),
            };
            if before.as_ref().map(|entry| entry.oid) != after.as_ref().map(|entry| entry.oid) {
                self.entry(path, before, after, depth)?;
            }
        }
    }

    /// Compares two entries of one name; links and submodules have no lines.
    fn entry(
        &mut self,
        folder: &str,
        old: Option<EntryRef<'_>>,
        new: Option<EntryRef<'_>>,
        depth: usize,
    ) -> Result<(), HistoryError> {
        let Some(name) = old.as_ref().or(new.as_ref()).and_then(|entry| std::str::from_utf8(entry.filename).ok())
        else {
            return Ok(());
        };
        let path = if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
        let is_tree = old.as_ref().or(new.as_ref()).is_some_and(|entry| entry.mode.is_tree());
        let id = |entry: &Option<EntryRef<'_>>| {
            entry.as_ref().filter(|entry| is_tree || entry.mode.is_blob()).map(|entry| entry.oid.to_owned())
        };
        let (old, new) = (id(&old), id(&new));
        if is_tree {
            let on_the_way = self.selection.holds(&path) || self.selection.leads(&path);
            return if on_the_way && depth + 1 < MAX_DEPTH {
                self.folders(&path, (old, new), depth + 1)
            } else {
                Ok(())
            };
        }
        if let Some(path) = self.selection.wanted(&path).filter(|_| old != new) {
            self.found.push(Changed { path: path.to_owned(), old, new });
        }
        Ok(())
    }

    fn entries<'b>(&self, tree: Option<ObjectId>, buffer: &'b mut Vec<u8>) -> Result<Vec<EntryRef<'b>>, HistoryError> {
        let Some(tree) = tree else { return Ok(Vec::new()) };
        let bytes = self.objects.read(&tree, Kind::Tree, "tree", buffer)?;
        let entries = TreeRefIter::from_bytes(bytes, gix_hash::Kind::Sha1).collect::<Result<_, _>>();
        entries.map_err(|e| HistoryError::Object { id: tree, kind: "tree", source: e.into() })
    }
}

/// Finds the file that a new one was before, among those that went with the same commit and `may` admits: one with the
/// same content, else the one that shares the most of it, when that is half of the longer one or more (as git judges a
/// rename).
pub(super) fn source_of<'a>(
    objects: &Objects,
    (path, blob): (&str, ObjectId),
    changes: &'a [Changed],
    mut may: impl FnMut(&str, ObjectId) -> Result<bool, HistoryError>,
) -> Result<Option<Gone<'a>>, HistoryError> {
    let mut gone: Vec<Gone<'a>> = Vec::new();
    for change in changes {
        if let (Some(old), None) = (change.old, change.new)
            && may(&change.path, old)?
        {
            gone.push((change.path.as_str(), old));
        }
    }
    let name = |path: &str| path.rsplit('/').next().map(str::to_owned);
    let same_name = |other: &str| name(other) == name(path);
    let exact = gone.iter().filter(|(_, old)| *old == blob);
    if let Some(found) = exact.max_by_key(|(other, _)| (same_name(other), std::cmp::Reverse(*other))) {
        return Ok(Some(*found));
    }
    if gone.is_empty() || gone.len() > MOST_GONE {
        return Ok(None);
    }
    let (mut new, mut old) = (Vec::new(), Vec::new());
    let new = objects.read(&blob, Kind::Blob, "blob", &mut new)?;
    let mut best: Option<(usize, bool, Gone<'_>)> = None;
    for (other, id) in gone {
        let old = objects.read(&id, Kind::Blob, "blob", &mut old)?;
        let longer = old.len().max(new.len());
        // What differs in length by more than half can't share half.
        if longer == 0 || old.len().min(new.len()) * 2 < longer {
            continue;
        }
        let share = shared(old, new) * 1_000 / longer;
        let named_alike = same_name(other);
        if share >= 500 && best.is_none_or(|(most, alike, _)| (share, named_alike) > (most, alike)) {
            best = Some((share, named_alike, (other, id)));
        }
    }
    Ok(best.map(|(_, _, found)| found))
}

/// How many bytes of whole lines two texts share.
fn shared(old: &[u8], new: &[u8]) -> usize {
    let (old, new) = (lines(old), lines(new));
    let of = align(&old, &new);
    of.iter().zip(&new).filter(|(of, _)| of.is_some()).map(|(_, line)| line.len()).sum()
}
