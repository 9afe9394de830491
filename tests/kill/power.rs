//! A power cut: takes from the disk what was not synced, by what [`KillDisk`](super::disk::KillDisk) wrote down.
//!
//! Of a file there stays what was synced and some of the rest; of a name what its folder's sync made last, or the newer
//! one, as chance has it. A cut of a file is taken to last.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::Dice;

/// A file, whatever it is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Inode(usize);

/// What lay on the disk before the process began: that lasts.
#[derive(Debug, Default)]
pub(crate) struct Power {
    synced: Vec<u64>,
    /// What is called so now.
    now: BTreeMap<PathBuf, Inode>,
    /// What is called so after a power cut.
    lasting: BTreeMap<PathBuf, Inode>,
}

impl Power {
    /// Looks at the files of a ledger and at its key.
    pub(crate) fn before(data: &Path) -> Self {
        let mut power = Self::default();
        for folder in [data.to_owned(), data.join("ledger"), data.join("ledger/text")] {
            for entry in fs::read_dir(folder).into_iter().flatten().map(Result::unwrap) {
                let ours = entry.path().starts_with(data.join("ledger"))
                    || entry.file_name().to_string_lossy().starts_with("ledger.");
                if ours && entry.file_type().unwrap().is_file() {
                    let inode = power.add(entry.metadata().unwrap().len());
                    power.now.insert(entry.path(), inode);
                }
            }
        }
        power.lasting = power.now.clone();
        power
    }

    fn add(&mut self, synced: u64) -> Inode {
        self.synced.push(synced);
        Inode(self.synced.len() - 1)
    }

    /// Cuts the power after what the journal has.
    pub(crate) fn cut(mut self, journal: &str, dice: &mut Dice) {
        for line in journal.lines() {
            let parts: Vec<&str> = line.split('\t').collect();
            let (path, rest) = (PathBuf::from(parts[1]), parts[2]);
            self.replay(parts[0], path, rest);
        }
        for (path, inode) in self.now.clone() {
            if self.lasting.get(&path) == Some(&inode) || dice.below(2) == 0 {
                self.shorten(&path, inode, dice);
                continue;
            }
            // The new name did not last; the file has its old one, if that did.
            match self.lasting.iter().find(|(_, lasting)| **lasting == inode) {
                Some((old, _)) => fs::rename(&path, old).unwrap(),
                None => fs::remove_file(&path).unwrap(),
            }
        }
    }

    fn replay(&mut self, what: &str, path: PathBuf, rest: &str) {
        match what {
            "A" | "C" => {
                if !self.now.contains_key(&path) {
                    let inode = self.add(0);
                    self.now.insert(path, inode);
                } else if what == "C" {
                    self.synced[self.now[&path].0] = 0;
                }
            }
            "S" => {
                // Files are appended to under one name and synced under another: a segment is begun aside.
                if let Some(inode) = self.now.get(&path).or_else(|| self.now.get(&path.with_extension(""))) {
                    self.synced[inode.0] = rest.parse().unwrap();
                }
            }
            "T" => {
                if let Some(inode) = self.now.get(&path) {
                    self.synced[inode.0] = self.synced[inode.0].min(rest.parse().unwrap());
                }
            }
            "R" => {
                if let Some(inode) = self.now.remove(&path) {
                    self.now.insert(PathBuf::from(rest), inode);
                }
            }
            _ => {
                self.lasting.retain(|name, _| name.parent() != Some(&path));
                let named = self.now.iter().filter(|(name, _)| name.parent() == Some(&path));
                self.lasting.extend(named.map(|(name, inode)| (name.clone(), *inode)));
            }
        }
    }

    fn shorten(&self, path: &Path, inode: Inode, dice: &mut Dice) {
        let Ok(file) = fs::OpenOptions::new().write(true).open(path) else { return };
        let (len, synced) = (file.metadata().unwrap().len(), self.synced[inode.0]);
        let more = usize::try_from(len.saturating_sub(synced)).unwrap();
        file.set_len(len.min(synced + dice.below(more + 1) as u64)).unwrap();
    }
}
