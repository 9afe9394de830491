//! Small repositories, written object by object, so that no test needs git.

mod answers;
mod between;
mod damage;
mod lines;
mod places;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use gix_hash::ObjectId;
use gix_object::tree::{Entry, EntryKind};
use gix_object::{Kind, Tree, Write as _, WriteTo as _};

use super::{LastChanges, MAX_COMMITS, Repository, Request};

/// A checkout in a temporary folder; its history is written by the verbs below.
struct Checkout {
    folder: tempfile::TempDir,
    objects: gix_odb::Handle,
    clock_s: i64,
}

impl Checkout {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let git = folder.path().join(".git");
        for part in ["objects/pack", "objects/info", "refs/heads", "refs/tags"] {
            std::fs::create_dir_all(git.join(part)).unwrap();
        }
        std::fs::write(git.join("HEAD"), "ref: refs/heads/main\n").unwrap();
        std::fs::write(git.join("config"), "[core]\n\trepositoryformatversion = 0\n\tbare = false\n").unwrap();
        let objects = gix_odb::at(git.join("objects"), gix_hash::Kind::Sha1).unwrap();
        Self { folder, objects, clock_s: 1_700_000_000 }
    }

    fn root(&self) -> &Path {
        self.folder.path()
    }

    fn git(&self, path: &str) -> PathBuf {
        self.root().join(".git").join(path)
    }

    fn write(&self, path: &str, text: &str) {
        std::fs::create_dir_all(self.git(path).parent().unwrap()).unwrap();
        std::fs::write(self.git(path), text).unwrap();
    }

    /// Writes an object, once.
    fn object(&self, kind: Kind, bytes: &[u8]) -> ObjectId {
        let id = gix_object::compute_hash(gix_hash::Kind::Sha1, kind, bytes).unwrap();
        if !loose(self, id).try_exists().unwrap() {
            self.objects.write_buf(kind, bytes).unwrap();
        }
        id
    }

    /// Writes a tree of `path → text`; a text that begins with `#!` is executable.
    fn tree(&self, files: &[(&str, &str)]) -> ObjectId {
        let mut folders: BTreeMap<&str, Vec<(&str, &str)>> = BTreeMap::new();
        let mut entries = Vec::new();
        for (path, text) in files {
            if let Some((folder, rest)) = path.split_once('/') {
                folders.entry(folder).or_default().push((rest, text));
            } else {
                let kind = if text.starts_with("#!") { EntryKind::BlobExecutable } else { EntryKind::Blob };
                let oid = self.object(Kind::Blob, text.as_bytes());
                entries.push(Entry { mode: kind.into(), filename: (*path).into(), oid });
            }
        }
        for (folder, files) in folders {
            let oid = self.tree(&files);
            entries.push(Entry { mode: EntryKind::Tree.into(), filename: folder.into(), oid });
        }
        entries.sort();
        let mut bytes = Vec::new();
        Tree { entries }.write_to(&mut bytes).unwrap();
        self.object(Kind::Tree, &bytes)
    }

    /// Writes a commit, a minute after the last one.
    fn commit(&mut self, parents: &[ObjectId], files: &[(&str, &str)]) -> ObjectId {
        self.clock_s += 60;
        self.commit_at(self.clock_s, parents, files)
    }

    fn commit_at(&self, time_s: i64, parents: &[ObjectId], files: &[(&str, &str)]) -> ObjectId {
        let tree = self.tree(files);
        self.commit_of(tree, time_s, parents)
    }

    fn commit_of(&self, tree: ObjectId, time_s: i64, parents: &[ObjectId]) -> ObjectId {
        let parents: String = parents.iter().map(|id| format!("parent {id}\n")).collect();
        let who = format!("The Author <author@example.org> {time_s} +0200");
        let text = format!("tree {tree}\n{parents}author {who}\ncommitter {who}\n\nwords\n");
        self.object(Kind::Commit, text.as_bytes())
    }

    fn check_out(&self, commit: ObjectId) {
        self.write("refs/heads/main", &format!("{commit}\n"));
    }

    fn repository(&self) -> Repository {
        Repository::discover(self.root()).unwrap().unwrap()
    }

    fn changes(&self) -> LastChanges {
        changes(&self.repository(), None)
    }
}

/// All files of a repository, with all their history.
fn changes(repository: &Repository, previous: Option<&LastChanges>) -> LastChanges {
    let stop = AtomicBool::new(false);
    let request =
        Request { at: None, folders: &[""], keep: &|_| true, previous, max_commits: MAX_COMMITS, stop: &stop };
    repository.last_changes(&request).unwrap()
}

/// The commit of a file, as an object's name; null when it is not known.
fn made(changes: &LastChanges, path: &str) -> ObjectId {
    changes.get(path).map_or(ObjectId::null(gix_hash::Kind::Sha1), |change| change.commit.0)
}

/// Where a loose object lies.
fn loose(house: &Checkout, id: ObjectId) -> PathBuf {
    let hex = id.to_string();
    let (folder, file) = hex.split_at(2);
    house.git("objects").join(folder).join(file)
}
