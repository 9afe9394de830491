//! A repository written object by object, at times that are given: no test needs git.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use gix_hash::ObjectId;
use gix_object::tree::{Entry, EntryKind};
use gix_object::{Kind, Tree, Write as _, WriteTo as _};

/// Files by path.
pub(crate) type Files = BTreeMap<String, Vec<u8>>;

/// A repository with one branch.
pub(crate) struct Git {
    folder: PathBuf,
    objects: gix_odb::Handle,
    head: Option<ObjectId>,
}

impl Git {
    pub(crate) fn in_folder(root: &Path) -> Self {
        let folder = root.join(".git");
        for part in ["objects/pack", "objects/info", "refs/heads", "refs/tags"] {
            fs::create_dir_all(folder.join(part)).unwrap();
        }
        fs::write(folder.join("HEAD"), "ref: refs/heads/main\n").unwrap();
        fs::write(folder.join("config"), "[core]\n\trepositoryformatversion = 0\n\tbare = false\n").unwrap();
        let objects = gix_odb::at(folder.join("objects"), gix_hash::Kind::Sha1).unwrap();
        Self { folder, objects, head: None }
    }

    /// Commits these files, and no others, at `time_s`; gives the commit's name.
    pub(crate) fn commit(&mut self, files: &Files, time_s: i64, subject: &str) -> String {
        let paths: Vec<(&str, &[u8])> = files.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice())).collect();
        let tree = self.tree(&paths);
        let parent = self.head.map(|head| format!("parent {head}\n")).unwrap_or_default();
        let who = format!("The Author <author@example.org> {time_s} +0000");
        let text = format!("tree {tree}\n{parent}author {who}\ncommitter {who}\n\n{subject}\n");
        let id = self.objects.write_buf(Kind::Commit, text.as_bytes()).unwrap();
        fs::write(self.folder.join("refs/heads/main"), format!("{id}\n")).unwrap();
        self.head = Some(id);
        id.to_string()
    }

    fn tree(&self, files: &[(&str, &[u8])]) -> ObjectId {
        let mut folders: BTreeMap<&str, Vec<(&str, &[u8])>> = BTreeMap::new();
        let mut entries = Vec::new();
        for (path, bytes) in files {
            match path.split_once('/') {
                Some((folder, rest)) => folders.entry(folder).or_default().push((rest, bytes)),
                None => {
                    let oid = self.objects.write_buf(Kind::Blob, bytes).unwrap();
                    entries.push(Entry { mode: EntryKind::Blob.into(), filename: (*path).into(), oid });
                }
            }
        }
        for (folder, inside) in folders {
            entries.push(Entry { mode: EntryKind::Tree.into(), filename: folder.into(), oid: self.tree(&inside) });
        }
        entries.sort();
        let mut bytes = Vec::new();
        Tree { entries }.write_to(&mut bytes).unwrap();
        self.objects.write_buf(Kind::Tree, &bytes).unwrap()
    }
}
