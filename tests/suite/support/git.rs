//! History for a [`Repository`](super::Repository), written object by object, so that no test needs git.

use std::path::Path;

use gix_hash::ObjectId;
use gix_object::tree::{Entry, EntryKind};
use gix_object::{Kind, Tree, Write as _, WriteTo as _};

/// Writes what is on disk as a commit on the branch, with whatever is there already as its parent; gives its name.
pub(crate) fn commit(root: &Path, subject: &str) -> String {
    // A minute after the parent, whatever the time is.
    let counted = root.join(".git/count");
    let count = std::fs::read_to_string(&counted).ok().and_then(|count| count.parse().ok()).unwrap_or(0_i64);
    let id = commit_at(root, subject, 1_700_000_000 + 60 * count);
    std::fs::write(counted, (count + 1).to_string()).unwrap();
    id
}

/// The same, at a time that is given, in seconds since 1970.
pub(crate) fn commit_at(root: &Path, message: &str, time_s: i64) -> String {
    let git = root.join(".git");
    let branch = git.join("refs/heads/main");
    if !git.is_dir() {
        for part in ["objects/pack", "objects/info", "refs/heads", "refs/tags"] {
            std::fs::create_dir_all(git.join(part)).unwrap();
        }
        std::fs::write(git.join("HEAD"), "ref: refs/heads/main\n").unwrap();
        std::fs::write(git.join("config"), "[core]\n\trepositoryformatversion = 0\n\tbare = false\n").unwrap();
    }
    let objects = gix_odb::at(git.join("objects"), gix_hash::Kind::Sha1).unwrap();
    let tree = tree(&objects, root);
    let parent = std::fs::read_to_string(&branch).map(|id| format!("parent {}\n", id.trim())).unwrap_or_default();
    let who = format!("The Author <author@example.org> {time_s} +0000");
    let text = format!("tree {tree}\n{parent}author {who}\ncommitter {who}\n\n{message}\n");
    let id = object(&objects, Kind::Commit, text.as_bytes());
    std::fs::write(branch, format!("{id}\n")).unwrap();
    id.to_string()
}

/// Writes what is on disk as git's index, in its second version.
pub(crate) fn stage(root: &Path) {
    let objects = gix_odb::at(root.join(".git/objects"), gix_hash::Kind::Sha1).unwrap();
    let mut files = Vec::new();
    list(root, root, &mut files);
    files.sort();
    let mut index = b"DIRC\0\0\0\x02".to_vec();
    index.extend_from_slice(&u32::try_from(files.len()).unwrap().to_be_bytes());
    for path in &files {
        let start = index.len();
        index.extend_from_slice(&[0; 24]);
        index.extend_from_slice(&0o100_644_u32.to_be_bytes());
        index.extend_from_slice(&[0; 12]);
        index.extend_from_slice(object(&objects, Kind::Blob, &std::fs::read(root.join(path)).unwrap()).as_slice());
        index.extend_from_slice(&u16::try_from(path.len()).unwrap().to_be_bytes());
        index.extend_from_slice(path.as_bytes());
        // At least one NUL, and a multiple of eight bytes.
        index.resize(index.len() + 8 - (index.len() - start) % 8, 0);
    }
    index.extend_from_slice(&[0; 20]);
    std::fs::write(root.join(".git/index"), index).unwrap();
}

fn list(root: &Path, folder: &Path, files: &mut Vec<String>) {
    for found in std::fs::read_dir(folder).unwrap() {
        let path = found.unwrap().path();
        match path.file_name().unwrap().to_str().unwrap() {
            name if name.starts_with('.') => {}
            _ if path.is_dir() => list(root, &path, files),
            _ => files.push(path.strip_prefix(root).unwrap().to_str().unwrap().to_owned()),
        }
    }
}

fn tree(objects: &gix_odb::Handle, folder: &Path) -> ObjectId {
    let mut entries = Vec::new();
    for found in std::fs::read_dir(folder).unwrap() {
        let path = found.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if name.starts_with('.') {
            continue;
        }
        let (kind, oid) = match path.is_dir() {
            true => (EntryKind::Tree, tree(objects, &path)),
            false => (EntryKind::Blob, object(objects, Kind::Blob, &std::fs::read(&path).unwrap())),
        };
        entries.push(Entry { mode: kind.into(), filename: name.into(), oid });
    }
    entries.sort();
    let mut bytes = Vec::new();
    Tree { entries }.write_to(&mut bytes).unwrap();
    object(objects, Kind::Tree, &bytes)
}

fn object(objects: &gix_odb::Handle, kind: Kind, bytes: &[u8]) -> ObjectId {
    objects.write_buf(kind, bytes).unwrap()
}
